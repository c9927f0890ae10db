import { describe, expect, it } from 'vitest';
import { approvalStatus, firstLine, lanesOf, shortId, type GraphNode } from './graph';
import type { LiveStage, LiveStages, Pipeline, Run, Strategy } from './types';

const HEAD = 'a'.repeat(40);
const OLDER = 'b'.repeat(40);

function pipeline(strategy: Strategy, approvals: Record<string, boolean>): Pipeline {
  return {
    id: 'k3j9x0ab',
    name: 'sales',
    description: '',
    tags: {},
    team: 'research',
    cicdEnvironmentId: 'env-cicd0000',
    strategy,
    stages: Object.entries(approvals).map(([name, manualApproval]) => ({
      name,
      environmentId: 'env-dev00000',
      manualApproval,
    })),
    orphans: [],
    stackName: 'dataall-pipeline-sales-k3j9x0ab',
    status: 'DEPLOYED',
    revision: 1,
    owner: 'alice',
    createdAt: '2026-11-30T09:00:00Z',
    updatedAt: '2026-11-30T09:00:00Z',
  };
}

function stage(name: string, more: Partial<LiveStage> = {}): LiveStage {
  return {
    name,
    environmentId: 'env-dev00000',
    environmentLabel: 'dev',
    accountId: '222222222222',
    region: 'eu-west-1',
    branch: 'main',
    codePipeline: 'dataall-sales-k3j9x0ab',
    consoleUrl: 'https://eu-west-1.console.aws.amazon.com/x',
    status: 'SUCCEEDED',
    ...more,
  };
}

function live(stages: LiveStage[], steps = ['Source']): LiveStages {
  const names = [...new Set(stages.map((each) => each.codePipeline))];
  return {
    stages,
    codePipelines: names.map((name) => ({
      name,
      branch: stages.find((each) => each.codePipeline === name)?.branch ?? 'main',
      commitId: HEAD,
      steps: steps.map((step) => ({ name: step, status: 'SUCCEEDED' as const, executionId: 'run-1' })),
      consoleUrl: 'https://eu-west-1.console.aws.amazon.com/x',
    })),
  };
}

function kinds(nodes: GraphNode[]): string[] {
  return nodes.map((node) => `${node.kind} ${node.name} ${node.status}`);
}

describe('lanes', () => {
  it('lead from source over build and self-mutation to the stages, approvals before theirs', () => {
    const [lane, ...more] = lanesOf(
      pipeline('cdk-trunk', { dev: false, prod: true }),
      live([stage('dev'), stage('prod')], ['Source', 'Build', 'UpdatePipeline', 'Assets']),
      [],
    );
    expect(more).toEqual([]);
    expect(kinds(lane?.nodes ?? [])).toEqual([
      'source Source SUCCEEDED',
      'build Build SUCCEEDED',
      'selfMutation UpdatePipeline SUCCEEDED',
      'step Assets SUCCEEDED',
      'stage dev SUCCEEDED',
      'approval prod APPROVED',
      'stage prod SUCCEEDED',
    ]);
  });

  it('are one for each branch in gitflow, and say which stage starts them', () => {
    const lanes = lanesOf(
      pipeline('gitflow', { dev: false, prod: false }),
      live([
        stage('dev', { branch: 'dev', codePipeline: 'dataall-sales-k3j9x0ab-dev' }),
        stage('prod', { branch: 'main', codePipeline: 'dataall-sales-k3j9x0ab-prod' }),
      ]),
      [],
    );
    expect(lanes.map((lane) => [lane.branch, lane.startStage, lane.nodes.length])).toEqual([
      ['dev', 'dev', 2],
      ['main', 'prod', 2],
    ]);
  });

  it('show what will be there while the CodePipeline is not', () => {
    const stages = live([stage('dev', { status: 'NOT_DEPLOYED' })], []);
    const [lane] = lanesOf(pipeline('cdk-trunk', { dev: false }), stages, []);
    expect(kinds(lane?.nodes ?? [])).toEqual([
      'source Source NOT_DEPLOYED',
      'build Build NOT_DEPLOYED',
      'selfMutation UpdatePipeline NOT_DEPLOYED',
      'stage dev NOT_DEPLOYED',
    ]);
  });

  it('name the run that is farthest on its way', () => {
    const stages = [
      stage('dev', { status: 'IN_PROGRESS', executionId: 'run-2' }),
      stage('prod', { status: 'SUCCEEDED', executionId: 'run-1' }),
    ];
    const [lane] = lanesOf(pipeline('trunk', { dev: false, prod: false }), live(stages), []);
    expect(lane?.activeRunId).toBe('run-2');
    const [quiet] = lanesOf(pipeline('trunk', { dev: false }), live([stage('dev')]), []);
    expect(quiet?.activeRunId).toBeUndefined();
  });
});

describe('a stage', () => {
  it('has the commit that stands there with its author, and says that the branch has moved on', () => {
    const runs = [{ runId: 'run-1', commit: { id: OLDER, author: 'Alice' } }] as Run[];
    const stages = live([
      stage('dev', {
        deployed: { runId: 'run-1', commitId: OLDER, message: 'Count rows', at: '2026-11-30T10:00:00Z' },
        incoming: {
          runId: 'run-2',
          commitId: HEAD,
          message: 'More',
          since: '2026-11-30T11:00:00Z',
          stageName: 'Source',
        },
      }),
    ]);
    const node = lanesOf(pipeline('trunk', { dev: false }), stages, runs)[0]?.nodes.at(-1);
    expect(node?.commit).toEqual({
      id: OLDER,
      message: 'Count rows',
      author: 'Alice',
      at: '2026-11-30T10:00:00Z',
      runId: 'run-1',
    });
    expect(node?.behind).toBe(true);
    expect(node?.incoming?.id).toBe(HEAD);
  });

  it('shows a run that is on its way only where it comes next', () => {
    const incoming = { runId: 'run-2', commitId: HEAD, stageName: 'Build' };
    const stages = live([stage('dev', { incoming }), stage('prod', { incoming })]);
    const nodes = lanesOf(pipeline('trunk', { dev: false, prod: false }), stages, [])[0]?.nodes ?? [];
    expect(nodes.map((node) => node.incoming?.runId)).toEqual([undefined, 'run-2', undefined]);
  });

  it('shows nothing on its way when that is the run that stands there', () => {
    const deployed = { runId: 'run-1', commitId: HEAD };
    const stages = live([stage('dev', { deployed, incoming: { ...deployed, stageName: 'Deploy-dev' } })]);
    const node = lanesOf(pipeline('trunk', { dev: false }), stages, [])[0]?.nodes.at(-1);
    expect(node?.incoming).toBeUndefined();
    expect(node?.behind).toBe(false);
  });

  it('that failed can be tried again, and so can what comes before all stages', () => {
    const error = { actionName: 'Deploy', message: 'no' };
    const stages = live([stage('dev', { status: 'FAILED', error })]);
    const source = stages.codePipelines[0]?.steps[0];
    if (source) source.status = 'FAILED';
    const nodes = lanesOf(pipeline('trunk', { dev: true }), stages, [])[0]?.nodes ?? [];
    expect(nodes.map((node) => [node.kind, node.status, node.retryStage, node.error?.message])).toEqual([
      ['source', 'FAILED', 'dev', undefined],
      ['approval', 'APPROVED', undefined, undefined],
      ['stage', 'FAILED', 'dev', 'no'],
    ]);
  });
});

describe('an approval', () => {
  const waiting = {
    stageName: 'Approve-prod',
    actionName: 'Approve',
    team: 'operations',
    waitingSince: '2026-11-30T10:00:00Z',
    runId: 'run-2',
    commitId: HEAD,
    message: 'More',
  };

  it('that waits is under way while the old deployment stands', () => {
    const deployed = { runId: 'run-1', commitId: OLDER };
    const stages = live([
      stage('prod', { status: 'WAITING_FOR_APPROVAL', executionId: 'run-2', approval: waiting, deployed }),
    ]);
    const nodes = lanesOf(pipeline('trunk', { prod: true }), stages, [])[0]?.nodes ?? [];
    expect(kinds(nodes).slice(1)).toEqual(['approval prod WAITING_FOR_APPROVAL', 'stage prod SUCCEEDED']);
    expect(nodes[1]?.commit?.id).toBe(HEAD);
    expect(nodes[1]?.changedAt).toBe('2026-11-30T10:00:00Z');
    expect(nodes[2]?.commit?.id).toBe(OLDER);
  });

  it('that waits is shown although the present definition asks for none', () => {
    const stages = live([stage('prod', { status: 'WAITING_FOR_APPROVAL', approval: waiting })]);
    const nodes = lanesOf(pipeline('trunk', { prod: false }), stages, [])[0]?.nodes ?? [];
    expect(kinds(nodes).slice(1)).toEqual(['approval prod WAITING_FOR_APPROVAL', 'stage prod NOT_STARTED']);
  });

  it.each(['Approve', 'PromoteToProd'])('that was refused in the action %s can be asked again', (actionName) => {
    const stages = live([stage('prod', { status: 'FAILED', error: { actionName, message: 'Not on a Friday' } })]);
    const nodes = lanesOf(pipeline('trunk', { prod: true }), stages, [])[0]?.nodes ?? [];
    expect(nodes.slice(1).map((node) => [node.kind, node.status, node.retryStage, node.error?.message])).toEqual([
      ['approval', 'REJECTED', 'prod', 'Not on a Friday'],
      ['stage', 'NOT_STARTED', undefined, undefined],
    ]);
  });

  it.each([
    [stage('prod', { status: 'IN_PROGRESS', incoming: { runId: 'r', stageName: 'Approve-prod' } }), 'IN_PROGRESS'],
    [stage('prod', { status: 'IN_PROGRESS', incoming: { runId: 'r', stageName: 'Deploy-prod' } }), 'APPROVED'],
    [stage('prod', { status: 'NOT_STARTED' }), 'NOT_STARTED'],
    [stage('prod', { status: 'STOPPED' }), 'STOPPED'],
  ])('of %o is %s', (given, expected) => {
    expect(approvalStatus(given)).toBe(expected);
  });
});

describe('a commit', () => {
  it('is told by its first characters and its first line', () => {
    expect(shortId(HEAD)).toBe('aaaaaaaa');
    expect(firstLine('Count rows\n\nBecause')).toBe('Count rows');
  });
});
