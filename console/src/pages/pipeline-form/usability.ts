import type { Schemas } from '../../api/client';
import { usability as texts } from '../../texts/pipelineForm';
import type { Draft, Strategy } from './draft';

type Environment = Schemas['Environment'];

/** Why a team's pipelines cannot use an environment at all; undefined if they can. */
function refusal(environment: Environment, team: string): string | undefined {
  if (!team) {
    return texts.chooseTeam;
  }
  if (environment.team !== team && !environment.invitedTeams.includes(team)) {
    return texts.notInvited(team, environment.team);
  }
  if (environment.status === 'PENDING') {
    return texts.notVerified;
  }
  if (environment.status === 'FAILED') {
    return texts.hasProblems;
  }
  return undefined;
}

/** Why an environment cannot hold the repository and the CICD stack; undefined if it can. */
export function cicdRefusal(environment: Environment, team: string, strategy: Strategy): string | undefined {
  const refused = refusal(environment, team);
  if (refused) {
    return refused;
  }
  if (strategy === 'cdk-trunk' && environment.team !== team && environment.selfMutation === 'OWN_TEAM') {
    return texts.selfMutationOfOwnTeam(environment.team);
  }
  // Unknown until a verification could tell: the deployment looks itself.
  if (environment.pipelines === 'NONE') {
    return texts.hostsNone(environment.team);
  }
  if (environment.pipelines === 'DELIVERING' && strategy === 'cdk-trunk') {
    return texts.hostsDelivering(environment.team);
  }
  return undefined;
}

/** Why a stage cannot be delivered to an environment; undefined if it can. */
export function stageRefusal(
  environment: Environment,
  team: string,
  cicd: Environment | undefined,
): string | undefined {
  const refused = refusal(environment, team);
  if (refused) {
    return refused;
  }
  if (cicd?.pipelines === 'DELIVERING' && cicd.accountId === environment.accountId) {
    return texts.cicdAccountOnlyDelivers(cicd.team);
  }
  return undefined;
}

/** The teams that a pipeline can be for: those whose pipelines may use an environment that the person sees. */
export function possibleTeams(
  environments: readonly Environment[],
  person: { teams: readonly string[]; administrator: boolean },
): string[] {
  if (!person.administrator) {
    return [...person.teams];
  }
  const teams = environments.flatMap(({ team, invitedTeams }) => [team, ...invitedTeams]);
  return [...new Set([...teams, ...person.teams])].sort();
}

/** Stages that are not kept apart, because they share an account with others or with the CICD stack. */
export function sharedAccounts(
  draft: Draft,
  environments: readonly Environment[],
): { accountId: string; stages: string[]; cicd: boolean }[] {
  const accountOf = (id: string) => environments.find((environment) => environment.id === id)?.accountId;
  const cicd = accountOf(draft.cicdEnvironmentId);
  const stages = new Map<string, string[]>();
  for (const { name, environmentId } of draft.stages) {
    const account = accountOf(environmentId);
    if (account) {
      stages.set(account, [...(stages.get(account) ?? []), name]);
    }
  }
  return [...stages]
    .map(([accountId, names]) => ({ accountId, stages: names, cicd: accountId === cicd }))
    .filter((shared) => shared.cicd || shared.stages.length > 1);
}

/**
 * Whether a stage's approval may not be taken away by this person: only the team whose account it is lowers its protection. `before` is
 * the pipeline as it is.
 */
export function approvalIsKept(
  before: { stages: readonly Schemas['PipelineStage'][] } | undefined,
  stage: { name: string; environmentId: string },
  environment: Environment | undefined,
  person: { teams: readonly string[]; administrator: boolean },
): boolean {
  const was = before?.stages.find(({ name }) => name === stage.name);
  if (!was?.manualApproval || person.administrator) {
    return false;
  }
  return !environment || !person.teams.includes(environment.team);
}
