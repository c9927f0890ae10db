import { useCollection } from '@cloudscape-design/collection-hooks';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';

import { PageLink } from '../../components/navigation';
import { Loading } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Time } from '../../live/Time';
import { common } from '../../texts/common';
import { pipeline as pipelineTexts, stagePage as texts } from '../../texts/pipeline';
import { lookOfStack } from './logic/stacks';
import type { Schemas, StageResources } from './logic/types';
import { PipelinePart, usePipeline } from './PipelinePage';
import { resourcesQuery } from './queries';

/** What stands in a stage's account: the application's stack. */
export default function StagePage() {
  const { id } = usePipeline();
  const { stage = '' } = useParams();
  const { data, error } = useQuery(resourcesQuery(id, stage));
  const path = `/pipelines/${id}/stages`;
  return (
    <PipelinePart
      title={texts.title(stage)}
      crumbs={[
        { text: pipelineTexts.tabs.stages, href: path },
        { text: stage, href: `${path}/${stage}` },
      ]}
    >
      <SpaceBetween size="l">
        <ProblemAlert error={error} />
        {data ? <StageView resources={data} /> : !error && <Loading />}
      </SpaceBetween>
    </PipelinePart>
  );
}

function StageView({ resources }: { resources: StageResources }) {
  const { stackId, stackName, outputs } = resources;
  return (
    <SpaceBetween size="l">
      <StackView resources={resources} />
      {stackId ? (
        <SpaceBetween size="l">
          <Outputs outputs={outputs} />
          <Resources resources={resources.resources} />
        </SpaceBetween>
      ) : (
        <Alert type="info" header={texts.nothing}>
          {texts.nothingText(stackName)}
        </Alert>
      )}
    </SpaceBetween>
  );
}

function StackStatus({ status }: { status: string }) {
  return <StatusIndicator type={lookOfStack(status)}>{status}</StatusIndicator>;
}

function StackView({ resources }: { resources: StageResources }) {
  const { stage, status, statusReason, createdAt, updatedAt, consoleUrl } = resources;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            consoleUrl && (
              <Link href={consoleUrl} external>
                {texts.console}
              </Link>
            )
          }
        >
          {texts.title(stage)}
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: texts.environment,
            value: <PageLink href={`/environments/${resources.environmentId}`}>{resources.environmentLabel}</PageLink>,
          },
          { label: texts.account, value: resources.accountId },
          { label: texts.region, value: resources.region },
          { label: texts.stack, value: resources.stackName },
          {
            label: texts.status,
            value: status ? (
              <>
                <StackStatus status={status} />
                {statusReason && <Box fontSize="body-s">{statusReason}</Box>}
              </>
            ) : (
              common.none
            ),
          },
          {
            label: updatedAt ? texts.changed : texts.created,
            value: <OptionalTime at={updatedAt ?? createdAt} />,
          },
        ]}
      />
    </Container>
  );
}

function OptionalTime({ at }: { at: string | null | undefined }) {
  return at ? <Time at={at} /> : <>{common.none}</>;
}

const OUTPUT_COLUMNS: TableProps.ColumnDefinition<Schemas['StackOutput']>[] = [
  { id: 'key', header: texts.output, isRowHeader: true, cell: ({ key }) => key },
  {
    id: 'value',
    header: texts.value,
    minWidth: 240,
    cell: ({ key, value }) => (
      <CopyToClipboard
        variant="inline"
        textToCopy={value}
        copyButtonAriaLabel={common.copy(texts.theValue(key))}
        copySuccessText={common.copied}
        copyErrorText={common.copyFailed}
      />
    ),
  },
  { id: 'description', header: texts.description, cell: ({ description }) => description ?? common.none },
];

function Outputs({ outputs }: { outputs: Schemas['StackOutput'][] }) {
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${outputs.length})`}>
          {texts.outputs}
        </Header>
      }
      ariaLabels={{ tableLabel: texts.outputs }}
      items={outputs}
      trackBy="key"
      columnDefinitions={OUTPUT_COLUMNS}
      wrapLines
      empty={<Box color="text-body-secondary">{texts.noOutputs}</Box>}
    />
  );
}

const RESOURCE_COLUMNS: TableProps.ColumnDefinition<Schemas['StackResource']>[] = [
  {
    id: 'logicalId',
    header: texts.logicalId,
    maxWidth: 200,
    isRowHeader: true,
    sortingField: 'logicalId',
    cell: ({ logicalId }) => logicalId,
  },
  { id: 'type', header: texts.type, minWidth: 160, sortingField: 'type', cell: ({ type }) => type },
  {
    id: 'status',
    header: texts.resourceStatus,
    minWidth: 180,
    sortingField: 'status',
    cell: ({ status, statusReason }) => (
      <>
        <StackStatus status={status} />
        {statusReason && <Box fontSize="body-s">{statusReason}</Box>}
      </>
    ),
  },
  { id: 'physicalId', header: texts.physicalId, maxWidth: 210, cell: ({ physicalId }) => physicalId ?? common.none },
  {
    id: 'changed',
    header: texts.resourceChanged,
    sortingField: 'changedAt',
    cell: ({ changedAt }) => <OptionalTime at={changedAt} />,
  },
];

function Resources({ resources }: { resources: Schemas['StackResource'][] }) {
  const { items, collectionProps, filterProps, filteredItemsCount } = useCollection(resources, {
    filtering: { noMatch: texts.noMatch, fields: ['logicalId', 'physicalId', 'type', 'status'] },
    sorting: {},
  });
  return (
    <Table
      {...collectionProps}
      header={
        <Header variant="h2" counter={`(${resources.length})`}>
          {texts.resources}
        </Header>
      }
      ariaLabels={{ tableLabel: texts.resources }}
      items={items}
      trackBy="logicalId"
      columnDefinitions={RESOURCE_COLUMNS}
      wrapLines
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder={texts.find}
          filteringAriaLabel={texts.find}
          {...(filterProps.filteringText && { countText: texts.matches(filteredItemsCount ?? 0) })}
        />
      }
    />
  );
}
