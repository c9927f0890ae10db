import { queryOptions } from '@tanstack/react-query';

import { live } from '../live/polling';
import { api, body, type Schemas } from './client';
import { keys } from './queries';

export function redeploymentQuery(redeploymentId: string) {
  return queryOptions({
    queryKey: keys.redeployment(redeploymentId),
    queryFn: ({ signal }) =>
      body(api.GET('/redeployments/{redeploymentId}', { params: { path: { redeploymentId } }, signal })),
    ...live<Schemas['Redeployment']>(
      () => true,
      ({ status }) => status !== 'RUNNING',
    ),
  });
}
