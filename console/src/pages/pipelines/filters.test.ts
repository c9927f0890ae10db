import { describe, expect, it } from 'vitest';

import { filtersOf, filtersOfTokens, searchOf, tokensOf } from './filters';

describe('filters of the pipelines', () => {
  it('go to the address and back', () => {
    const query = {
      team: 'research',
      environmentId: 'env-a1b2c3d4',
      strategy: 'gitflow',
      status: 'FAILED',
      tag: ['cost-center:42', 'a:b:c & d'],
      q: 'sales + more',
    } as const;
    const search = searchOf({ ...query, tag: [...query.tag] });
    expect(filtersOf(new URLSearchParams(search.toString()))).toEqual(query);
  });

  it('go to the input and back', () => {
    const query = filtersOf(new URLSearchParams('team=research&tag=a:1&tag=b:2&q=x&status=DEPLOYED'));
    expect(filtersOfTokens(tokensOf(query))).toEqual(query);
  });

  it('leave out what the API would refuse', () => {
    expect(filtersOf(new URLSearchParams('status=DONE&strategy=none&tag=nokey&tag=:v&page=3&team='))).toEqual({});
  });

  it('take the newest of what may be asked for once', () => {
    const token = (value: string, propertyKey?: string) => ({ propertyKey, operator: '=' as const, value });
    expect(filtersOfTokens([token('research', 'team'), token('marketing', 'team'), token('a'), token('b')])).toEqual({
      team: 'marketing',
      q: 'b',
    });
    expect(filtersOfTokens([token('a:1', 'tag'), token('a:1', 'tag'), token('b:2', 'tag')])).toEqual({
      tag: ['a:1', 'b:2'],
    });
  });
});
