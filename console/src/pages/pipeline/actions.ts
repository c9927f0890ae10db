import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import { api, body, entityTag, idempotencyKey } from '../../api/client';
import { NoAnswer } from '../../api/problem';
import { keys } from '../../api/queries';

/**
 * Something that a person asks for. Whoever asks for the same again after no answer came asks with the same idempotency key, so
 * that it happens once.
 */
function useRequest<Wanted, Answered>(pipelineId: string, send: (wanted: Wanted, key: string) => Promise<Answered>) {
  const client = useQueryClient();
  const unanswered = useRef<{ wanted: string; key: string } | undefined>(undefined);
  return useMutation({
    mutationFn: async (wanted: Wanted) => {
      const asText = JSON.stringify([wanted]);
      const key = unanswered.current?.wanted === asText ? unanswered.current.key : idempotencyKey();
      unanswered.current = undefined;
      try {
        return await send(wanted, key);
      } catch (error) {
        if (error instanceof NoAnswer) unanswered.current = { wanted: asText, key };
        throw error;
      }
    },
    // Also after a refusal: it often means that what is shown is out of date.
    onSettled: () => client.invalidateQueries({ queryKey: keys.pipeline(pipelineId) }),
  });
}

const header = (key: string) => ({ 'Idempotency-Key': key });

export function useRedeploy(pipelineId: string) {
  return useRequest(pipelineId, (_: undefined, key) =>
    body(
      api.POST('/pipelines/{pipelineId}/deployments', {
        params: { path: { pipelineId }, header: header(key) },
      }),
    ),
  );
}

/** Restores a revision, if the pipeline is still at the one whose differences the person has seen. */
export function useRestore(pipelineId: string) {
  return useRequest(pipelineId, ({ revision, present }: { revision: number; present: number }, key) =>
    body(
      api.POST('/pipelines/{pipelineId}/revisions/{revision}/restoration', {
        params: { path: { pipelineId, revision }, header: { ...header(key), 'If-Match': entityTag(present) } },
      }),
    ),
  );
}

/** Starts the CodePipeline; where each stage has its own, that of `stage`. */
export function useStartRun(pipelineId: string) {
  return useRequest(pipelineId, ({ stage }: { stage: string | undefined }, key) =>
    body(
      api.POST('/pipelines/{pipelineId}/runs', {
        params: { path: { pipelineId }, header: header(key) },
        body: stage === undefined ? {} : { stage },
      }),
    ),
  );
}

export function useStopRun(pipelineId: string) {
  return useRequest(pipelineId, ({ runId, reason }: { runId: string; reason: string }, key) =>
    body(
      api.POST('/pipelines/{pipelineId}/runs/{runId}/stop', {
        params: { path: { pipelineId, runId }, header: header(key) },
        body: { reason },
      }),
    ),
  );
}

export function useRetryStage(pipelineId: string) {
  return useRequest(pipelineId, ({ stage }: { stage: string }, key) =>
    body(
      api.POST('/pipelines/{pipelineId}/stages/{stage}/retry', {
        params: { path: { pipelineId, stage }, header: header(key) },
      }),
    ),
  );
}
