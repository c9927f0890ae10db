import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { Pager } from '../../components/pager';
import { ProblemAlert } from '../../components/ProblemAlert';
import { common } from '../../texts/common';

/** A page of what a pipeline has had, newest first, and what is to be said if it cannot be read. */
export function HistoryTable<T>({
  title,
  description,
  query: { data, error, isPending, isPlaceholderData },
  trackBy,
  columns,
  empty,
}: {
  title: string;
  description: string;
  query: UseQueryResult<{ items: T[]; nextToken?: string | null }, unknown>;
  trackBy: TableProps.TrackBy<T>;
  columns: TableProps.ColumnDefinition<T>[];
  empty: ReactNode;
}) {
  return (
    <SpaceBetween size="m">
      <ProblemAlert error={error} />
      <Table
        header={
          <Header variant="h2" description={description}>
            {title}
          </Header>
        }
        ariaLabels={{ tableLabel: title }}
        items={data?.items ?? []}
        trackBy={trackBy}
        columnDefinitions={columns}
        wrapLines
        loading={isPending}
        loadingText={common.loading}
        pagination={<Pager nextToken={data?.nextToken} disabled={isPlaceholderData} />}
        empty={empty}
      />
    </SpaceBetween>
  );
}
