import { describe, expect, it } from 'vitest';

import { personOf, safeReturnPath } from './session';

describe('personOf', () => {
  it('reads the name and the teams from the id token', () => {
    expect(personOf({ 'cognito:username': 'alice', 'cognito:groups': ['research', 'data'] })).toEqual({
      username: 'alice',
      teams: ['data', 'research'],
      administrator: false,
    });
  });

  it('takes the group of administrators for no team', () => {
    const groups = ['platform-admins', 'research'];
    expect(personOf({ 'cognito:username': 'admin', 'cognito:groups': groups })).toMatchObject({
      teams: ['research'],
      administrator: true,
    });
  });

  it('knows people without a team', () => {
    expect(personOf({ sub: 'id' })).toEqual({ username: 'id', teams: [], administrator: false });
  });
});

describe('safeReturnPath', () => {
  it('keeps paths of the console with their filters', () => {
    expect(safeReturnPath('/pipelines?team=research')).toBe('/pipelines?team=research');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/signed-out',
    undefined,
    7,
  ])('refuses %s', (path) => {
    expect(safeReturnPath(path)).toBe('/');
  });
});
