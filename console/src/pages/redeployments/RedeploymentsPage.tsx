import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Table from '@cloudscape-design/components/table';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';

import { api, body } from '../../api/client';
import { keys } from '../../api/queries';
import { redeploymentQuery } from '../../api/redeployments';
import { PageLink } from '../../components/navigation';
import { Page } from '../../components/page';
import { Pager, usePageToken } from '../../components/pager';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { RedeploymentStatus } from '../../components/status';
import { live } from '../../live/polling';
import { Time } from '../../live/Time';
import { common } from '../../texts/common';
import { redeployments as texts } from '../../texts/redeployments';
import { useLabels } from './labels';
import { RequestRedeployment } from './RequestRedeployment';
import { nameOf } from './target';

/** The list does not say how far each one is. */
function StatusOf({ id }: { id: string }) {
  const { data, isPending } = useQuery(redeploymentQuery(id));
  if (data) return <RedeploymentStatus status={data.status} />;
  return isPending ? <Spinner /> : <>{common.none}</>;
}

export default function RedeploymentsPage() {
  const [search, setSearch] = useSearchParams();
  const nextToken = usePageToken();
  const label = useLabels();
  const query = useQuery({
    queryKey: [...keys.redeployments, 'list', nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(api.GET('/redeployments', { params: { query: { ...(nextToken && { nextToken }) } }, signal })),
    placeholderData: keepPreviousData,
    ...live(() => false),
  });
  const asking = search.has('request');
  const ask = (open: boolean) => setSearch(open ? { request: '' } : {}, { replace: !open });
  const request = (
    <Button variant="primary" onClick={() => ask(true)}>
      {texts.request}
    </Button>
  );
  return (
    <Page title={texts.title} breadcrumbs={[{ text: texts.title, href: '/redeployments' }]}>
      <SpaceBetween size="m">
        <ProblemAlert error={readError(query)} />
        <Table
          variant="full-page"
          stickyHeader
          header={
            <Header variant="awsui-h1-sticky" description={texts.description} actions={request}>
              {texts.title}
            </Header>
          }
          items={query.data?.items ?? []}
          trackBy="id"
          loading={query.isPending}
          ariaLabels={{ tableLabel: texts.tableLabel }}
          pagination={<Pager nextToken={query.data?.nextToken} disabled={query.isPlaceholderData} />}
          columnDefinitions={[
            {
              id: 'target',
              header: texts.columns.target,
              isRowHeader: true,
              cell: ({ id, target }) => <PageLink href={`/redeployments/${id}`}>{nameOf(target, label)}</PageLink>,
            },
            { id: 'status', header: texts.columns.status, cell: ({ id }) => <StatusOf id={id} /> },
            { id: 'at', header: texts.columns.at, cell: ({ requestedAt }) => <Time at={requestedAt} /> },
            { id: 'by', header: texts.columns.by, cell: ({ requestedBy }) => requestedBy },
            { id: 'cause', header: texts.columns.cause, cell: ({ cause }) => texts.causes[cause.kind] },
          ]}
          empty={
            <Box textAlign="center" padding="l">
              <SpaceBetween size="m">
                <Box variant="strong" fontSize="heading-m">
                  {texts.emptyTitle}
                </Box>
                <Box>{texts.empty}</Box>
              </SpaceBetween>
            </Box>
          }
        />
      </SpaceBetween>
      {asking && <RequestRedeployment onDismiss={() => ask(false)} />}
    </Page>
  );
}
