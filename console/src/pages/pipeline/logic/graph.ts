import type { LiveCodePipeline, LiveStage, LiveStages, LiveStep, Pipeline, Run, StageStatus, Strategy } from './types';

export type NodeKind = 'source' | 'build' | 'selfMutation' | 'step' | 'approval' | 'stage';

/** Where a node is. An approval that was given or refused is told apart from work that succeeded or failed. */
export type NodeStatus = StageStatus | 'APPROVED' | 'REJECTED';

export interface NodeCommit {
  id: string;
  message: string | undefined;
  author: string | undefined;
  /** When it arrived, or set out. */
  at: string | undefined;
  runId: string | undefined;
}

export interface GraphNode {
  key: string;
  kind: NodeKind;
  name: string;
  status: NodeStatus;
  changedAt: string | undefined;
  executionId: string | undefined;
  error: NonNullable<LiveStep['error']> | undefined;
  /** What stands there: for the source, what was read last. */
  commit: NodeCommit | undefined;
  /** What is on its way there, if that is something else. */
  incoming: NodeCommit | undefined;
  /** Whether the branch has moved on since `commit`. */
  behind: boolean;
  stage: LiveStage | undefined;
  /** The stage to name in a request to try the node's work again. */
  retryStage: string | undefined;
}

export interface Lane {
  codePipeline: string;
  branch: string;
  consoleUrl: string;
  /** The stage to name when the lane's CodePipeline is started, where it must be named. */
  startStage: string | undefined;
  /** The run that is under way in the lane. */
  activeRunId: string | undefined;
  nodes: GraphNode[];
}

const STEPS_OF_STRATEGY: Record<Strategy, string[]> = {
  'cdk-trunk': ['Source', 'Build', 'UpdatePipeline'],
  trunk: ['Source'],
  gitflow: ['Source'],
};

const KINDS_OF_STEPS: Record<string, NodeKind> = {
  Source: 'source',
  Build: 'build',
  UpdatePipeline: 'selfMutation',
};

/** Trunk and gitflow call the action `Approve`, the DDK `PromoteTo` and the stage's name. */
const APPROVAL_ACTION = /^(Approve|PromoteTo)/;
const APPROVAL_STAGE_PREFIX = 'Approve-';

export function kindOfStep(name: string): NodeKind {
  return KINDS_OF_STEPS[name] ?? 'step';
}

export function isUnderWay(status: NodeStatus): boolean {
  return status === 'IN_PROGRESS' || status === 'WAITING_FOR_APPROVAL';
}

export function approvalStatus(stage: LiveStage): NodeStatus {
  if (stage.approval) return 'WAITING_FOR_APPROVAL';
  switch (stage.status) {
    case 'SUCCEEDED':
      return 'APPROVED';
    case 'FAILED':
      return failedInApproval(stage) ? 'REJECTED' : 'APPROVED';
    case 'IN_PROGRESS':
      return (stage.incoming?.stageName ?? '').startsWith(APPROVAL_STAGE_PREFIX) ? 'IN_PROGRESS' : 'APPROVED';
    default:
      return stage.status;
  }
}

function failedInApproval(stage: LiveStage): boolean {
  return APPROVAL_ACTION.test(stage.error?.actionName ?? '');
}

/** What the deployment behind an approval is at: while somebody is asked, nothing of it has begun. */
export function deploymentStatus(stage: LiveStage, approval: NodeStatus | undefined): NodeStatus {
  if (approval === undefined) return stage.status;
  if (isUnderWay(approval)) return stage.deployed ? 'SUCCEEDED' : 'NOT_STARTED';
  if (approval === 'REJECTED') return stage.deployed ? 'SUCCEEDED' : 'NOT_STARTED';
  return stage.status;
}

/** What is known of commits, by their ids. */
type Known = Map<string, { message?: string | null; author?: string | null }>;

/** The lanes of a pipeline: one, or in gitflow one for each stage. `runs` know who wrote the commits. */
export function lanesOf(pipeline: Pipeline, live: LiveStages, runs: Run[]): Lane[] {
  const known: Known = new Map(runs.flatMap(({ commit }) => (commit ? [[commit.id, commit]] : [])));
  return live.codePipelines.map((codePipeline) => {
    const stages = live.stages.filter((stage) => stage.codePipeline === codePipeline.name);
    return laneOf(pipeline, codePipeline, stages, known);
  });
}

function laneOf(pipeline: Pipeline, codePipeline: LiveCodePipeline, stages: LiveStage[], known: Known): Lane {
  const first = stages[0]?.name;
  const head = codePipeline.commitId ?? undefined;
  const nodes = nearestOnly([
    ...stepsOf(pipeline.strategy, codePipeline).map((step) => stepNode(step, codePipeline, first, known)),
    ...stages.flatMap((stage) => stageNodes(pipeline, stage, head, known)),
  ]);
  return {
    codePipeline: codePipeline.name,
    branch: codePipeline.branch,
    consoleUrl: codePipeline.consoleUrl,
    startStage: pipeline.strategy === 'gitflow' ? first : undefined,
    activeRunId: nodes.findLast((node) => isUnderWay(node.status))?.executionId,
    nodes,
  };
}

/** A run is on its way to all stages that are before it; the next one shows it. */
function nearestOnly(nodes: GraphNode[]): GraphNode[] {
  const seen = new Set<string>();
  return nodes.map((node) => {
    const runId = node.incoming?.runId;
    if (runId === undefined) return node;
    const shown = !seen.has(runId);
    seen.add(runId);
    return shown ? node : { ...node, incoming: undefined };
  });
}

/** While the CodePipeline does not exist, the graph already shows what will be there. */
function stepsOf(strategy: Strategy, codePipeline: LiveCodePipeline): LiveStep[] {
  if (codePipeline.steps.length > 0) return codePipeline.steps;
  return STEPS_OF_STRATEGY[strategy].map((name) => ({ name, status: 'NOT_DEPLOYED' }));
}

function stepNode(
  step: LiveStep,
  codePipeline: LiveCodePipeline,
  firstStage: string | undefined,
  known: Known,
): GraphNode {
  const kind = kindOfStep(step.name);
  const read = { commitId: codePipeline.commitId, runId: step.executionId };
  return {
    key: `${codePipeline.name}/${step.name}`,
    kind,
    name: step.name,
    status: step.status,
    behind: false,
    changedAt: step.changedAt ?? undefined,
    executionId: step.executionId ?? undefined,
    error: step.error ?? undefined,
    commit: kind === 'source' ? commitOf(read, step.changedAt, known) : undefined,
    incoming: undefined,
    stage: undefined,
    retryStage: step.status === 'FAILED' ? firstStage : undefined,
  };
}

function stageNodes(pipeline: Pipeline, stage: LiveStage, head: string | undefined, known: Known): GraphNode[] {
  const asked = pipeline.stages.some((defined) => defined.name === stage.name && defined.manualApproval);
  const approval = asked || stage.approval ? approvalStatus(stage) : undefined;
  const status = deploymentStatus(stage, approval);
  const { deployed, incoming } = stage;
  const commit = commitOf(deployed, deployed?.at, known);
  const isNews = incoming && incoming.runId !== deployed?.runId;
  const failed = stage.status === 'FAILED';
  const deploymentFailed = failed && approval !== 'REJECTED';
  const node: GraphNode = {
    key: `stage/${stage.name}`,
    kind: 'stage',
    name: stage.name,
    status,
    behind: commit !== undefined && head !== undefined && commit.id !== head,
    stage,
    changedAt: stage.changedAt ?? undefined,
    executionId: stage.executionId ?? undefined,
    error: deploymentFailed ? (stage.error ?? undefined) : undefined,
    commit,
    incoming: isNews ? commitOf(incoming, incoming.since, known) : undefined,
    retryStage: deploymentFailed ? stage.name : undefined,
  };
  if (approval === undefined) return [node];
  const waiting = stage.approval;
  const approvalNode: GraphNode = {
    key: `approval/${stage.name}`,
    kind: 'approval',
    name: stage.name,
    status: approval,
    behind: false,
    stage,
    changedAt: (approval === 'REJECTED' ? stage.changedAt : waiting?.waitingSince) ?? undefined,
    executionId: stage.executionId ?? undefined,
    error: approval === 'REJECTED' ? (stage.error ?? undefined) : undefined,
    commit: commitOf(waiting, waiting?.waitingSince, known),
    incoming: undefined,
    retryStage: approval === 'REJECTED' ? stage.name : undefined,
  };
  return [approvalNode, node];
}

interface FoundCommit {
  commitId?: string | null;
  message?: string | null;
  runId?: string | null;
}

function commitOf(
  found: FoundCommit | null | undefined,
  at: string | null | undefined,
  known: Known,
): NodeCommit | undefined {
  if (!found?.commitId) return undefined;
  const more = known.get(found.commitId);
  return {
    id: found.commitId,
    message: found.message ?? more?.message ?? undefined,
    author: more?.author ?? undefined,
    at: at ?? undefined,
    runId: found.runId ?? undefined,
  };
}

export function shortId(commitId: string): string {
  return commitId.slice(0, 8);
}

/** A commit's message without what comes below its first line. */
export function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
