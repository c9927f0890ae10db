import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';

import { Pager, usePageToken } from '../../components/pager';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Time } from '../../live/Time';
import { common } from '../../texts/common';
import { audit as texts } from '../../texts/pipeline';
import type { AuditEntry } from './logic/types';
import { PipelinePart, usePipeline } from './PipelinePage';
import { auditQuery } from './queries';

const COLUMNS: TableProps.ColumnDefinition<AuditEntry>[] = [
  { id: 'at', header: texts.columns.at, minWidth: 130, cell: ({ at }) => <Time at={at} /> },
  { id: 'by', header: texts.columns.by, isRowHeader: true, cell: ({ by }) => by },
  { id: 'action', header: texts.columns.action, cell: ({ action }) => texts.actions[action] },
  {
    id: 'outcome',
    header: texts.columns.outcome,
    minWidth: 130,
    cell: ({ outcome }) => (
      <StatusIndicator type={outcome === 'ACCEPTED' ? 'success' : 'error'}>{texts.outcomes[outcome]}</StatusIndicator>
    ),
  },
  {
    id: 'detail',
    header: texts.columns.detail,
    minWidth: 240,
    cell: ({ detail }) => <span className="as-written">{detail ?? common.none}</span>,
  },
  { id: 'source', header: texts.columns.source, cell: ({ sourceAddress }) => sourceAddress ?? texts.platform },
  {
    id: 'request',
    header: texts.columns.request,
    minWidth: 180,
    cell: ({ requestId }) =>
      requestId ? (
        <CopyToClipboard
          variant="inline"
          textToCopy={requestId}
          copyButtonAriaLabel={common.copyRequestId}
          copySuccessText={common.copied}
          copyErrorText={common.copyFailed}
        />
      ) : (
        common.none
      ),
  },
];

/** Who asked for what about the pipeline. */
export default function AuditPage() {
  const { id } = usePipeline();
  const { data, error, isPending, isPlaceholderData } = useQuery(auditQuery(id, usePageToken()));
  return (
    <PipelinePart title={texts.title} crumbs={[{ text: texts.title, href: `/pipelines/${id}/audit` }]}>
      <SpaceBetween size="m">
        <ProblemAlert error={error} />
        <Table
          header={
            <Header variant="h2" description={texts.description}>
              {texts.title}
            </Header>
          }
          ariaLabels={{ tableLabel: texts.title }}
          items={data?.items ?? []}
          columnDefinitions={COLUMNS}
          wrapLines
          loading={isPending}
          loadingText={common.loading}
          pagination={<Pager nextToken={data?.nextToken} disabled={isPlaceholderData} />}
          empty={<Box variant="h3">{texts.empty}</Box>}
        />
      </SpaceBetween>
    </PipelinePart>
  );
}
