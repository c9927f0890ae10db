import { useSyncExternalStore } from 'react';

// One timer for all times on a page.

const TICK_MS = 1000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((each) => each());
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time in milliseconds, as often new as `granularity` says. */
export function useNow(granularity = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / granularity) * granularity);
}
