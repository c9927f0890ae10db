import type { Schemas } from '../../api/client';

type Environment = Schemas['Environment'];

/** What a team may change of its environment. */
export interface Settings {
  label: string;
  invitedTeams: string[];
  approval: Schemas['ApprovalRule'];
  selfMutation: Schemas['SelfMutation'];
  credentials: Schemas['HandOut'];
  permissionsBoundary: string;
  bootstrapQualifier: string;
}

/** The qualifier of a CDK bootstrap that nobody gave another one. */
export const USUAL_QUALIFIER = 'hnb659fds';

/** With the teams that were typed, but not added yet: they are meant as well. */
export function withTyped(settings: Settings, typed: string): Settings {
  const teams = typed.split(/[\s,;]+/).filter(Boolean);
  return teams.length
    ? { ...settings, invitedTeams: [...new Set([...settings.invitedTeams, ...teams])].sort() }
    : settings;
}

export const NEW_SETTINGS: Settings = {
  label: '',
  invitedTeams: [],
  approval: 'ANYBODY',
  selfMutation: 'OWN_TEAM',
  credentials: 'ENABLED',
  permissionsBoundary: '',
  bootstrapQualifier: '',
};

export function settingsOf(environment: Environment): Settings {
  return {
    label: environment.label,
    invitedTeams: [...environment.invitedTeams].sort(),
    approval: environment.approval,
    selfMutation: environment.selfMutation,
    credentials: environment.credentials,
    permissionsBoundary: environment.permissionsBoundary ?? '',
    bootstrapQualifier: environment.bootstrapQualifier === USUAL_QUALIFIER ? '' : environment.bootstrapQualifier,
  };
}

/** The members in which two settings differ. */
export function changedMembers(before: Settings, after: Settings): (keyof Settings)[] {
  const text = (settings: Settings, member: keyof Settings) => JSON.stringify(settings[member]);
  return (Object.keys(before) as (keyof Settings)[]).filter((member) => text(before, member) !== text(after, member));
}

/** Only what differs. Null takes a setting back to what it is without one. */
export function changeOf(before: Settings, after: Settings): Schemas['ChangeEnvironment'] {
  const change: Schemas['ChangeEnvironment'] = {};
  for (const member of changedMembers(before, after)) {
    switch (member) {
      case 'permissionsBoundary':
      case 'bootstrapQualifier':
        change[member] = after[member] || null;
        break;
      case 'label':
        change.label = after.label;
        break;
      case 'invitedTeams':
        change.invitedTeams = after.invitedTeams;
        break;
      case 'approval':
        change.approval = after.approval;
        break;
      case 'selfMutation':
        change.selfMutation = after.selfMutation;
        break;
      case 'credentials':
        change.credentials = after.credentials;
        break;
    }
  }
  return change;
}

export function linkOf(
  place: { accountId: string; region: string; team: string },
  settings: Settings,
): Schemas['LinkEnvironment'] {
  const { label, invitedTeams, approval, selfMutation, permissionsBoundary, bootstrapQualifier } = settings;
  return {
    ...place,
    label,
    invitedTeams,
    approval,
    selfMutation,
    ...(permissionsBoundary && { permissionsBoundary }),
    ...(bootstrapQualifier && { bootstrapQualifier }),
  };
}

/**
 * My changes on top of another person's: what I have not changed is taken from theirs. Of the teams, those that I invited or took
 * back.
 */
export function onTopOf(base: Settings, mine: Settings, theirs: Settings): Settings {
  const changed = new Set(changedMembers(base, mine));
  const invited = new Set(theirs.invitedTeams);
  mine.invitedTeams.filter((team) => !base.invitedTeams.includes(team)).forEach((team) => invited.add(team));
  base.invitedTeams.filter((team) => !mine.invitedTeams.includes(team)).forEach((team) => invited.delete(team));
  const pick = <M extends keyof Settings>(member: M): Settings[M] =>
    changed.has(member) ? mine[member] : theirs[member];
  return {
    label: pick('label'),
    invitedTeams: [...invited].sort(),
    approval: pick('approval'),
    selfMutation: pick('selfMutation'),
    credentials: pick('credentials'),
    permissionsBoundary: pick('permissionsBoundary'),
    bootstrapQualifier: pick('bootstrapQualifier'),
  };
}

/** Problems of the API by the member that they are about; the others apart. */
export function placeByMember(
  problems: readonly Schemas['Problem'][],
  members: readonly string[],
): { fields: Record<string, string>; unplaced: Schemas['Problem'][] } {
  const fields: Record<string, string> = {};
  const unplaced: Schemas['Problem'][] = [];
  for (const problem of problems) {
    const member = problem.pointer.split('/')[1] ?? '';
    if (members.includes(member)) {
      fields[member] = fields[member] ? `${fields[member]}; ${problem.detail}` : problem.detail;
    } else {
      unplaced.push(problem);
    }
  }
  return { fields, unplaced };
}
