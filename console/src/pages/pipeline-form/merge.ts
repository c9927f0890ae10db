import type { Schemas } from '../../api/client';
import { type Definition, sameStage } from './draft';

type Stage = Schemas['PipelineStage'];

/** Where two people changed the same thing in different ways. */
export type Clash = { what: 'description' } | { what: 'tag'; key: string } | { what: 'stage'; name: string };

export interface Merged {
  definition: Definition;
  /** What both changed: the merged definition holds mine. */
  clashes: Clash[];
}

/**
 * Puts my changes on top of another person's, both made from `base`. What only one of us changed is taken from that one; of what both
 * changed, mine is kept and told.
 */
export function merge(base: Definition, mine: Definition, theirs: Definition): Merged {
  const clashes: Clash[] = [];

  const description = pick(base.description, mine.description, theirs.description, (one, other) => one === other);
  if (description.clash) clashes.push({ what: 'description' });

  const tags: Record<string, string> = {};
  const keys = new Set([...Object.keys(theirs.tags), ...Object.keys(mine.tags), ...Object.keys(base.tags)]);
  for (const key of keys) {
    const picked = pick(base.tags[key], mine.tags[key], theirs.tags[key], (one, other) => one === other);
    if (picked.clash) clashes.push({ what: 'tag', key });
    if (picked.value !== undefined) tags[key] = picked.value;
  }

  const stages = mergeStages(base.stages, mine.stages, theirs.stages, clashes);
  return { definition: { description: description.value, tags, stages }, clashes };
}

function pick<T>(base: T, mine: T, theirs: T, same: (one: T, other: T) => boolean): { value: T; clash: boolean } {
  if (same(mine, theirs) || same(theirs, base)) {
    return { value: mine, clash: false };
  }
  if (same(mine, base)) {
    return { value: theirs, clash: false };
  }
  return { value: mine, clash: true };
}

function mergeStages(
  base: readonly Stage[],
  mine: readonly Stage[],
  theirs: readonly Stage[],
  clashes: Clash[],
): Stage[] {
  const named = (stages: readonly Stage[], name: string) => stages.find((stage) => stage.name === name);
  const same = (one: Stage | undefined, other: Stage | undefined) =>
    one === undefined || other === undefined ? one === other : sameStage(one, other);

  const wanted = new Map<string, Stage>();
  for (const { name } of [...mine, ...theirs, ...base]) {
    if (wanted.has(name)) continue;
    const picked = pick(named(base, name), named(mine, name), named(theirs, name), same);
    if (picked.clash) clashes.push({ what: 'stage', name });
    if (picked.value) wanted.set(name, picked.value);
  }

  // My order, unless only they changed it.
  const order = (stages: readonly Stage[]) => stages.map(({ name }) => name);
  const kept = (stages: readonly Stage[]) => order(stages).filter((name) => wanted.has(name) && named(base, name));
  const mineIsBase =
    kept(mine).join() ===
    kept(base)
      .filter((name) => named(mine, name))
      .join();
  const [leading, other] = mineIsBase ? [theirs, mine] : [mine, theirs];
  const result = order(leading).filter((name) => wanted.has(name));
  order(other).forEach((name, index) => {
    if (!wanted.has(name) || result.includes(name)) return;
    // After the stage that it comes after there.
    const before = order(other)
      .slice(0, index)
      .reverse()
      .find((previous) => result.includes(previous));
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, name);
  });
  return result.flatMap((name) => wanted.get(name) ?? []);
}
