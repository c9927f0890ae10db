import { queryOptions } from '@tanstack/react-query';

import { live } from '../live/polling';
import { api, body, type Schemas } from './client';

/** How the answers are kept: a list and its records below one name, so that a change can have all of them read anew. */
export const keys = {
  me: ['me'] as const,
  pipelines: ['pipelines'] as const,
  pipeline: (id: string) => ['pipelines', id] as const,
  environments: ['environments'] as const,
  environment: (id: string) => ['environments', id] as const,
  redeployments: ['redeployments'] as const,
  redeployment: (id: string) => ['redeployments', id] as const,
};

/** Whether a pipeline changes by itself: a deployment or a run goes on. */
export function isMoving(pipeline: Schemas['Pipeline']): boolean {
  return (
    pipeline.status === 'DEPLOYING' ||
    pipeline.status === 'DELETING' ||
    pipeline.delivery?.run?.status === 'IN_PROGRESS' ||
    pipeline.delivery?.run?.status === 'STOPPING'
  );
}

export function pipelineQuery(pipelineId: string) {
  return queryOptions({
    queryKey: keys.pipeline(pipelineId),
    queryFn: ({ signal }) => body(api.GET('/pipelines/{pipelineId}', { params: { path: { pipelineId } }, signal })),
    ...live(isMoving),
  });
}

/** Who the caller is and what it may create. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => body(api.GET('/me', { signal })),
  staleTime: 60_000,
});
