import { useCollection } from '@cloudscape-design/collection-hooks';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';

import type { Schemas } from '../../api/client';
import { allEnvironmentsQuery } from '../../api/environments';
import { PageButton, PageLink } from '../../components/navigation';
import { Page } from '../../components/page';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { EnvironmentStatus } from '../../components/status';
import { common } from '../../texts/common';
import { environments as texts } from '../../texts/environments';

type Environment = Schemas['Environment'];

const columns: TableProps.ColumnDefinition<Environment>[] = [
  {
    id: 'label',
    header: texts.columns.label,
    isRowHeader: true,
    sortingField: 'label',
    cell: ({ id, label }) => <PageLink href={`/environments/${id}`}>{label}</PageLink>,
  },
  {
    id: 'status',
    header: texts.columns.status,
    sortingField: 'status',
    cell: ({ status }) => <EnvironmentStatus status={status} />,
  },
  { id: 'account', header: texts.columns.account, sortingField: 'accountId', cell: ({ accountId }) => accountId },
  { id: 'region', header: texts.columns.region, sortingField: 'region', cell: ({ region }) => region },
  { id: 'team', header: texts.columns.team, sortingField: 'team', cell: ({ team }) => team },
  {
    id: 'invited',
    header: texts.columns.invited,
    cell: ({ invitedTeams }) => (invitedTeams.length ? invitedTeams.join(', ') : common.none),
  },
  {
    id: 'hosts',
    header: texts.columns.hosts,
    cell: ({ pipelines }) => (pipelines ? texts.hosts[pipelines] : texts.hostsUnknown),
  },
];

const PAGE_SIZE = 20;

function Empty() {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="m">
        <Box variant="strong" fontSize="heading-m">
          {texts.emptyTitle}
        </Box>
        <Box>{texts.empty}</Box>
        <PageButton href="/environments/new" variant="primary">
          {texts.link}
        </PageButton>
      </SpaceBetween>
    </Box>
  );
}

export default function EnvironmentsPage() {
  const [search, setSearch] = useSearchParams();
  const query = useQuery(allEnvironmentsQuery);
  const text = search.get('q') ?? '';
  const filter = (q: string) => setSearch(q ? { q } : {}, { replace: true });
  const { items, collectionProps, paginationProps } = useCollection(
    (query.data?.items ?? []).filter((environment) => matches(environment, text)),
    {
      pagination: { pageSize: PAGE_SIZE },
      sorting: { defaultState: { sortingColumn: { sortingField: 'label' } } },
    },
  );
  return (
    <Page title={texts.title} breadcrumbs={[{ text: texts.title, href: '/environments' }]}>
      <SpaceBetween size="m">
        <ProblemAlert error={readError(query)} />
        {query.data && !query.data.complete && <Alert type="warning">{texts.incomplete}</Alert>}
        <Table
          {...collectionProps}
          variant="full-page"
          stickyHeader
          header={
            <Header
              variant="awsui-h1-sticky"
              description={texts.description}
              actions={
                <PageButton href="/environments/new" variant="primary">
                  {texts.link}
                </PageButton>
              }
            >
              {texts.title}
            </Header>
          }
          items={items}
          trackBy="id"
          columnDefinitions={columns}
          loading={query.isPending}
          ariaLabels={{ tableLabel: texts.tableLabel }}
          filter={
            <TextFilter
              filteringText={text}
              filteringPlaceholder={texts.filterPlaceholder}
              filteringAriaLabel={texts.filterLabel}
              onChange={({ detail }) => filter(detail.filteringText)}
            />
          }
          pagination={<Pagination {...paginationProps} />}
          empty={
            text ? (
              <Box textAlign="center" padding="l">
                <SpaceBetween size="m">
                  <Box>{texts.noMatch}</Box>
                  <Button onClick={() => filter('')}>{texts.clearFilter}</Button>
                </SpaceBetween>
              </Box>
            ) : (
              <Empty />
            )
          }
        />
      </SpaceBetween>
    </Page>
  );
}

function matches(environment: Environment, text: string): boolean {
  const { label, accountId, region, team, id, invitedTeams } = environment;
  const sought = text.trim().toLowerCase();
  return [label, accountId, region, team, id, ...invitedTeams].some((part) => part.toLowerCase().includes(sought));
}
