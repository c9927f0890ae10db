import { type Definition, sameStages } from './draft';

/** One thing that differs between two definitions of a pipeline. */
export type Difference =
  | { kind: 'description'; before: string; after: string }
  | { kind: 'tag-added'; key: string; after: string }
  | { kind: 'tag-removed'; key: string; before: string }
  | { kind: 'tag-changed'; key: string; before: string; after: string }
  | { kind: 'stage-added'; stage: string; environmentId: string; approval: boolean }
  | { kind: 'stage-removed'; stage: string; environmentId: string }
  | { kind: 'stage-moved'; stage: string; before: string; after: string }
  | { kind: 'approval-added'; stage: string }
  | { kind: 'approval-removed'; stage: string }
  | { kind: 'order'; before: string[]; after: string[] };

export function differences(before: Definition, after: Definition): Difference[] {
  const told: Difference[] = [];
  if (before.description !== after.description) {
    told.push({ kind: 'description', before: before.description, after: after.description });
  }
  told.push(...tagDifferences(before.tags, after.tags));
  told.push(...stageDifferences(before, after));
  return told;
}

function tagDifferences(before: Record<string, string>, after: Record<string, string>): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): Difference[] => {
    const [was, is] = [before[key], after[key]];
    if (was === is) return [];
    if (was === undefined) return is === undefined ? [] : [{ kind: 'tag-added', key, after: is }];
    if (is === undefined) return [{ kind: 'tag-removed', key, before: was }];
    return [{ kind: 'tag-changed', key, before: was, after: is }];
  });
}

function stageDifferences(before: Definition, after: Definition): Difference[] {
  const told: Difference[] = [];
  for (const was of before.stages) {
    const is = after.stages.find(({ name }) => name === was.name);
    if (!is) {
      told.push({ kind: 'stage-removed', stage: was.name, environmentId: was.environmentId });
      continue;
    }
    if (is.environmentId !== was.environmentId) {
      told.push({ kind: 'stage-moved', stage: was.name, before: was.environmentId, after: is.environmentId });
    }
    if (is.manualApproval !== was.manualApproval) {
      told.push({ kind: is.manualApproval ? 'approval-added' : 'approval-removed', stage: was.name });
    }
  }
  for (const is of after.stages) {
    if (!before.stages.some(({ name }) => name === is.name)) {
      told.push({
        kind: 'stage-added',
        stage: is.name,
        environmentId: is.environmentId,
        approval: is.manualApproval,
      });
    }
  }
  const names = ({ stages }: Definition, other: Definition) =>
    stages.map(({ name }) => name).filter((name) => other.stages.some((stage) => stage.name === name));
  const kept = [names(before, after), names(after, before)] as const;
  if (kept[0].join() !== kept[1].join() && !sameStages(before.stages, after.stages)) {
    told.push({
      kind: 'order',
      before: before.stages.map(({ name }) => name),
      after: after.stages.map(({ name }) => name),
    });
  }
  return told;
}
