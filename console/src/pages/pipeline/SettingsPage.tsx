import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';

import { allEnvironmentsQuery } from '../../api/environments';
import { Command } from '../../components/Command';
import { DeletePipeline } from '../../components/DeletePipeline';
import { PageButton, PageLink } from '../../components/navigation';
import { common } from '../../texts/common';
import { deletionTexts } from '../../texts/actions';
import { pipeline as pipelineTexts, settings as texts } from '../../texts/pipeline';
import { QUESTION } from './navigation';
import { LeftOver } from './LeftOver';
import { definitionOf } from './logic/definition';
import type { Pipeline, Stage } from './logic/types';
import { disabled, isOperator, whyNot } from './permissions';
import { PipelinePart, usePipeline } from './PipelinePage';
import { leftOverKey } from './queries';

/** The definition as it stands, what removed stages have left, and the end of the pipeline. */
export default function SettingsPage() {
  const pipeline = usePipeline();
  return (
    <PipelinePart
      title={pipelineTexts.tabs.settings}
      crumbs={[{ text: pipelineTexts.tabs.settings, href: `/pipelines/${pipeline.id}/settings` }]}
    >
      <SpaceBetween size="l">
        <Definition pipeline={pipeline} />
        <Stages pipeline={pipeline} />
        <LeftOver orphans={pipeline.orphans} />
        <Deletion pipeline={pipeline} />
      </SpaceBetween>
    </PipelinePart>
  );
}

function Definition({ pipeline }: { pipeline: Pipeline }) {
  const text = JSON.stringify(definitionOf(pipeline), null, 2);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={texts.definitionText}
          actions={
            <PageButton href={`/pipelines/${pipeline.id}/edit`} {...disabled(whyNot(pipeline))}>
              {pipelineTexts.edit}
            </PageButton>
          }
        >
          {texts.definition}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          items={[
            {
              label: texts.id,
              value: (
                <CopyToClipboard
                  variant="inline"
                  textToCopy={pipeline.id}
                  copyButtonAriaLabel={common.copy(texts.theId)}
                  copySuccessText={common.copied}
                  copyErrorText={common.copyFailed}
                />
              ),
            },
            { label: texts.revision, value: pipeline.revision },
            { label: texts.deployedRevision, value: pipeline.deployedRevision ?? common.none },
          ]}
        />
        <Command text={text} what={texts.theDefinition} />
      </SpaceBetween>
    </Container>
  );
}

function Stages({ pipeline }: { pipeline: Pipeline }) {
  const environments = useQuery(allEnvironmentsQuery).data?.items;
  const labelOf = (id: string) => environments?.find((environment) => environment.id === id)?.label ?? id;
  const columns: TableProps.ColumnDefinition<Stage>[] = [
    {
      id: 'stage',
      header: texts.stage,
      isRowHeader: true,
      cell: ({ name }) => <PageLink href={`/pipelines/${pipeline.id}/stages/${name}`}>{name}</PageLink>,
    },
    {
      id: 'environment',
      header: texts.environment,
      cell: ({ environmentId }) => (
        <PageLink href={`/environments/${environmentId}`}>{labelOf(environmentId)}</PageLink>
      ),
    },
    {
      id: 'approval',
      header: texts.approval,
      cell: ({ manualApproval }) => (manualApproval ? texts.approvalAsked : texts.approvalNotAsked),
    },
  ];
  return (
    <Table
      header={<Header variant="h2">{texts.stages}</Header>}
      ariaLabels={{ tableLabel: texts.stages }}
      items={pipeline.stages}
      trackBy="name"
      columnDefinitions={columns}
    />
  );
}

function Deletion({ pipeline }: { pipeline: Pipeline }) {
  const [search, setSearch] = useSearchParams();
  const client = useQueryClient();
  const reason = isOperator(pipeline) ? undefined : whyNot(pipeline);
  const ask = (wanted: boolean) => setSearch(wanted ? { delete: 'yes' } : {}, QUESTION);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button onClick={() => ask(true)} {...disabled(reason)}>
              {deletionTexts.action}
            </Button>
          }
        >
          {texts.deletion}
        </Header>
      }
    >
      {deletionTexts.effect} {deletionTexts.keepsStacks}
      {search.get('delete') === 'yes' && reason === undefined && (
        <DeletePipeline
          pipeline={pipeline}
          onDismiss={() => ask(false)}
          onAccepted={({ orphans }) => client.setQueryData(leftOverKey(pipeline.id), orphans)}
        />
      )}
    </Container>
  );
}
