import type { RunAction, RunDetails, RunStage, RunStatus } from './types';

export function hasEnded(status: RunStatus): boolean {
  return status !== 'IN_PROGRESS' && status !== 'STOPPING';
}

/** The newest try of each action, and of each the earlier tries. */
export interface TriedAction {
  last: RunAction;
  earlier: RunAction[];
}

export function triesOf(stage: RunStage): TriedAction[] {
  const tries = new Map<string, RunAction[]>();
  for (const action of stage.actions) {
    const same = tries.get(action.name);
    if (same) same.push(action);
    else tries.set(action.name, [action]);
  }
  return [...tries.values()].flatMap((actions) => {
    const sorted = [...actions].sort((a, b) => a.attempt - b.attempt);
    const last = sorted.pop();
    return last ? [{ last, earlier: sorted }] : [];
  });
}

/** What failed, if anything: the first of the actions whose last try failed. */
export function failureOf(run: RunDetails): { stage: RunStage; action: RunAction } | undefined {
  for (const stage of run.stages) {
    for (const { last } of triesOf(stage)) {
      if (last.status === 'FAILED') return { stage, action: last };
    }
  }
  return undefined;
}
