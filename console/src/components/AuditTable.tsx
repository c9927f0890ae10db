import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import type { Schemas } from '../api/client';
import { Time } from '../live/Time';
import { common } from '../texts/common';
import { audit as texts } from '../texts/environments';
import { RequestId } from './RequestId';

/** An audit trail, one page of it. */
export function AuditTable({
  items,
  loading,
  pagination,
}: {
  items: readonly Schemas['AuditEntry'][];
  loading: boolean;
  pagination?: ReactNode;
}) {
  return (
    <Table
      header={
        <Header variant="h2" description={texts.description}>
          {texts.title}
        </Header>
      }
      items={items}
      loading={loading}
      pagination={pagination}
      wrapLines
      ariaLabels={{ tableLabel: texts.title }}
      empty={<Box textAlign="center">{texts.empty}</Box>}
      columnDefinitions={[
        { id: 'at', header: texts.columns.at, cell: ({ at }) => <Time at={at} />, minWidth: 130 },
        { id: 'by', header: texts.columns.by, cell: ({ by }) => by, isRowHeader: true },
        { id: 'action', header: texts.columns.action, cell: ({ action }) => texts.actions[action], minWidth: 150 },
        {
          id: 'outcome',
          header: texts.columns.outcome,
          minWidth: 140,
          cell: ({ outcome }) =>
            outcome === 'ACCEPTED' ? (
              <StatusIndicator type="success">{texts.accepted}</StatusIndicator>
            ) : (
              <StatusIndicator type="error">{texts.refused}</StatusIndicator>
            ),
        },
        {
          id: 'detail',
          header: texts.columns.detail,
          minWidth: 200,
          cell: ({ detail }) => <span className="as-written">{detail ?? common.none}</span>,
        },
        { id: 'from', header: texts.columns.from, cell: ({ sourceAddress }) => sourceAddress ?? texts.platform },
        {
          id: 'request',
          header: texts.columns.request,
          cell: ({ requestId }) => <RequestId id={requestId} />,
        },
      ]}
    />
  );
}
