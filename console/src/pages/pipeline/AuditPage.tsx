import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';

import { AuditTable } from '../../components/AuditTable';
import { Pager, usePageToken } from '../../components/pager';
import { ProblemAlert } from '../../components/ProblemAlert';
import { pipeline as texts } from '../../texts/pipeline';
import { PipelinePart, usePipeline } from './PipelinePage';
import { auditQuery } from './queries';

/** Who asked for what about the pipeline. */
export default function AuditPage() {
  const { id } = usePipeline();
  const { data, error, isPending, isPlaceholderData } = useQuery(auditQuery(id, usePageToken()));
  return (
    <PipelinePart title={texts.tabs.audit} crumbs={[{ text: texts.tabs.audit, href: `/pipelines/${id}/audit` }]}>
      <SpaceBetween size="m">
        <ProblemAlert error={error} />
        <AuditTable
          items={data?.items ?? []}
          loading={isPending}
          pagination={<Pager nextToken={data?.nextToken} disabled={isPlaceholderData} />}
        />
      </SpaceBetween>
    </PipelinePart>
  );
}
