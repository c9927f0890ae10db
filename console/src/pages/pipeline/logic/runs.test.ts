import { describe, expect, it } from 'vitest';
import { failureOf, hasEnded, triesOf } from './runs';
import type { RunAction, RunDetails, RunStage } from './types';

function action(name: string, attempt: number, status: RunAction['status']): RunAction {
  return { name, provider: 'CodeBuild', attempt, status };
}

function stage(name: string, actions: RunAction[]): RunStage {
  return { name, status: 'SUCCEEDED', actions };
}

describe('the tries of a stage', () => {
  it('stand behind the last one, in whatever order they come', () => {
    const [deploy, test, ...more] = triesOf(
      stage('Deploy-dev', [
        action('Deploy', 2, 'SUCCEEDED'),
        action('Test', 1, 'FAILED'),
        action('Deploy', 1, 'FAILED'),
      ]),
    );
    expect([deploy?.last.attempt, deploy?.earlier.map((each) => each.attempt)]).toEqual([2, [1]]);
    expect([test?.last.attempt, test?.earlier]).toEqual([1, []]);
    expect(more).toEqual([]);
  });
});

describe('a run', () => {
  it('failed where the last try of an action did', () => {
    const stages = [
      stage('Source', [action('Source', 1, 'SUCCEEDED')]),
      stage('Deploy-dev', [action('Deploy', 1, 'FAILED'), action('Deploy', 2, 'SUCCEEDED')]),
      stage('Deploy-prod', [action('Deploy', 1, 'FAILED')]),
    ];
    expect(failureOf({ stages } as RunDetails)?.stage.name).toBe('Deploy-prod');
    expect(failureOf({ stages: stages.slice(0, 2) } as RunDetails)).toBeUndefined();
  });

  it('has ended when it neither runs nor is being stopped', () => {
    expect(
      ['IN_PROGRESS', 'STOPPING', 'STOPPED', 'SUPERSEDED', 'CANCELLED', 'FAILED', 'SUCCEEDED'].filter((status) =>
        hasEnded(status as never),
      ),
    ).toEqual(['STOPPED', 'SUPERSEDED', 'CANCELLED', 'FAILED', 'SUCCEEDED']);
  });
});
