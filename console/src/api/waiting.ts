import { queryOptions, useQuery } from '@tanstack/react-query';

import { live } from '../live/polling';
import { actsFor, usePerson } from '../session/SessionContext';
import type { Person } from '../session/session';
import { api, body, type Schemas } from './client';
import { readAll } from './pages';
import { keys } from './queries';

export interface Waiting {
  pipeline: Schemas['Pipeline'];
  approval: Schemas['WaitingApproval'];
}

/** Every approval that waits in the pipelines that a person sees, the oldest first. A pipeline that is being deleted waits for nobody. */
export function waitingOf(pipelines: readonly Schemas['Pipeline'][]): Waiting[] {
  return pipelines
    .filter(({ status }) => status !== 'DELETING')
    .flatMap((pipeline) => (pipeline.delivery?.waiting ?? []).map((approval) => ({ pipeline, approval })))
    .sort((a, b) => a.approval.since.localeCompare(b.approval.since));
}

export function waitsFor(person: Person, approval: Schemas['WaitingApproval']): boolean {
  return actsFor(person, approval.team);
}

/** All pipelines that a person sees. */
export const allPipelinesQuery = queryOptions({
  queryKey: [...keys.pipelines, 'all'],
  queryFn: ({ signal }) =>
    readAll((nextToken) =>
      body(api.GET('/pipelines', { params: { query: { limit: 100, ...(nextToken && { nextToken }) } }, signal })),
    ),
  ...live(() => false),
});

export function useWaitingForMe(): { count: number } {
  const person = usePerson();
  const { data } = useQuery(allPipelinesQuery);
  return { count: waitingOf(data?.items ?? []).filter(({ approval }) => waitsFor(person, approval)).length };
}
