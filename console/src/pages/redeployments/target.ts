import type { Schemas } from '../../api/client';
import { redeployments as texts } from '../../texts/redeployments';

export type Target = Schemas['Target'];
export type Kind = 'environmentId' | 'pipelineId' | 'strategy' | 'all';

/** What people call the pipelines that are meant; `labelOf` names an environment or a pipeline. */
export function nameOf(target: Target, labelOf: (id: string) => string): string {
  if ('pipelineId' in target) return texts.ofPipeline(labelOf(target.pipelineId));
  if ('environmentId' in target) return texts.ofEnvironment(labelOf(target.environmentId));
  if ('strategy' in target) return texts.ofStrategy(target.strategy);
  return texts.all;
}

export function targetOf(kind: Kind, value: string): Target | undefined {
  switch (kind) {
    case 'all':
      return { all: true };
    case 'environmentId':
      return value ? { environmentId: value } : undefined;
    case 'pipelineId':
      return value ? { pipelineId: value } : undefined;
    case 'strategy':
      return value ? { strategy: value as Schemas['Strategy'] } : undefined;
  }
}

/** How far a redeployment is, in percent; nothing is known while its pipelines are being selected. */
export function percentOf(redeployment: Schemas['Redeployment']): number | undefined {
  const { total, done, failed, cancelled } = redeployment;
  if (total === undefined || total === null) return undefined;
  return total === 0 ? 100 : Math.floor((100 * (done + failed + cancelled)) / total);
}
