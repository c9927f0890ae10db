import { PageLink } from '../../components/navigation';
import { runs as texts } from '../../texts/pipeline';
import { usePipeline } from './PipelinePage';
import type { Schemas } from './logic/types';

/** What started a run. */
export function Trigger({ trigger }: { trigger: Schemas['RunTrigger'] }) {
  const { id } = usePipeline();
  const { kind, by } = trigger;
  if (kind === 'DEPLOYMENT' && by) {
    return <PageLink href={`/pipelines/${id}/deployments/${by}`}>{texts.triggers.DEPLOYMENT}</PageLink>;
  }
  if (kind === 'STARTED' && by) return <>{by}</>;
  return <>{by ? `${texts.triggers[kind]} (${by})` : texts.triggers[kind]}</>;
}
