import { QueryClient } from '@tanstack/react-query';

import { ApiProblem, NoAnswer } from '../api/problem';
import { onForget } from './session';

const MAX_RETRIES = 3;

/** Whether it may help to read again: nothing was wrong with the request itself. */
export function mayRetry(failures: number, error: Error): boolean {
  if (failures >= MAX_RETRIES) {
    return false;
  }
  if (error instanceof NoAnswer) {
    return true;
  }
  return error instanceof ApiProblem && (error.status === 429 || error.status >= 500);
}

export function makeQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: mayRetry,
        retryDelay: (failures) => Math.min(1000 * 2 ** failures, 8000),
        staleTime: 2000,
        // The banner tells about a lost connection; paused calls would look like slow ones.
        networkMode: 'always',
      },
      // A change is sent again only by the person, with the same idempotency key.
      mutations: { retry: false, networkMode: 'always' },
    },
  });
  onForget(() => client.clear());
  return client;
}
