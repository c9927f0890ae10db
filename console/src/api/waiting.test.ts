// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import type { Schemas } from './client';
import { readAll } from './pages';
import { waitingOf, waitsFor } from './waiting';

const approval = (stage: string, since: string, team = 'research') => ({ stage, since, team, runId: `run-${stage}` });

function pipeline(id: string, waiting: Schemas['WaitingApproval'][] | undefined): Schemas['Pipeline'] {
  return { id, ...(waiting && { delivery: { waiting } }) } as Schemas['Pipeline'];
}

describe('approvals that wait', () => {
  it('come from all pipelines, the oldest first', () => {
    const waiting = waitingOf([
      pipeline('a', [approval('prod', '2026-11-30T10:00:00Z')]),
      pipeline('b', undefined),
      pipeline('c', [approval('test', '2026-11-30T09:00:00Z'), approval('prod', '2026-11-30T11:00:00Z')]),
    ]);
    expect(waiting.map((each) => `${each.pipeline.id} ${each.approval.stage}`)).toEqual(['c test', 'a prod', 'c prod']);
  });

  it('wait for the team of the stage and for administrators', () => {
    const prod = approval('prod', '2026-11-30T10:00:00Z', 'operations');
    const person = (teams: string[], administrator = false) => ({ username: 'x', teams, administrator });
    expect(waitsFor(person(['operations']), prod)).toBe(true);
    expect(waitsFor(person(['research']), prod)).toBe(false);
    expect(waitsFor(person([], true), prod)).toBe(true);
  });
});

describe('readAll', () => {
  const pages: Record<string, { items: number[]; nextToken?: string | null }> = {
    first: { items: [1, 2], nextToken: 'second' },
    second: { items: [3, 4], nextToken: 'third' },
    third: { items: [5], nextToken: null },
  };
  const read = (token = 'first') => Promise.resolve(pages[token] ?? { items: [] });

  it('follows the tokens to the end', async () => {
    expect(await readAll(read)).toEqual({ items: [1, 2, 3, 4, 5], complete: true });
  });

  it('stops at the limit and says so', async () => {
    expect(await readAll(read, 3)).toEqual({ items: [1, 2, 3, 4], complete: false });
  });
});
