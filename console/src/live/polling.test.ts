// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { FAST_MS, HIDDEN_MS, live, pollAfter, SLOW_MS } from './polling';

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

describe('live', () => {
  const { refetchInterval } = live<{ status: string }>(
    ({ status }) => status === 'RUNNING',
    ({ status }) => status === 'ENDED',
  );
  const after = (data: { status: string } | undefined, error: Error | null = null, fetchFailureCount = 0) =>
    refetchInterval({ state: { data, error, fetchFailureCount } });

  it('reads by what is there', () => {
    expect(after({ status: 'RUNNING' })).toBe(FAST_MS);
    expect(after({ status: 'IDLE' })).toBe(SLOW_MS);
    expect(after({ status: 'ENDED' })).toBe(false);
    expect(after(undefined)).toBe(SLOW_MS);
  });

  it('slows down only while the last read failed', () => {
    expect(after({ status: 'RUNNING' }, new Error('lost'), 2)).toBe(4 * FAST_MS);
    expect(after({ status: 'RUNNING' }, null, 2)).toBe(FAST_MS);
  });
});
