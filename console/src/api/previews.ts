import { queryOptions } from '@tanstack/react-query';

import { api, body, entityTag, type Schemas } from './client';

export type Preview = Schemas['Preview'];
type Pipeline = Schemas['Pipeline'];

/** A preview is read when it is shown: what it says may change with every push. */
const UNKEPT = { staleTime: 0, gcTime: 0, retry: false, refetchOnWindowFocus: false } as const;

export function isPreview(answer: Pipeline | Preview): answer is Preview {
  return 'takenOver' in answer;
}

/** What a request that is no dry run was answered with. */
export function recordOf(answer: Pipeline | Preview): Pipeline {
  if (isPreview(answer)) throw new Error('The API answered with a preview.');
  return answer;
}

function previewOf(answer: Pipeline | Preview): Preview {
  if (!isPreview(answer)) throw new Error('The API answered without a preview.');
  return answer;
}

export function creationPreviewQuery(wanted: Schemas['CreatePipeline']) {
  return queryOptions({
    queryKey: ['previews', wanted],
    queryFn: async ({ signal }) =>
      previewOf(await body(api.POST('/pipelines', { params: { query: { dryRun: true } }, body: wanted, signal }))),
    ...UNKEPT,
  });
}

export function changePreviewQuery(pipelineId: string, revision: number, change: Schemas['ChangePipeline']) {
  return queryOptions({
    queryKey: ['previews', pipelineId, revision, change],
    queryFn: async ({ signal }) =>
      previewOf(
        await body(
          api.PATCH('/pipelines/{pipelineId}', {
            params: { path: { pipelineId }, query: { dryRun: true }, header: { 'If-Match': entityTag(revision) } },
            body: change,
            signal,
          }),
        ),
      ),
    ...UNKEPT,
  });
}
