// @vitest-environment jsdom
import { renderHook } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { useIdempotencyKey } from './idempotency';

describe('useIdempotencyKey', () => {
  it('keeps the key of a body, and makes a new one for another body', () => {
    const { result, rerender } = renderHook(() => useIdempotencyKey());
    const first = result.current({ name: 'sales' });
    rerender();
    expect(result.current({ name: 'sales' })).toBe(first);
    const second = result.current({ name: 'orders' });
    expect(second).not.toBe(first);
    expect(result.current({ name: 'orders' })).toBe(second);
  });
});
