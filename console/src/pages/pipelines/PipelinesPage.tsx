import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { api, body, type Schemas } from '../../api/client';
import { allEnvironmentsQuery } from '../../api/environments';
import { isMoving, keys } from '../../api/queries';
import { allPipelinesQuery, waitingOf, waitsFor } from '../../api/waiting';
import { DeletePipeline } from '../../components/DeletePipeline';
import { PageButton, PageLink } from '../../components/navigation';
import { Page } from '../../components/page';
import { Pager, usePageToken } from '../../components/pager';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { PipelineStatus, RunStatus } from '../../components/status';
import { Tags } from '../../components/tags';
import { live } from '../../live/polling';
import { Time } from '../../live/Time';
import { actsFor, usePerson } from '../../session/SessionContext';
import { pipelines as texts } from '../../texts/pipelines';
import { pipelineStatus } from '../../texts/status';
import { filtersOf, filtersOfTokens, isFiltered, type PipelinesQuery, searchOf, tokensOf } from './filters';

type Pipeline = Schemas['Pipeline'];

function pipelinesQuery(filters: PipelinesQuery, nextToken: string | undefined) {
  return queryOptions({
    queryKey: [...keys.pipelines, 'list', filters, nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(api.GET('/pipelines', { params: { query: { ...filters, ...(nextToken && { nextToken }) } }, signal })),
    // The table keeps its rows until those of the other filter are there.
    placeholderData: keepPreviousData,
    ...live(({ items }: Schemas['List_Pipeline']) => items.some(isMoving)),
  });
}

function Waiting({ pipeline }: { pipeline: Pipeline }) {
  const person = usePerson();
  const waiting = waitingOf([pipeline]).map(({ approval }) => approval);
  if (waiting.length === 0) {
    return <>{texts.nothingWaits}</>;
  }
  return (
    <SpaceBetween size="xxs">
      {waiting.map((approval) =>
        waitsFor(person, approval) ? (
          <PageLink key={approval.stage} href={`/pipelines/${pipeline.id}/stages`}>
            <StatusIndicator type="warning">{texts.waitsForYou(approval.stage)}</StatusIndicator>
          </PageLink>
        ) : (
          <StatusIndicator key={approval.stage} type="pending">
            {texts.waitsForTeam(approval.stage, approval.team)}
          </StatusIndicator>
        ),
      )}
    </SpaceBetween>
  );
}

function NewestRun({ pipeline }: { pipeline: Pipeline }) {
  const run = pipeline.delivery?.run;
  if (!run) {
    return <Box color="text-body-secondary">{texts.noRun}</Box>;
  }
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <RunStatus status={run.status} />
      <PageLink href={`/pipelines/${pipeline.id}/runs/${run.runId}`}>
        <Time at={run.startedAt} />
      </PageLink>
    </SpaceBetween>
  );
}

const columns: TableProps.ColumnDefinition<Pipeline>[] = [
  {
    id: 'name',
    header: texts.columns.name,
    isRowHeader: true,
    cell: (pipeline) => <PageLink href={`/pipelines/${pipeline.id}`}>{pipeline.name}</PageLink>,
  },
  { id: 'status', header: texts.columns.status, cell: ({ status }) => <PipelineStatus status={status} /> },
  { id: 'run', header: texts.columns.run, cell: (pipeline) => <NewestRun pipeline={pipeline} /> },
  { id: 'waiting', header: texts.columns.waiting, cell: (pipeline) => <Waiting pipeline={pipeline} /> },
  { id: 'team', header: texts.columns.team, cell: ({ team }) => team },
  { id: 'strategy', header: texts.columns.strategy, cell: ({ strategy }) => strategy },
  {
    id: 'stages',
    header: texts.columns.stages,
    cell: ({ stages }) => stages.map((stage) => stage.name).join(' → '),
  },
  { id: 'tags', header: texts.columns.tags, minWidth: 180, cell: ({ tags }) => <Tags tags={tags} /> },
  { id: 'updated', header: texts.columns.updated, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

const filteringProperties: PropertyFilterProps.FilteringProperty[] = Object.entries(texts.properties).map(
  ([key, [label, group]]) => ({ key, propertyLabel: label, groupValuesLabel: group, operators: ['='] }),
);

function useFilteringOptions(): PropertyFilterProps.FilteringOption[] {
  const person = usePerson();
  const pipelines = useQuery(allPipelinesQuery).data?.items;
  const environments = useQuery(allEnvironmentsQuery).data?.items;
  return useMemo(() => {
    const seen = pipelines ?? [];
    const teams = new Set([...person.teams, ...seen.map(({ team }) => team)]);
    const tags = new Set(seen.flatMap(({ tags }) => Object.entries(tags).map(([key, value]) => `${key}:${value}`)));
    return [
      ...[...teams].sort().map((value) => ({ propertyKey: 'team', value })),
      ...(environments ?? []).map(({ id, label }) => ({ propertyKey: 'environmentId', value: id, label })),
      ...['cdk-trunk', 'trunk', 'gitflow'].map((value) => ({ propertyKey: 'strategy', value })),
      ...(['DEPLOYING', 'DEPLOYED', 'FAILED', 'DELETING'] as const).map((value) => ({
        propertyKey: 'status',
        value,
        label: pipelineStatus[value],
      })),
      ...[...tags].sort().map((value) => ({ propertyKey: 'tag', value })),
    ];
  }, [person, pipelines, environments]);
}

function NothingYet() {
  const environments = useQuery(allEnvironmentsQuery);
  const hasEnvironments = (environments.data?.items.length ?? 0) > 0;
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="m">
        <Box variant="strong" fontSize="heading-m">
          {texts.emptyTitle}
        </Box>
        <Box>{hasEnvironments ? texts.emptyCreate : texts.emptyNoEnvironment}</Box>
        {hasEnvironments ? (
          <PageButton href="/pipelines/new" variant="primary">
            {texts.create}
          </PageButton>
        ) : (
          <PageButton href="/environments/new" variant="primary">
            {texts.emptyLink}
          </PageButton>
        )}
      </SpaceBetween>
    </Box>
  );
}

function NoMatch({ clear }: { clear: () => void }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="m">
        <Box variant="strong" fontSize="heading-m">
          {texts.noMatchTitle}
        </Box>
        <Box>{texts.noMatch}</Box>
        <Button onClick={clear}>{texts.clearFilters}</Button>
      </SpaceBetween>
    </Box>
  );
}

/** What can be done with the chosen pipeline. */
function Actions({ pipeline }: { pipeline: Pipeline | undefined }) {
  const person = usePerson();
  const navigate = useNavigate();
  const environments = useQuery(allEnvironmentsQuery).data?.items;
  const [deleting, setDeleting] = useState<Pipeline>();
  const cicd = environments?.find(({ id }) => id === pipeline?.cicdEnvironmentId);
  const mayChange =
    pipeline !== undefined && (actsFor(person, pipeline.team) || (cicd !== undefined && actsFor(person, cicd.team)));
  const reason = !pipeline
    ? texts.choose
    : !mayChange
      ? texts.notYours(pipeline.team)
      : pipeline.status === 'DELETING'
        ? texts.beingDeleted
        : undefined;
  const disabled = reason === undefined ? {} : { disabled: true, disabledReason: reason };
  return (
    <>
      <ButtonDropdown
        items={[
          { id: 'edit', text: texts.edit, ...disabled },
          { id: 'delete', text: texts.delete, ...disabled },
        ]}
        onItemClick={({ detail }) => {
          if (detail.id === 'delete') {
            setDeleting(pipeline);
          } else if (pipeline) {
            void navigate(`/pipelines/${pipeline.id}/edit`);
          }
        }}
      >
        {texts.actions}
      </ButtonDropdown>
      {deleting && <DeletePipeline pipeline={deleting} onDismiss={() => setDeleting(undefined)} />}
    </>
  );
}

export default function PipelinesPage() {
  const [search, setSearch] = useSearchParams();
  const filters = filtersOf(search);
  const filtered = isFiltered(filters);
  const query = useQuery(pipelinesQuery(filters, usePageToken()));
  const filteringOptions = useFilteringOptions();
  const items = query.data?.items ?? [];
  const [chosenId, setChosenId] = useState<string>();
  const chosen = items.find(({ id }) => id === chosenId);
  const clear = () => setSearch(new URLSearchParams());

  return (
    <Page title={texts.title} breadcrumbs={[{ text: texts.title, href: '/pipelines' }]}>
      <SpaceBetween size="m">
        <ProblemAlert error={readError(query)} />
        <Table
          variant="full-page"
          stickyHeader
          header={
            <Header
              variant="awsui-h1-sticky"
              description={texts.description}
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Actions pipeline={chosen} />
                  <PageButton href="/pipelines/new" variant="primary">
                    {texts.create}
                  </PageButton>
                </SpaceBetween>
              }
            >
              {texts.title}
            </Header>
          }
          items={items}
          trackBy="id"
          selectionType="single"
          selectedItems={chosen ? [chosen] : []}
          onSelectionChange={({ detail }) => setChosenId(detail.selectedItems[0]?.id)}
          columnDefinitions={columns}
          loading={query.isPending}
          ariaLabels={{
            tableLabel: texts.tableLabel,
            selectionGroupLabel: texts.selection,
            itemSelectionLabel: (_, { name }) => texts.select(name),
          }}
          filter={
            <PropertyFilter
              query={{ operation: 'and', tokens: tokensOf(filters) }}
              onChange={({ detail }) => setSearch(searchOf(filtersOfTokens(detail.tokens)))}
              filteringProperties={filteringProperties}
              filteringOptions={filteringOptions}
              hideOperations
              filteringPlaceholder={texts.filterPlaceholder}
              filteringAriaLabel={texts.filterLabel}
              countText={texts.matches(items.length, Boolean(query.data?.nextToken))}
              expandToViewport
            />
          }
          pagination={<Pager nextToken={query.data?.nextToken} disabled={query.isPlaceholderData} />}
          empty={filtered ? <NoMatch clear={clear} /> : <NothingYet />}
        />
      </SpaceBetween>
    </Page>
  );
}
