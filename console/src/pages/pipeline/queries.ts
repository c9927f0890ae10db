import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, body, type Schemas } from '../../api/client';
import { readAll } from '../../api/pages';
import { keys } from '../../api/queries';
import { live } from '../../live/polling';
import { hasEnded } from './logic/runs';
import type { LiveStages } from './logic/types';

// All below the pipeline's own key: what changes the pipeline has all of it read anew.

function isRunning({ stages, codePipelines }: LiveStages): boolean {
  const all = [...stages, ...codePipelines.flatMap(({ steps }) => steps)];
  return all.some(({ status }) => status === 'IN_PROGRESS');
}

/** `moving`: whether something is known to go on that the stages do not show yet, such as a deployment. */
export function stagesQuery(pipelineId: string, moving: boolean) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'stages'],
    queryFn: ({ signal }) =>
      body(api.GET('/pipelines/{pipelineId}/stages', { params: { path: { pipelineId } }, signal })),
    ...live((stages: LiveStages) => moving || isRunning(stages)),
  });
}

export function runsQuery(pipelineId: string, nextToken?: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'runs', 'list', nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/runs', {
          params: { path: { pipelineId }, query: nextToken === undefined ? {} : { nextToken } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...live(({ items }: Schemas['List_Run']) => items.some(({ status }) => !hasEnded(status))),
  });
}

export function runQuery(pipelineId: string, runId: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'runs', runId],
    queryFn: ({ signal }) =>
      body(api.GET('/pipelines/{pipelineId}/runs/{runId}', { params: { path: { pipelineId, runId } }, signal })),
    // A person may take days to answer.
    ...live(
      ({ status, stages }: Schemas['RunDetails']) =>
        !hasEnded(status) && !stages.some((stage) => stage.status === 'WAITING_FOR_APPROVAL'),
    ),
  });
}

const isOnItsWay = ({ status }: { status: Schemas['DeploymentStatus'] }): boolean =>
  status === 'QUEUED' || status === 'RUNNING';

export function deploymentsQuery(pipelineId: string, nextToken?: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'deployments', 'list', nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/deployments', {
          params: { path: { pipelineId }, query: nextToken === undefined ? {} : { nextToken } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...live(({ items }: Schemas['List_DeploymentView']) => items.some(isOnItsWay)),
  });
}

export function deploymentQuery(pipelineId: string, deploymentId: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'deployments', deploymentId],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/deployments/{deploymentId}', {
          params: { path: { pipelineId, deploymentId } },
          signal,
        }),
      ),
    ...live(isOnItsWay, (deployment) => !isOnItsWay(deployment)),
  });
}

export function revisionsQuery(pipelineId: string, nextToken?: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'revisions', nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/revisions', {
          params: { path: { pipelineId }, query: nextToken === undefined ? {} : { nextToken } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...live(() => false),
  });
}

export function branchesQuery(pipelineId: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'branches'],
    queryFn: ({ signal }) =>
      readAll((nextToken) =>
        body(
          api.GET('/pipelines/{pipelineId}/branches', {
            params: { path: { pipelineId }, query: { limit: 100, ...(nextToken && { nextToken }) } },
            signal,
          }),
        ),
      ),
    ...live(() => false),
  });
}

export function filesQuery(pipelineId: string, branch: string, path: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'files', branch, path],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/files', { params: { path: { pipelineId }, query: { branch, path } }, signal }),
      ),
    ...live(() => false),
  });
}

export function resourcesQuery(pipelineId: string, stage: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'resources', stage],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/stages/{stage}/resources', {
          params: { path: { pipelineId, stage } },
          signal,
        }),
      ),
    ...live(({ status }: Schemas['StageResources']) => status?.endsWith('_IN_PROGRESS') ?? false),
  });
}

/** What a deletion leaves, as its answer told: nobody can ask for it when the pipeline is gone. */
export function leftOverKey(pipelineId: string) {
  return [...keys.pipeline(pipelineId), 'left-over'] as const;
}

export function auditQuery(pipelineId: string, nextToken?: string) {
  return queryOptions({
    queryKey: [...keys.pipeline(pipelineId), 'audit', nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/audit', {
          params: { path: { pipelineId }, query: nextToken === undefined ? {} : { nextToken } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...live(() => false),
  });
}
