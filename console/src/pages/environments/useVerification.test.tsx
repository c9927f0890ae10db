// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CHECK_AGAIN_SECONDS, useVerification } from './useVerification';

const { verify } = vi.hoisted(() => ({ verify: vi.fn() }));
vi.mock('../../api/client', () => ({
  api: { POST: verify },
  body: async (call: Promise<unknown>) => call,
  idempotencyKey: () => 'key',
}));

const client = new QueryClient();
const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={client}>{children}</QueryClientProvider>
);
// Second by second, so that React sees each of them.
async function pass(seconds: number) {
  for (let second = 0; second < seconds; second += 1) {
    await act(() => vi.advanceTimersByTimeAsync(1000));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  verify.mockReset().mockResolvedValue({ status: 'FAILED' });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('useVerification', () => {
  it('checks again and again until the environment is ready', async () => {
    const ready = vi.fn();
    const { result } = renderHook(() => useVerification('env-a1b2c3d4', ready), { wrapper });
    act(() => result.current.watch());
    await pass(1);
    expect(verify).toHaveBeenCalledTimes(1);
    await pass(2 * CHECK_AGAIN_SECONDS);
    expect(verify).toHaveBeenCalledTimes(3);
    expect(ready).not.toHaveBeenCalled();

    verify.mockResolvedValue({ status: 'READY' });
    await pass(CHECK_AGAIN_SECONDS + 1);
    expect(ready).toHaveBeenCalledTimes(1);
    expect(result.current.watching).toBe(false);
    const checks = verify.mock.calls.length;
    await pass(10 * CHECK_AGAIN_SECONDS);
    expect(verify).toHaveBeenCalledTimes(checks);
  });

  it('checks once where that is asked for', async () => {
    const { result } = renderHook(() => useVerification('env-a1b2c3d4', vi.fn()), { wrapper });
    act(() => result.current.once());
    await pass(10 * CHECK_AGAIN_SECONDS);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('stops when it is told to', async () => {
    const { result } = renderHook(() => useVerification('env-a1b2c3d4', vi.fn()), { wrapper });
    act(() => result.current.watch());
    await pass(1);
    act(() => result.current.stop());
    await pass(10 * CHECK_AGAIN_SECONDS);
    expect(verify).toHaveBeenCalledTimes(1);
  });
});
