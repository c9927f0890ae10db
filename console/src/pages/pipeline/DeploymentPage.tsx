import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';

import { Loading } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { useNow } from '../../live/clock';
import { Duration, Time } from '../../live/Time';
import { common } from '../../texts/common';
import { deployments as texts, pipeline as pipelineTexts } from '../../texts/pipeline';
import { CommitId } from './commits';
import { DeploymentDuration, DeploymentStatusView, shortDeployment } from './DeploymentsPage';
import { stackUrl } from './logic/stacks';
import { stepTime, timelineOf, type TimelineRow } from './logic/timeline';
import type { Deployment } from './logic/types';
import { PipelinePart, usePipeline } from './PipelinePage';
import { deploymentQuery } from './queries';
import { Failure } from './Situation';

/** One deployment: what it did, how long its steps took, and why it failed. */
export default function DeploymentPage() {
  const { id } = usePipeline();
  const { deploymentId = '' } = useParams();
  const { data: deployment, error } = useQuery(deploymentQuery(id, deploymentId));
  const path = `/pipelines/${id}/deployments`;
  const short = shortDeployment(deploymentId);
  return (
    <PipelinePart
      title={texts.deployment(short)}
      crumbs={[
        { text: pipelineTexts.tabs.deployments, href: path },
        { text: short, href: `${path}/${deploymentId}` },
      ]}
    >
      <SpaceBetween size="l">
        <ProblemAlert error={error} />
        {deployment ? (
          <SpaceBetween size="l">
            <About deployment={deployment} />
            <Timeline deployment={deployment} />
          </SpaceBetween>
        ) : (
          !error && <Loading />
        )}
      </SpaceBetween>
    </PipelinePart>
  );
}

function About({ deployment }: { deployment: Deployment }) {
  const { failure, executionUrl, kind, requestId } = deployment;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            executionUrl && (
              <Button href={executionUrl} external target="_blank">
                {texts.console}
              </Button>
            )
          }
        >
          {texts.deployment(shortDeployment(deployment.id))}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {failure && (
          <Alert type="error" header={texts.failed(failure.error)}>
            <Failure failure={failure} />
          </Alert>
        )}
        <KeyValuePairs
          columns={3}
          items={[
            { label: texts.columns.status, value: <DeploymentStatusView status={deployment.status} /> },
            { label: texts.columns.kind, value: texts.kinds[kind ?? 'DEPLOY'] },
            { label: texts.columns.revision, value: deployment.revision },
            { label: texts.columns.requestedBy, value: deployment.requestedBy },
            { label: texts.columns.requested, value: <Time at={deployment.createdAt} /> },
            { label: texts.columns.duration, value: <DeploymentDuration deployment={deployment} /> },
            ...outcomes(deployment),
            ...(requestId
              ? [
                  {
                    label: texts.requestId,
                    value: (
                      <CopyToClipboard
                        variant="inline"
                        textToCopy={requestId}
                        copyButtonAriaLabel={common.copy(texts.theRequestId)}
                        copySuccessText={common.copied}
                        copyErrorText={common.copyFailed}
                      />
                    ),
                  },
                ]
              : []),
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

/** What the deployment did to the repository and the stacks. */
function outcomes({ commit, stacks, kind, deleteRepository }: Deployment): KeyValuePairsProps.Item[] {
  const items: KeyValuePairsProps.Item[] = [];
  if (kind === 'DELETE') {
    items.push({
      label: texts.deleteRepository,
      value: deleteRepository ? texts.repositoryDeleted : texts.repositoryKept,
    });
  }
  if (commit) {
    items.push(
      { label: texts.repository, value: commit.repositoryName },
      {
        label: texts.commit,
        value: (
          <SpaceBetween size="xxs">
            {Object.entries({ [commit.branch]: commit.commitId, ...commit.branches }).map(([branch, id]) => (
              <div key={branch}>
                {branch}: <CommitId id={id} />
              </div>
            ))}
            {!commit.changed && (
              <Box fontSize="body-s" color="text-body-secondary">
                {texts.commitUnchanged}
              </Box>
            )}
          </SpaceBetween>
        ),
      },
    );
  }
  for (const { name, region, stackId, action } of stacks ?? []) {
    items.push({
      label: texts.stack,
      value: (
        <>
          <Link href={stackUrl(region, stackId)} external>
            {name}
          </Link>{' '}
          {texts.stackActions[action]}
        </>
      ),
    });
  }
  return items;
}

const LOOKS: Record<TimelineRow['status'], StatusIndicatorProps.Type> = {
  RUNNING: 'in-progress',
  SUCCEEDED: 'success',
  FAILED: 'error',
};

function repetitions({ repeats, attempts }: TimelineRow): string | undefined {
  switch (repeats) {
    case 'RETRIED':
      return texts.retried(attempts);
    case 'LOOPED':
      return texts.looped(attempts);
    case 'ONCE':
      return undefined;
  }
}

const COLUMNS: TableProps.ColumnDefinition<TimelineRow>[] = [
  {
    id: 'step',
    header: texts.step,
    isRowHeader: true,
    cell: (row) => {
      const repeated = repetitions(row);
      return (
        <>
          {texts.steps[row.name] ?? row.name}
          <Box fontSize="body-s" color="text-body-secondary">
            {row.name}
            {repeated !== undefined && `, ${repeated}`}
          </Box>
        </>
      );
    },
  },
  {
    id: 'status',
    header: texts.columns.status,
    minWidth: 145,
    cell: ({ status }) => <StatusIndicator type={LOOKS[status]}>{texts.stepStatuses[status]}</StatusIndicator>,
  },
  {
    id: 'duration',
    header: texts.columns.duration,
    cell: ({ startedAt, endedAt }) =>
      endedAt ? stepTime(Date.parse(endedAt) - Date.parse(startedAt)) : <Duration from={startedAt} />,
  },
  {
    id: 'share',
    header: texts.share,
    minWidth: 240,
    cell: ({ offset, width, status }) => (
      <div className="timeline" aria-hidden="true">
        <div
          className={`timeline-bar timeline-bar-${status.toLowerCase()}`}
          style={{ insetInlineStart: `${offset * 100}%`, inlineSize: `${width * 100}%` }}
        />
      </div>
    ),
  },
  { id: 'started', header: texts.started, cell: ({ startedAt }) => <Time at={startedAt} /> },
];

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

function Timeline({ deployment }: { deployment: Deployment }) {
  // What has ended stays as it is.
  const now = useNow(deployment.endedAt ? HOUR_MS : SECOND_MS);
  const rows = timelineOf(deployment, now);
  return (
    <Table
      header={<Header variant="h2">{texts.timeline}</Header>}
      ariaLabels={{ tableLabel: texts.timelineLabel }}
      items={rows}
      trackBy="name"
      columnDefinitions={COLUMNS}
      wrapLines
      empty={<Box color="text-body-secondary">{deployment.endedAt ? texts.noStepsEnded : texts.noSteps}</Box>}
    />
  );
}
