/** While something moves. */
export const FAST_MS = 3_000;
/** While nothing is known to move. */
export const SLOW_MS = 20_000;
/** While nobody looks. */
export const HIDDEN_MS = 60_000;
const MAX_MS = 120_000;

export interface Situation {
  moving: boolean;
  hidden: boolean;
  /** Reads in vain since the last answer. */
  failures: number;
}

/** How long to wait before reading again. */
export function pollAfter({ moving, hidden, failures }: Situation): number {
  const usual = hidden ? HIDDEN_MS : moving ? FAST_MS : SLOW_MS;
  return Math.min(usual * 2 ** Math.min(failures, 6), MAX_MS);
}

interface Watched<T> {
  state: { data: T | undefined; error: unknown; fetchFailureCount: number };
}

/**
 * Keeps a query up to date: `useQuery({ ...live((data) => data.status === 'DEPLOYING') })`. Reads at once when the page
 * becomes visible again.
 */
export function live<T>(
  moving: (data: T) => boolean,
  /** What has ended is not read again. */
  ended: (data: T) => boolean = () => false,
): {
  refetchInterval: (query: Watched<T>) => number | false;
  refetchIntervalInBackground: true;
  refetchOnWindowFocus: 'always';
} {
  return {
    refetchInterval: ({ state: { data, error, fetchFailureCount } }) =>
      data !== undefined && ended(data)
        ? false
        : pollAfter({
            moving: data !== undefined && moving(data),
            hidden: document.visibilityState === 'hidden',
            failures: error ? fetchFailureCount : 0,
          }),
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: 'always',
  };
}
