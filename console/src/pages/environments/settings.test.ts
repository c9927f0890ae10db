import { describe, expect, it } from 'vitest';

import { changeOf, linkOf, NEW_SETTINGS, onTopOf, placeByMember, type Settings, withTyped } from './settings';

const base: Settings = {
  label: 'prod',
  invitedTeams: ['data', 'marketing'],
  approval: 'ANYBODY',
  selfMutation: 'OWN_TEAM',
  credentials: 'ENABLED',
  permissionsBoundary: 'boundary',
  bootstrapQualifier: 'custom',
};

describe('a change of settings', () => {
  it('holds only what differs', () => {
    expect(changeOf(base, { ...base })).toEqual({});
    expect(changeOf(base, { ...base, credentials: 'DISABLED', invitedTeams: [] })).toEqual({
      credentials: 'DISABLED',
      invitedTeams: [],
    });
  });

  it('takes a boundary and a qualifier away with null', () => {
    expect(changeOf(base, { ...base, permissionsBoundary: '', bootstrapQualifier: '' })).toEqual({
      permissionsBoundary: null,
      bootstrapQualifier: null,
    });
  });

  it('counts teams that were typed, but not added', () => {
    expect(withTyped(base, ' sales, data;ops ').invitedTeams).toEqual(['data', 'marketing', 'ops', 'sales']);
    expect(withTyped(base, '  ')).toBe(base);
  });
});

describe('a link', () => {
  it('leaves out what was not filled in', () => {
    const place = { accountId: '222222222222', region: 'eu-west-1', team: 'research' };
    expect(linkOf(place, { ...NEW_SETTINGS, label: 'dev' })).toEqual({
      ...place,
      label: 'dev',
      invitedTeams: [],
      approval: 'ANYBODY',
      selfMutation: 'OWN_TEAM',
    });
  });
});

describe('my changes on top of theirs', () => {
  it('keep what only they changed', () => {
    const mine: Settings = { ...base, approval: 'FOUR_EYES' };
    const theirs: Settings = { ...base, label: 'production', approval: 'ANYBODY' };
    expect(onTopOf(base, mine, theirs)).toEqual({ ...base, label: 'production', approval: 'FOUR_EYES' });
  });

  it('invite and take back single teams', () => {
    const mine: Settings = { ...base, invitedTeams: ['marketing', 'mine'] };
    const theirs: Settings = { ...base, invitedTeams: ['data', 'marketing', 'theirs'] };
    expect(onTopOf(base, mine, theirs).invitedTeams).toEqual(['marketing', 'mine', 'theirs']);
  });
});

describe('problems', () => {
  it('land at the member that they are about', () => {
    const problems = [
      { pointer: '/invitedTeams/1', detail: 'must be a team' },
      { pointer: '/invitedTeams/2', detail: 'must be a team, too' },
      { pointer: '/colour', detail: 'unknown' },
      { pointer: '', detail: 'more' },
    ];
    expect(placeByMember(problems, ['invitedTeams'])).toEqual({
      fields: { invitedTeams: 'must be a team; must be a team, too' },
      unplaced: problems.slice(2),
    });
  });
});
