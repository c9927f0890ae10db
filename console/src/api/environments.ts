import { queryOptions } from '@tanstack/react-query';

import { live } from '../live/polling';
import { api, body } from './client';
import { readAll } from './pages';
import { keys } from './queries';

/** All environments that a person sees. */
export const allEnvironmentsQuery = queryOptions({
  queryKey: [...keys.environments, 'all'],
  queryFn: ({ signal }) =>
    readAll((nextToken) =>
      body(api.GET('/environments', { params: { query: { limit: 100, ...(nextToken && { nextToken }) } }, signal })),
    ),
  ...live(() => false),
});
