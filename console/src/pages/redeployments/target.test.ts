import { describe, expect, it } from 'vitest';

import type { Schemas } from '../../api/client';
import { nameOf, percentOf, targetOf } from './target';

describe('a target', () => {
  it('is what was chosen', () => {
    expect(targetOf('all', '')).toEqual({ all: true });
    expect(targetOf('environmentId', 'env-a1b2c3d4')).toEqual({ environmentId: 'env-a1b2c3d4' });
    expect(targetOf('pipelineId', 'k3j9x0ab')).toEqual({ pipelineId: 'k3j9x0ab' });
    expect(targetOf('strategy', 'trunk')).toEqual({ strategy: 'trunk' });
  });

  it('is none before something is chosen', () => {
    for (const kind of ['environmentId', 'pipelineId', 'strategy'] as const) {
      expect(targetOf(kind, '')).toBeUndefined();
    }
  });

  it('has the names that people know', () => {
    const label = (id: string) => (id === 'env-a1b2c3d4' ? 'Production' : id);
    expect(nameOf({ environmentId: 'env-a1b2c3d4' }, label)).toBe('All that use Production');
    expect(nameOf({ pipelineId: 'k3j9x0ab' }, label)).toBe('The pipeline k3j9x0ab');
  });
});

describe('progress', () => {
  const counted = (counts: Partial<Schemas['Redeployment']>) =>
    percentOf({ done: 0, failed: 0, cancelled: 0, remaining: 0, ...counts } as Schemas['Redeployment']);

  it('counts all that has ended, however it did', () => {
    expect(counted({ total: 8, done: 3, failed: 1, cancelled: 1, remaining: 3 })).toBe(62);
  });

  it('is not complete before everything is', () => {
    expect(counted({ total: 1000, done: 999, remaining: 1 })).toBe(99);
  });

  it('is unknown while pipelines are selected, and complete where none is meant', () => {
    expect(counted({})).toBeUndefined();
    expect(counted({ total: 0 })).toBe(100);
  });
});
