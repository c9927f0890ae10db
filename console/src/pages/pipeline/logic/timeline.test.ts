import { describe, expect, it } from 'vitest';
import { stepTime, timelineOf } from './timeline';
import type { Deployment, Step } from './types';

const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 10, 0, second)).toISOString();

function deployment(steps: Step[]): Deployment {
  return {
    id: '01kb0000000000000000000000',
    pipelineId: 'k3j9x0ab',
    revision: 1,
    status: 'RUNNING',
    requestedBy: 'alice',
    createdAt: at(0),
    steps,
  };
}

describe('a timeline', () => {
  it('lays steps on the whole of the deployment', () => {
    const rows = timelineOf(
      deployment([
        { name: 'Prepare', status: 'SUCCEEDED', attempts: 1, startedAt: at(0), endedAt: at(10) },
        { name: 'DeployStack', status: 'SUCCEEDED', attempts: 1, startedAt: at(10), endedAt: at(40) },
      ]),
      Date.parse(at(59)),
    );
    expect(rows.map((row) => [row.offset, row.width])).toEqual([
      [0, 0.25],
      [0.25, 0.75],
    ]);
  });

  it('leaves out states that only choose the next one', () => {
    const rows = timelineOf(
      deployment([
        { name: 'Operation', status: 'SUCCEEDED', attempts: 1, startedAt: at(0), endedAt: at(0) },
        { name: 'Prepare', status: 'SUCCEEDED', attempts: 1, startedAt: at(0), endedAt: at(1) },
      ]),
      Date.parse(at(1)),
    );
    expect(rows.map((row) => row.name)).toEqual(['Prepare']);
  });

  it('lets a step that runs grow until now', () => {
    const steps: Step[] = [{ name: 'Prepare', status: 'RUNNING', attempts: 1, startedAt: at(0) }];
    const [row] = timelineOf(deployment(steps), Date.parse(at(7)));
    expect(row).toMatchObject({ status: 'RUNNING', offset: 0, width: 1 });
  });

  it('tells retries from states that wait for something', () => {
    const step = (name: string, attempts: number): Step => ({
      name,
      status: 'SUCCEEDED',
      attempts,
      startedAt: at(0),
      endedAt: at(1),
    });
    const rows = timelineOf(
      deployment([step('CommitRepository', 3), step('CheckStack', 12), step('Prepare', 1)]),
      Date.parse(at(1)),
    );
    expect(rows.map((row) => [row.repeats, row.attempts])).toEqual([
      ['RETRIED', 3],
      ['LOOPED', 12],
      ['ONCE', 1],
    ]);
  });

  it('keeps the shortest step in sight and inside', () => {
    const rows = timelineOf(
      deployment([
        { name: 'Prepare', status: 'SUCCEEDED', attempts: 1, startedAt: at(0), endedAt: at(50) },
        { name: 'RecordSuccess', status: 'SUCCEEDED', attempts: 1, startedAt: at(50), endedAt: at(50) },
      ]),
      Date.parse(at(59)),
    );
    const last = rows[1];
    expect(last?.width).toBeGreaterThan(0);
    expect((last?.offset ?? 1) + (last?.width ?? 1)).toBeLessThanOrEqual(1);
  });

  it('is empty while no step has begun', () => {
    expect(timelineOf(deployment([]), 0)).toEqual([]);
  });
});

describe("a step's time", () => {
  it.each([
    [0, '0.0 s'],
    [240, '0.2 s'],
    [9900, '9.9 s'],
    [11_000, '11 s'],
    [125_000, '2 min 5 s'],
  ])('of %i ms is %s', (ms, expected) => {
    expect(stepTime(ms)).toBe(expected);
  });
});
