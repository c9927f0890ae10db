import Box from '@cloudscape-design/components/box';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';

import { PageLink } from '../../components/navigation';
import { usePageToken } from '../../components/pager';
import { Duration, Time } from '../../live/Time';
import { common } from '../../texts/common';
import { deployments as texts } from '../../texts/pipeline';
import { HistoryTable } from './HistoryTable';
import type { Deployment, DeploymentStatus } from './logic/types';
import { PipelinePart, usePipeline } from './PipelinePage';
import { deploymentsQuery } from './queries';

const LOOKS: Record<DeploymentStatus, StatusIndicatorProps.Type> = {
  QUEUED: 'pending',
  RUNNING: 'in-progress',
  SUCCEEDED: 'success',
  FAILED: 'error',
};

export function DeploymentStatusView({ status }: { status: DeploymentStatus }) {
  return <StatusIndicator type={LOOKS[status]}>{texts.statuses[status]}</StatusIndicator>;
}

/** The end of an id that is made of a time: its beginning is the same for those of one day. */
export function shortDeployment(id: string): string {
  return id.slice(-8);
}

export function DeploymentDuration({ deployment }: { deployment: Deployment }) {
  const { startedAt, endedAt } = deployment;
  return startedAt ? <Duration from={startedAt} to={endedAt} /> : <>{common.none}</>;
}

function columns(path: string): TableProps.ColumnDefinition<Deployment>[] {
  return [
    {
      id: 'id',
      header: texts.columns.id,
      isRowHeader: true,
      cell: ({ id }) => (
        <PageLink href={`${path}/${id}`}>
          <span className="monospace" title={id}>
            {shortDeployment(id)}
          </span>
        </PageLink>
      ),
    },
    {
      id: 'status',
      header: texts.columns.status,
      minWidth: 145,
      cell: ({ status }) => <DeploymentStatusView status={status} />,
    },
    { id: 'kind', header: texts.columns.kind, cell: ({ kind }) => texts.kinds[kind ?? 'DEPLOY'] },
    { id: 'revision', header: texts.columns.revision, cell: ({ revision }) => revision },
    { id: 'requestedBy', header: texts.columns.requestedBy, cell: ({ requestedBy }) => requestedBy },
    { id: 'requested', header: texts.columns.requested, cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: 'duration',
      header: texts.columns.duration,
      cell: (deployment) => <DeploymentDuration deployment={deployment} />,
    },
    { id: 'error', header: texts.columns.error, cell: ({ failure }) => failure?.error ?? common.none },
  ];
}

/** The deployments of a pipeline, newest first. */
export default function DeploymentsPage() {
  const { id } = usePipeline();
  const query = useQuery(deploymentsQuery(id, usePageToken()));
  const path = `/pipelines/${id}/deployments`;
  return (
    <PipelinePart title={texts.title} crumbs={[{ text: texts.title, href: path }]}>
      <HistoryTable
        title={texts.title}
        description={texts.description}
        query={query}
        trackBy="id"
        columns={columns(path)}
        empty={<Box variant="h3">{texts.empty}</Box>}
      />
    </PipelinePart>
  );
}
