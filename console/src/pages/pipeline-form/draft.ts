import type { Schemas } from '../../api/client';

export type Strategy = Schemas['Strategy'];
type Stage = Schemas['PipelineStage'];

/** A row of a list that people reorder: `key` stays with it. */
export interface TagRow {
  row: string;
  key: string;
  value: string;
}

export interface StageRow {
  row: string;
  name: string;
  environmentId: string;
  /** Undefined until somebody decides: the strategy's default counts. */
  manualApproval: boolean | undefined;
}

/** What the form holds. */
export interface Draft {
  name: string;
  description: string;
  tags: TagRow[];
  team: string;
  strategy: Strategy;
  cicdEnvironmentId: string;
  stages: StageRow[];
}

/** What a team may change of a pipeline. */
export interface Definition {
  description: string;
  tags: Record<string, string>;
  stages: Stage[];
}

export const MAX_STAGES = 20;
export const MAX_TAGS = 40;

export function newRow(): string {
  return crypto.randomUUID();
}

export function newStage(name = ''): StageRow {
  return { row: newRow(), name, environmentId: '', manualApproval: undefined };
}

export function emptyDraft(team: string): Draft {
  return {
    name: '',
    description: '',
    tags: [],
    team,
    strategy: 'cdk-trunk',
    cicdEnvironmentId: '',
    stages: [newStage('dev')],
  };
}

export function draftOf(pipeline: Schemas['Pipeline']): Draft {
  return {
    name: pipeline.name,
    team: pipeline.team,
    strategy: pipeline.strategy,
    cicdEnvironmentId: pipeline.cicdEnvironmentId,
    ...rowsOf(definitionOf(pipeline)),
  };
}

/** The part of a form that holds a definition. */
export function rowsOf({ description, tags, stages }: Definition): Pick<Draft, 'description' | 'tags' | 'stages'> {
  return {
    description,
    tags: Object.entries(tags).map(([key, value]) => ({ row: newRow(), key, value })),
    stages: stages.map(({ name, environmentId, manualApproval }) => ({
      row: newRow(),
      name,
      environmentId,
      manualApproval,
    })),
  };
}

/** What a pipeline, or a revision of it, defines: without what is shown beside. */
export function definitionOf({ description, tags, stages }: Definition): Definition {
  return {
    description,
    tags,
    stages: stages.map(({ name, environmentId, manualApproval }) => ({ name, environmentId, manualApproval })),
  };
}

/** Whether the stage at `index` waits for an approval when nobody says: as the API decides it. */
export function approvalByDefault(strategy: Strategy, index: number): boolean {
  return strategy === 'trunk' && index > 0;
}

export function approvalOf({ strategy }: Pick<Draft, 'strategy'>, stage: StageRow, index: number): boolean {
  return stage.manualApproval ?? approvalByDefault(strategy, index);
}

/** What the form would make of the pipeline. */
export function definitionOfDraft(draft: Draft): Definition {
  return {
    description: draft.description,
    tags: Object.fromEntries(draft.tags.map(({ key, value }) => [key, value])),
    stages: draft.stages.map((stage, index) => ({
      name: stage.name,
      environmentId: stage.environmentId,
      manualApproval: approvalOf(draft, stage, index),
    })),
  };
}

export function creationOf(draft: Draft): Schemas['CreatePipeline'] {
  const { name, team, cicdEnvironmentId, strategy } = draft;
  return { name, team, cicdEnvironmentId, strategy, ...definitionOfDraft(draft) };
}

/** Only what differs: what a person leaves alone is not written over. */
export function changeOf(before: Definition, after: Definition): Schemas['ChangePipeline'] {
  const change: Schemas['ChangePipeline'] = {};
  if (before.description !== after.description) change.description = after.description;
  if (!sameTags(before.tags, after.tags)) change.tags = after.tags;
  if (!sameStages(before.stages, after.stages)) change.stages = after.stages;
  return change;
}

export function sameTags(one: Record<string, string>, other: Record<string, string>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

export function sameStage(one: Stage, other: Stage): boolean {
  return (
    one.name === other.name && one.environmentId === other.environmentId && one.manualApproval === other.manualApproval
  );
}

export function sameStages(one: readonly Stage[], other: readonly Stage[]): boolean {
  return (
    one.length === other.length &&
    one.every((stage, index) => {
      const counterpart = other[index];
      return counterpart !== undefined && sameStage(stage, counterpart);
    })
  );
}
