import { describe, expect, it } from 'vitest';

import type { Schemas } from '../../api/client';
import { differences } from './differences';
import { changeOf, creationOf, type Definition, definitionOfDraft, type Draft, rowsOf } from './draft';
import { merge } from './merge';
import { check, fieldOf, firstStepWithProblem, isSound, partsOf, place, stepOf, without } from './problems';
import { approvalIsKept, cicdRefusal, possibleTeams, sharedAccounts, stageRefusal } from './usability';

const stage = (name: string, environmentId = `env-${name}`, manualApproval = false) => ({
  name,
  environmentId,
  manualApproval,
});

const base: Definition = {
  description: 'Sales',
  tags: { 'cost-center': '42', owner: 'alice' },
  stages: [stage('dev'), stage('test'), stage('prod', 'env-prod', true)],
};

function draftOf(definition: Definition): Draft {
  return {
    name: 'sales',
    team: 'research',
    strategy: 'trunk',
    cicdEnvironmentId: 'env-cicd',
    ...rowsOf(definition),
  };
}

function environment(fields: Partial<Schemas['Environment']>): Schemas['Environment'] {
  return {
    id: 'env-aaaaaaaa',
    label: 'an account',
    accountId: '111111111111',
    region: 'eu-west-1',
    team: 'research',
    invitedTeams: [],
    bootstrapQualifier: 'hnb659fds',
    selfMutation: 'OWN_TEAM',
    approval: 'ANYBODY',
    credentials: 'ENABLED',
    roleArn: 'arn:aws:iam::111111111111:role/dataall-environment-eu-west-1',
    status: 'READY',
    problems: [],
    revision: 1,
    owner: 'alice',
    createdAt: '2026-11-30T09:00:00Z',
    updatedAt: '2026-11-30T09:00:00Z',
    ...fields,
  };
}

describe('the request', () => {
  it('has the approvals that the strategy asks for, unless somebody decided', () => {
    const draft = draftOf(base);
    const [dev, test, prod] = draft.stages.map((row) => ({ ...row, manualApproval: undefined as boolean | undefined }));
    if (!dev || !test || !prod) throw new Error('three stages');
    draft.stages = [dev, { ...test, manualApproval: false }, prod];
    const approvals = (wanted: Draft) => creationOf(wanted).stages.map((each) => each.manualApproval);
    expect(approvals(draft)).toEqual([false, false, true]);
    expect(approvals({ ...draft, strategy: 'gitflow' })).toEqual([false, false, false]);
  });

  it('of a change holds only what differs', () => {
    expect(changeOf(base, base)).toEqual({});
    expect(changeOf(base, { ...base, tags: { owner: 'alice', 'cost-center': '42' } })).toEqual({});
    expect(changeOf(base, { ...base, description: '' })).toEqual({ description: '' });
    const reordered = [...base.stages].reverse();
    expect(changeOf(base, { ...base, stages: reordered })).toEqual({ stages: reordered });
  });

  it('comes out of the form as it went in', () => {
    expect(definitionOfDraft(draftOf(base))).toEqual(base);
  });
});

describe('problems of the API', () => {
  it('land at their fields, also those of stages and tags', () => {
    const draft = draftOf(base);
    const placed = place(
      [
        { pointer: '/name', detail: 'taken' },
        { pointer: '/tags/cost-center', detail: 'too long' },
        { pointer: '/stages/2/environmentId', detail: 'not invited' },
        { pointer: '/stages/1/name', detail: 'reserved' },
        { pointer: '/stages/1/name', detail: 'there already' },
        { pointer: '/stages/0', detail: 'must be an object' },
        { pointer: '/stages', detail: 'too many' },
        { pointer: '', detail: 'there are 3 more problems' },
        { pointer: '/colour', detail: 'unknown' },
      ],
      draft,
    );
    const row = (index: number) => draft.stages[index]?.row ?? '';
    expect(placed.fields).toEqual({
      name: 'taken',
      [fieldOf.tag(draft.tags[0]?.row ?? '')]: 'too long',
      [fieldOf.stage(row(2), 'environmentId')]: 'not invited',
      [fieldOf.stage(row(1), 'name')]: 'reserved; there already',
      [fieldOf.stage(row(0), 'name')]: 'must be an object',
      stages: 'too many',
    });
    expect(placed.unplaced.map(({ pointer }) => pointer)).toEqual(['', '/colour']);
  });

  it('are found at keys with slashes and tildes', () => {
    expect(partsOf('/tags/a~1b~0c~01')).toEqual(['tags', 'a/b~c~1']);
    const draft = draftOf({ ...base, tags: { 'a/b~c': 'x' } });
    expect(place([{ pointer: '/tags/a~1b~0c', detail: 'no' }], draft).fields).toEqual({
      [fieldOf.tag(draft.tags[0]?.row ?? '')]: 'no',
    });
  });

  it('stay with their row when it moves, and go when it is changed', () => {
    const draft = draftOf(base);
    const placed = place([{ pointer: '/stages/0/name', detail: 'no' }], draft);
    const field = fieldOf.stage(draft.stages[0]?.row ?? '', 'name');
    draft.stages.reverse();
    expect(placed.fields[field]).toBe('no');
    expect(isSound(without(placed, [field]))).toBe(true);
  });

  it('lead to the first step that has some', () => {
    const draft = draftOf(base);
    const at = (...pointers: string[]) =>
      firstStepWithProblem(
        place(
          pointers.map((pointer) => ({ pointer, detail: 'no' })),
          draft,
        ),
      );
    expect(at('/stages/0/name', '/cicdEnvironmentId')).toBe('delivery');
    expect(at('/stages/0/name', '/tags/owner')).toBe('basics');
    expect(at('/colour')).toBeUndefined();
    expect(stepOf(fieldOf.stage('x', 'name'))).toBe('stages');
  });
});

describe('the checks before the API is asked', () => {
  it.each(['sales', 'a1', 'a-b', 'a'.repeat(32)])('let the name %s pass', (name) => {
    expect(isSound(check('basics', { ...draftOf(base), name }))).toBe(true);
  });

  it.each(['', 'a', 'A', '1a', 'a-', 'a--b', 'a_b', 'a'.repeat(33)])('stop at the name %s', (name) => {
    expect(check('basics', { ...draftOf(base), name }).fields).toHaveProperty('name');
  });

  it('stop at stages without a name, with the same name, or called cicd', () => {
    const names = ['dev', 'dev', 'cicd', ''];
    const draft = draftOf({ ...base, stages: names.map((name) => stage(name, 'env-x')) });
    const { fields } = check('stages', draft);
    expect(draft.stages.map(({ row }) => fieldOf.stage(row, 'name') in fields)).toEqual([false, true, true, true]);
  });

  it('stop at a tag that would be lost', () => {
    const draft = draftOf(base);
    draft.tags = [
      { row: '1', key: 'a', value: '1' },
      { row: '2', key: 'a', value: '2' },
    ];
    expect(Object.keys(check('basics', draft).fields)).toEqual([fieldOf.tag('2')]);
  });
});

describe('differences', () => {
  it('are none between equals', () => {
    expect(differences(base, structuredClone(base))).toEqual([]);
  });

  it('name everything that changes', () => {
    const after: Definition = {
      description: 'Sales and more',
      tags: { 'cost-center': '43', stage: 'x' },
      stages: [stage('prod', 'env-prod', false), stage('dev', 'env-other'), stage('qa', 'env-qa', true)],
    };
    expect(differences(base, after)).toEqual([
      { kind: 'description', before: 'Sales', after: 'Sales and more' },
      { kind: 'tag-changed', key: 'cost-center', before: '42', after: '43' },
      { kind: 'tag-removed', key: 'owner', before: 'alice' },
      { kind: 'tag-added', key: 'stage', after: 'x' },
      { kind: 'stage-moved', stage: 'dev', before: 'env-dev', after: 'env-other' },
      { kind: 'stage-removed', stage: 'test', environmentId: 'env-test' },
      { kind: 'approval-removed', stage: 'prod' },
      { kind: 'stage-added', stage: 'qa', environmentId: 'env-qa', approval: true },
      { kind: 'order', before: ['dev', 'test', 'prod'], after: ['prod', 'dev', 'qa'] },
    ]);
  });

  it('tell an order only where stages changed places', () => {
    const [dev, , prod] = base.stages;
    if (!dev || !prod) throw new Error('three stages');
    const kinds = differences(base, { ...base, stages: [dev, prod] }).map(({ kind }) => kind);
    expect(kinds).toEqual(['stage-removed']);
  });
});

describe('merging with what another person changed', () => {
  it('takes both where they changed different things', () => {
    const mine: Definition = { ...base, description: 'Mine', stages: [...base.stages, stage('mine')] };
    const theirs: Definition = {
      ...base,
      tags: { ...base.tags, theirs: '1' },
      stages: [stage('theirs'), ...base.stages.filter(({ name }) => name !== 'test')],
    };
    const { definition, clashes } = merge(base, mine, theirs);
    expect(clashes).toEqual([]);
    expect(definition.description).toBe('Mine');
    expect(definition.tags).toEqual({ ...base.tags, theirs: '1' });
    expect(definition.stages.map(({ name }) => name)).toEqual(['theirs', 'dev', 'prod', 'mine']);
  });

  it('keeps mine where both changed the same, and tells it', () => {
    const mine: Definition = {
      description: 'Mine',
      tags: { owner: 'me' },
      stages: [stage('dev', 'env-mine'), ...base.stages.slice(1)],
    };
    const theirs: Definition = {
      description: 'Theirs',
      tags: { 'cost-center': '43', owner: 'them' },
      stages: [stage('dev', 'env-theirs'), ...base.stages.slice(1)],
    };
    const { definition, clashes } = merge(base, mine, theirs);
    expect(definition).toEqual(mine);
    expect(clashes).toEqual([
      { what: 'description' },
      { what: 'tag', key: 'cost-center' },
      { what: 'tag', key: 'owner' },
      { what: 'stage', name: 'dev' },
    ]);
  });

  it('finds nothing to tell where both changed the same in the same way', () => {
    const same: Definition = { ...base, description: 'Same', stages: base.stages.slice(0, 2) };
    expect(merge(base, same, structuredClone(same))).toEqual({ definition: same, clashes: [] });
  });

  it('keeps a new order, mine or theirs', () => {
    const reordered = { ...base, stages: [...base.stages].reverse() };
    expect(merge(base, reordered, base).definition.stages).toEqual(reordered.stages);
    expect(merge(base, base, reordered).definition.stages).toEqual(reordered.stages);
  });
});

describe('environments', () => {
  it('say why a team cannot use them', () => {
    expect(stageRefusal(environment({}), 'research', undefined)).toBeUndefined();
    expect(stageRefusal(environment({ invitedTeams: ['marketing'] }), 'marketing', undefined)).toBeUndefined();
    expect(stageRefusal(environment({}), 'marketing', undefined)).toContain('not invited');
    expect(stageRefusal(environment({ status: 'PENDING' }), 'research', undefined)).toContain('Not verified');
    expect(stageRefusal(environment({ status: 'FAILED' }), 'research', undefined)).toContain('problems');
  });

  it('hold a cdk-trunk pipeline of an invited team only if their team says so', () => {
    const invited = environment({ invitedTeams: ['marketing'] });
    expect(cicdRefusal(invited, 'marketing', 'cdk-trunk')).toContain('research');
    expect(cicdRefusal(invited, 'marketing', 'trunk')).toBeUndefined();
    expect(cicdRefusal({ ...invited, selfMutation: 'INVITED' }, 'marketing', 'cdk-trunk')).toBeUndefined();
    expect(cicdRefusal(invited, 'research', 'cdk-trunk')).toBeUndefined();
  });

  it('hold only the pipelines that the account allows', () => {
    expect(cicdRefusal(environment({ pipelines: 'NONE' }), 'research', 'trunk')).toBeDefined();
    const delivering = environment({ pipelines: 'DELIVERING' });
    expect(cicdRefusal(delivering, 'research', 'trunk')).toBeUndefined();
    expect(cicdRefusal(delivering, 'research', 'cdk-trunk')).toBeDefined();
    expect(stageRefusal(environment({}), 'research', delivering)).toBeDefined();
    expect(stageRefusal(environment({ accountId: '222222222222' }), 'research', delivering)).toBeUndefined();
    expect(cicdRefusal(environment({ pipelines: 'SELF_MUTATING' }), 'research', 'cdk-trunk')).toBeUndefined();
  });

  it('that share an account are told', () => {
    const environments = [
      environment({ id: 'env-cicd' }),
      environment({ id: 'env-dev' }),
      environment({ id: 'env-test', accountId: '222222222222' }),
      environment({ id: 'env-prod', accountId: '222222222222' }),
    ];
    expect(sharedAccounts(draftOf(base), environments)).toEqual([
      { accountId: '111111111111', stages: ['dev'], cicd: true },
      { accountId: '222222222222', stages: ['test', 'prod'], cicd: false },
    ]);
  });

  it('offer teams: their own to a person, all to an administrator', () => {
    const all = [environment({ invitedTeams: ['marketing'] }), environment({ team: 'data' })];
    expect(possibleTeams(all, { teams: ['research'], administrator: false })).toEqual(['research']);
    expect(possibleTeams(all, { teams: [], administrator: true })).toEqual(['data', 'marketing', 'research']);
  });

  it('keep an approval for their team to take away', () => {
    const prod = { name: 'prod', environmentId: 'env-prod' };
    const of = environment({ team: 'operations' });
    const kept = (teams: string[], administrator = false) => approvalIsKept(base, prod, of, { teams, administrator });
    expect(kept(['research'])).toBe(true);
    expect(kept(['operations'])).toBe(false);
    expect(kept([], true)).toBe(false);
    expect(approvalIsKept(base, { ...prod, name: 'dev' }, of, { teams: [], administrator: false })).toBe(false);
  });
});
