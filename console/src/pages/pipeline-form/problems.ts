import type { FieldProblem } from '../../api/problem';
import { form as texts } from '../../texts/pipelineForm';
import { type Draft, MAX_STAGES } from './draft';

/** The steps of the form. */
export type Step = 'basics' | 'delivery' | 'stages';

/** What is wrong, by field. The rows of stages and tags keep their problems when they move. */
export interface Placed {
  fields: Record<string, string>;
  /** What belongs to no field of the form. */
  unplaced: FieldProblem[];
}

export const NOTHING_WRONG: Placed = { fields: {}, unplaced: [] };

export const fieldOf = {
  tag: (row: string) => `tag:${row}`,
  stage: (row: string, member: 'name' | 'environmentId' | 'manualApproval') => `stage:${row}:${member}`,
};

const STEP_OF: Record<string, Step> = {
  name: 'basics',
  description: 'basics',
  team: 'basics',
  tags: 'basics',
  tag: 'basics',
  strategy: 'delivery',
  cicdEnvironmentId: 'delivery',
  stages: 'stages',
  stage: 'stages',
};

/** The parts of a JSON Pointer (RFC 6901). */
export function partsOf(pointer: string): string[] {
  if (!pointer.startsWith('/')) {
    return [];
  }
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The field that a pointer into the request means, if the form has it. */
function fieldAt(pointer: string, draft: Draft): string | undefined {
  const [member, first, second] = partsOf(pointer);
  switch (member) {
    case 'name':
    case 'description':
    case 'team':
    case 'strategy':
    case 'cicdEnvironmentId':
      return member;
    case 'tags': {
      if (first === undefined) return 'tags';
      const tag = draft.tags.find(({ key }) => key === first);
      return tag ? fieldOf.tag(tag.row) : 'tags';
    }
    case 'stages': {
      if (first === undefined) return 'stages';
      const stage = draft.stages[Number(first)];
      if (!stage) return 'stages';
      return second === 'environmentId' || second === 'manualApproval'
        ? fieldOf.stage(stage.row, second)
        : fieldOf.stage(stage.row, 'name');
    }
    default:
      return undefined;
  }
}

/** Brings each problem to its field. Several at one field are shown there together. */
export function place(problems: readonly FieldProblem[], draft: Draft): Placed {
  const fields: Record<string, string> = {};
  const unplaced: FieldProblem[] = [];
  for (const problem of problems) {
    const field = fieldAt(problem.pointer, draft);
    if (field === undefined) {
      unplaced.push(problem);
    } else {
      const present = fields[field];
      fields[field] = present ? `${present}; ${problem.detail}` : problem.detail;
    }
  }
  return { fields, unplaced };
}

export function stepOf(field: string): Step {
  return STEP_OF[field.split(':')[0] ?? ''] ?? 'basics';
}

/** The first step with a problem, in the form's order. */
export function firstStepWithProblem(placed: Placed): Step | undefined {
  const steps = new Set(Object.keys(placed.fields).map(stepOf));
  return (['basics', 'delivery', 'stages'] as const).find((step) => steps.has(step));
}

const NAME = /^[a-z](-?[a-z0-9])+$/;
const STAGE_NAME = /^[a-z][a-z0-9-]{0,15}$/;

/**
 * What can be told without asking the API, so that people need not come back to a step. The API checks everything again and has
 * the last word.
 */
export function check(step: Step, draft: Draft): Placed {
  const fields: Record<string, string> = {};
  switch (step) {
    case 'basics':
      if (draft.name.length < 2 || draft.name.length > 32 || !NAME.test(draft.name)) fields.name = texts.nameRule;
      if (!draft.team) fields.team = texts.teamMissing;
      checkTags(draft, fields);
      break;
    case 'delivery':
      if (!draft.cicdEnvironmentId) fields.cicdEnvironmentId = texts.environmentMissing;
      break;
    case 'stages':
      checkStages(draft, fields);
      break;
  }
  return { fields, unplaced: [] };
}

function checkTags(draft: Draft, fields: Record<string, string>): void {
  const seen = new Set<string>();
  for (const { row, key } of draft.tags) {
    if (!key.trim()) {
      fields[fieldOf.tag(row)] = texts.tagKeyMissing;
    } else if (seen.has(key)) {
      fields[fieldOf.tag(row)] = texts.tagTwice(key);
    }
    seen.add(key);
  }
}

function checkStages(draft: Draft, fields: Record<string, string>): void {
  if (draft.stages.length === 0) fields.stages = texts.stageMissing;
  if (draft.stages.length > MAX_STAGES) fields.stages = texts.tooManyStages(MAX_STAGES);
  const seen = new Set<string>();
  for (const { row, name, environmentId } of draft.stages) {
    if (!STAGE_NAME.test(name) || name === 'cicd') {
      fields[fieldOf.stage(row, 'name')] = texts.stageNameRule;
    } else if (seen.has(name)) {
      fields[fieldOf.stage(row, 'name')] = texts.stageTwice(name);
    }
    seen.add(name);
    if (!environmentId) fields[fieldOf.stage(row, 'environmentId')] = texts.environmentMissing;
  }
}

export function isSound({ fields, unplaced }: Placed): boolean {
  return Object.keys(fields).length === 0 && unplaced.length === 0;
}

/** What is still wrong after a person has changed these fields. */
export function without(placed: Placed, changed: readonly string[]): Placed {
  const fields = Object.fromEntries(Object.entries(placed.fields).filter(([field]) => !changed.includes(field)));
  return { ...placed, fields };
}
