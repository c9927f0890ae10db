import { queryOptions } from '@tanstack/react-query';

import { live } from '../live/polling';
import { api, body, type Schemas } from './client';
import { readAll } from './pages';
import { isMoving, keys } from './queries';

/** All environments that a person sees. */
export const allEnvironmentsQuery = queryOptions({
  queryKey: [...keys.environments, 'all'],
  queryFn: ({ signal }) =>
    readAll((nextToken) =>
      body(api.GET('/environments', { params: { query: { limit: 100, ...(nextToken && { nextToken }) } }, signal })),
    ),
  ...live(() => false),
});

export function environmentQuery(environmentId: string) {
  return queryOptions({
    queryKey: keys.environment(environmentId),
    queryFn: ({ signal }) =>
      body(api.GET('/environments/{environmentId}', { params: { path: { environmentId } }, signal })),
    ...live(() => false),
  });
}

/** The pipelines that use an environment, as far as the person sees them. */
export function pipelinesOfEnvironmentQuery(environmentId: string) {
  return queryOptions({
    queryKey: [...keys.pipelines, 'of-environment', environmentId],
    queryFn: ({ signal }) =>
      readAll((nextToken) =>
        body(
          api.GET('/pipelines', {
            params: { query: { environmentId, limit: 100, ...(nextToken && { nextToken }) } },
            signal,
          }),
        ),
      ),
    ...live(({ items }: { items: Schemas['Pipeline'][] }) => items.some(isMoving)),
  });
}
