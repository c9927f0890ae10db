// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import { lanesOf } from '../logic/graph';
import type { LiveStage, LiveStages, Pipeline } from '../logic/types';
import { ALICE, PIPELINE, show } from '../testing';
import { Graph, type GraphActions } from './Graph';

const COMMIT = 'f7f61b75aa0000000000000000000000000000aa';

function stage(name: string, more: Partial<LiveStage>): LiveStage {
  return {
    name,
    environmentId: `env-${name}0000`,
    environmentLabel: name,
    accountId: '222222222222',
    region: 'eu-west-1',
    branch: 'main',
    codePipeline: 'dataall-sales-k3j9x0ab',
    consoleUrl: 'https://eu-west-1.console.aws.amazon.com/x',
    status: 'SUCCEEDED',
    ...more,
  };
}

const WAITING = stage('prod', {
  status: 'WAITING_FOR_APPROVAL',
  executionId: 'run-2',
  approval: {
    stageName: 'Approve-prod',
    actionName: 'Approve',
    waitingSince: '2026-11-30T09:00:00Z',
    runId: 'run-2',
    commitId: COMMIT,
    message: 'Count rows',
    team: 'operations',
  },
});
const FAILED = stage('dev', {
  status: 'FAILED',
  executionId: 'run-2',
  error: { actionName: 'Deploy', message: 'Build terminated with state: FAILED' },
});

function live(stages: LiveStage[]): LiveStages {
  return {
    stages,
    codePipelines: [
      {
        name: 'dataall-sales-k3j9x0ab',
        branch: 'main',
        commitId: COMMIT,
        steps: [{ name: 'Source', status: 'SUCCEEDED', executionId: 'run-2' }],
        consoleUrl: 'https://eu-west-1.console.aws.amazon.com/x',
      },
    ],
  };
}

function shown(stages: LiveStage[], person = ALICE, pipeline: Pipeline = PIPELINE) {
  const actions = {
    answer: vi.fn<GraphActions['answer']>(),
    retry: vi.fn<GraphActions['retry']>(),
    retrying: undefined,
    start: vi.fn<GraphActions['start']>(),
    stop: vi.fn<GraphActions['stop']>(),
  };
  show(<Graph pipeline={pipeline} lanes={lanesOf(pipeline, live(stages), [])} actions={actions} />, person);
  return actions;
}

const operator = { username: 'olga', teams: ['operations'], administrator: false };

describe('the graph', () => {
  it('is a list in order, each node with its status in a word', () => {
    shown([stage('dev', {}), WAITING]);
    const lane = screen.getByRole('region', { name: 'What is delivered from branch main' });
    const nodes = within(lane).getAllByRole('listitem');
    const told = nodes.map((node) => node.textContent);
    expect(told[0]).toMatch(/^SourceSucceeded/);
    expect(told[1]).toMatch(/^devSucceeded/);
    expect(told[2]).toMatch(/^Approve prodWaiting/);
    expect(told[2]).toContain('Waits for team operations since');
    expect(told[3]).toMatch(/^prodNothing yet/);
  });

  it('lets the team of the environment answer, and nobody else', async () => {
    const actions = shown([stage('dev', {}), WAITING], operator);
    await userEvent.click(screen.getByRole('button', { name: 'Approve the delivery to prod' }));
    await userEvent.click(screen.getByRole('button', { name: 'Reject the delivery to prod' }));
    expect(actions.answer.mock.calls).toEqual([
      ['prod', 'APPROVED'],
      ['prod', 'REJECTED'],
    ]);
  });

  it('says why others may not answer', async () => {
    const actions = shown([stage('dev', {}), WAITING]);
    const approve = screen.getByRole('button', { name: 'Approve the delivery to prod' });
    expect(approve.getAttribute('aria-disabled')).toBe('true');
    await userEvent.click(approve);
    expect(actions.answer).not.toHaveBeenCalled();
    const reason = document.getElementById(approve.getAttribute('aria-describedby') ?? '');
    expect(reason?.textContent).toMatch(/^Only the team operations/);
  });

  it('has what failed tried again, with the reason it failed for', async () => {
    const actions = shown([FAILED, stage('prod', {})]);
    screen.getByText('Build terminated with state: FAILED');
    await userEvent.click(screen.getByRole('button', { name: 'Try again: dev' }));
    expect(actions.retry.mock.calls).toEqual([['dev']]);
  });

  it('lets nobody run a pipeline whose repository they may not see', async () => {
    const actions = shown([FAILED, stage('prod', {})], operator, { ...PIPELINE, repositoryName: null });
    await userEvent.click(screen.getByRole('button', { name: 'Try again: dev' }));
    expect(actions.retry).not.toHaveBeenCalled();
  });

  it('offers to stop the run that is under way', async () => {
    const actions = shown([stage('dev', { status: 'IN_PROGRESS', executionId: 'run-2' }), stage('prod', {})]);
    await userEvent.click(screen.getByRole('button', { name: /^Stop…/ }));
    expect(actions.stop.mock.calls).toEqual([['run-2']]);
  });
});
