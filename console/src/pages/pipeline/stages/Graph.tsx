import './graph.css';

import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Icon from '@cloudscape-design/components/icon';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';

import { PageButton, PageLink } from '../../../components/navigation';
import { Time } from '../../../live/Time';
import { actsFor, usePerson } from '../../../session/SessionContext';
import { approvalTexts } from '../../../texts/actions';
import { graph as texts } from '../../../texts/pipeline';
import { CommitId, Message } from '../commits';
import { type GraphNode, isUnderWay, type Lane, type NodeCommit, type NodeStatus } from '../logic/graph';
import type { Pipeline, Schemas } from '../logic/types';
import { disabled, whyNot } from '../permissions';

const LOOKS: Record<NodeStatus, StatusIndicatorProps.Type> = {
  NOT_DEPLOYED: 'pending',
  NOT_STARTED: 'pending',
  IN_PROGRESS: 'in-progress',
  WAITING_FOR_APPROVAL: 'warning',
  SUCCEEDED: 'success',
  FAILED: 'error',
  STOPPED: 'stopped',
  SKIPPED: 'stopped',
  APPROVED: 'success',
  REJECTED: 'error',
};

const CARDS: Partial<Record<NodeStatus, string>> = {
  IN_PROGRESS: 'graph-card-active',
  WAITING_FOR_APPROVAL: 'graph-card-waiting',
  SUCCEEDED: 'graph-card-success',
  APPROVED: 'graph-card-success',
  FAILED: 'graph-card-error',
  REJECTED: 'graph-card-error',
};

/** What a person can ask for in the graph. */
export interface GraphActions {
  answer: (stage: string, decision: Schemas['Decision']) => void;
  retry: (stage: string) => void;
  /** The stage that is being tried again. */
  retrying: string | undefined;
  start: (stage: string | undefined) => void;
  stop: (runId: string) => void;
}

interface Shown {
  pipeline: Pipeline;
  actions: GraphActions;
}

export function Graph({ pipeline, lanes, actions }: Shown & { lanes: Lane[] }) {
  return (
    <div className="graph">
      <SpaceBetween size="l">
        {lanes.map((lane) => (
          <LaneView key={lane.codePipeline} lane={lane} pipeline={pipeline} actions={actions} />
        ))}
      </SpaceBetween>
    </div>
  );
}

function LaneView({ lane, pipeline, actions }: Shown & { lane: Lane }) {
  const { startStage, activeRunId } = lane;
  const reason = whyNot(pipeline);
  return (
    <section aria-label={texts.laneLabel(lane.branch)}>
      <SpaceBetween size="xs">
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <Box variant="h3" padding="n">
            {texts.lane(lane.branch)}
          </Box>
          {startStage !== undefined && (
            <Button
              variant="inline-link"
              ariaLabel={texts.startLaneOf(lane.branch)}
              onClick={() => actions.start(startStage)}
              {...disabled(reason)}
            >
              {texts.startLane}
            </Button>
          )}
          {activeRunId !== undefined && (
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Box color="text-body-secondary">{texts.runUnderWay}</Box>
              <PageLink href={`/pipelines/${pipeline.id}/runs/${activeRunId}`}>{activeRunId.slice(0, 8)}</PageLink>
              <Button
                variant="inline-link"
                ariaLabel={texts.stopOf(activeRunId.slice(0, 8))}
                onClick={() => actions.stop(activeRunId)}
                {...disabled(reason)}
              >
                {texts.stop}
              </Button>
            </SpaceBetween>
          )}
          <Link href={lane.consoleUrl} external fontSize="body-s">
            {texts.codePipeline}
          </Link>
        </SpaceBetween>
        {/* What scrolls must take the focus, so that the arrow keys scroll it. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div className="graph-scroll" role="group" tabIndex={0} aria-label={texts.scrollLabel(lane.branch)}>
          <ol className="graph-nodes">
            {lane.nodes.map((node) => (
              <NodeView key={node.key} node={node} lane={lane} pipeline={pipeline} actions={actions} />
            ))}
          </ol>
        </div>
      </SpaceBetween>
    </section>
  );
}

function classesOf({ kind, status }: GraphNode): string {
  const reached = status === 'SUCCEEDED' || status === 'APPROVED';
  return [
    'graph-node',
    `graph-node-${kind}`,
    reached ? 'graph-node-reached' : '',
    isUnderWay(status) ? 'graph-node-active' : '',
  ].join(' ');
}

function NodeView({ node, lane, pipeline, actions }: Shown & { node: GraphNode; lane: Lane }) {
  const { kind, status, error, retryStage } = node;
  const retry = kind === 'approval' ? texts.askAgain : texts.retry;
  return (
    <li className={classesOf(node)}>
      <div className={`graph-card ${CARDS[status] ?? ''}`}>
        <SpaceBetween size="xs">
          <div>
            <Box variant="h4" padding="n">
              <Title node={node} pipeline={pipeline} />
            </Box>
            <StatusIndicator type={LOOKS[status]}>{texts.statuses[status]}</StatusIndicator>
          </div>
          {kind === 'stage' && <Target node={node} />}
          {kind === 'approval' ? (
            <Question node={node} actions={actions} />
          ) : (
            <Standing node={node} lane={lane} pipeline={pipeline} />
          )}
          {error && <ErrorView node={node} pipeline={pipeline} />}
          {retryStage !== undefined && (
            <Button
              loading={actions.retrying === retryStage}
              ariaLabel={`${retry}: ${nameOf(node)}`}
              onClick={() => actions.retry(retryStage)}
              {...disabled(whyNot(pipeline))}
            >
              {retry}
            </Button>
          )}
          {kind === 'stage' && (
            <PageButton
              variant="inline-link"
              href={`/pipelines/${pipeline.id}/stages/${node.name}`}
              ariaLabel={texts.resourcesOf(node.name)}
            >
              {texts.resources}
            </PageButton>
          )}
        </SpaceBetween>
      </div>
    </li>
  );
}

export function nameOf({ kind, name }: GraphNode): string {
  switch (kind) {
    case 'stage':
    case 'step':
      return name;
    case 'approval':
      return texts.approvalOf(name);
    default:
      return texts.kinds[kind];
  }
}

/** The node's name; it leads to what the node did. */
function Title({ node, pipeline }: { node: GraphNode; pipeline: Pipeline }) {
  const path = `/pipelines/${pipeline.id}`;
  const name = nameOf(node);
  if (node.kind === 'stage') return <PageLink href={`${path}/stages/${node.name}`}>{name}</PageLink>;
  if (node.executionId) return <PageLink href={`${path}/runs/${node.executionId}`}>{name}</PageLink>;
  return <>{name}</>;
}

function Target({ node }: { node: GraphNode }) {
  const { stage } = node;
  if (!stage) return null;
  return (
    <Box fontSize="body-s" color="text-body-secondary">
      <PageLink href={`/environments/${stage.environmentId}`} fontSize="body-s">
        {stage.environmentLabel}
      </PageLink>{' '}
      {stage.accountId} <span className="graph-unbroken">{stage.region}</span>
    </Box>
  );
}

function CommitView({ commit, pipeline }: { commit: NodeCommit; pipeline: Pipeline }) {
  const { runId, message, author, at } = commit;
  return (
    <div>
      <CommitId id={commit.id} href={runId === undefined ? undefined : `/pipelines/${pipeline.id}/runs/${runId}`} />
      {message !== undefined && (
        <div className="graph-message">
          <Message text={message} />
        </div>
      )}
      <Box fontSize="body-s" color="text-body-secondary">
        {author !== undefined && texts.by(author)} {at !== undefined && <Time at={at} />}
      </Box>
    </div>
  );
}

/** What stands in a node, and what is on its way there. */
function Standing({ node, lane, pipeline }: { node: GraphNode; lane: Lane; pipeline: Pipeline }) {
  const { kind, commit, incoming, behind, changedAt, stage } = node;
  if (kind !== 'stage' && kind !== 'source') {
    return changedAt === undefined ? null : (
      <Small>
        <Time at={changedAt} />
      </Small>
    );
  }
  return (
    <SpaceBetween size="xs">
      {commit ? (
        <CommitView commit={commit} pipeline={pipeline} />
      ) : (
        kind === 'stage' && <Small>{texts.nothingDeployed}</Small>
      )}
      {behind && (
        <Small>
          <Icon name="angle-up" size="inherit" /> {texts.behind(lane.branch)}
        </Small>
      )}
      {kind === 'stage' && stage?.closed && (
        <Small>
          <Icon name="lock-private" size="inherit" /> {texts.closed(stage.closed.reason)}
          {stage.closed.since && (
            <>
              {' '}
              {texts.since} <Time at={stage.closed.since} />
            </>
          )}
        </Small>
      )}
      {incoming && (
        <div>
          <Small>{texts.onItsWay}</Small>
          <CommitView commit={incoming} pipeline={pipeline} />
        </div>
      )}
    </SpaceBetween>
  );
}

/** An approval: who may answer, since when it waits, and the answer. */
function Question({ node, actions }: { node: GraphNode; actions: GraphActions }) {
  const person = usePerson();
  const approval = node.stage?.approval;
  if (!approval) return null;
  const reason = actsFor(person, approval.team) ? undefined : approvalTexts.notYours(approval.team);
  return (
    <SpaceBetween size="xs">
      <Small>
        {texts.waitsFor(approval.team)}
        {approval.waitingSince && (
          <>
            {' '}
            {texts.since} <Time at={approval.waitingSince} />
          </>
        )}
      </Small>
      {node.commit && (
        <div>
          <CommitId id={node.commit.id} />
          {node.commit.message !== undefined && (
            <div className="graph-message">
              <Message text={node.commit.message} />
            </div>
          )}
        </div>
      )}
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          variant="primary"
          ariaLabel={approvalTexts.approveTitle(node.name)}
          onClick={() => actions.answer(node.name, 'APPROVED')}
          {...disabled(reason)}
        >
          {approvalTexts.approve}
        </Button>
        <Button
          ariaLabel={approvalTexts.rejectTitle(node.name)}
          onClick={() => actions.answer(node.name, 'REJECTED')}
          {...disabled(reason)}
        >
          {approvalTexts.reject}
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}

function ErrorView({ node, pipeline }: { node: GraphNode; pipeline: Pipeline }) {
  const { error, status, executionId } = node;
  if (!error) return null;
  return (
    <div>
      <Small>{status === 'REJECTED' ? texts.rejectedBecause : texts.failedIn(error.actionName)}</Small>
      <div className="graph-message">
        <Box fontSize="body-s">{error.message}</Box>
      </div>
      {executionId !== undefined && (
        <PageLink href={`/pipelines/${pipeline.id}/runs/${executionId}`} fontSize="body-s">
          {status === 'REJECTED' ? texts.showRun : texts.details}
        </PageLink>
      )}
    </div>
  );
}

function Small({ children }: { children: ReactNode }) {
  return (
    <Box fontSize="body-s" color="text-body-secondary">
      {children}
    </Box>
  );
}
