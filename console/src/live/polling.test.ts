import { describe, expect, it } from 'vitest';

import { FAST_MS, HIDDEN_MS, pollAfter, SLOW_MS } from './polling';

describe('pollAfter', () => {
  it('reads often only what moves', () => {
    expect(pollAfter({ moving: true, hidden: false, failures: 0 })).toBe(FAST_MS);
    expect(pollAfter({ moving: false, hidden: false, failures: 0 })).toBe(SLOW_MS);
    expect(FAST_MS).toBeLessThan(SLOW_MS);
  });

  it('slows down while nobody looks, whatever moves', () => {
    expect(pollAfter({ moving: true, hidden: true, failures: 0 })).toBe(HIDDEN_MS);
    expect(HIDDEN_MS).toBeGreaterThan(SLOW_MS);
  });

  it('doubles after each failure, up to two minutes', () => {
    const waits = [0, 1, 2, 10, 1000].map((failures) => pollAfter({ moving: true, hidden: false, failures }));
    expect(waits).toEqual([3000, 6000, 12000, 120000, 120000]);
  });
});
