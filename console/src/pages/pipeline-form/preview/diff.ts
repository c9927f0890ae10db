import type { Schemas } from '../../../api/client';

export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'place';
  text: string;
  /** Whether developers changed this line as well, in another way. */
  conflict: boolean;
}

/** The lines of a unified diff, without its two lines of names. Lines of the branch's file that are in conflict are marked. */
export function diffLines(diff: string, conflicts: readonly Schemas['LineRange'][]): DiffLine[] {
  let line = 0;
  const found: DiffLine[] = [];
  for (const text of diff.replace(/\n$/, '').split('\n').slice(2)) {
    const place = /^@@ -(\d+)/.exec(text);
    if (place) {
      line = Number(place[1]);
      found.push({ kind: 'place', text, conflict: false });
      continue;
    }
    const [kind, old] = kindOf(text);
    const conflict = old && kind === 'removed' && conflicts.some(({ first, last }) => first <= line && line <= last);
    found.push({ kind, text, conflict });
    if (old) line += 1;
  }
  return found;
}

/** What a line is, and whether it is one of the branch's file. */
function kindOf(text: string): [DiffLine['kind'], boolean] {
  switch (text[0]) {
    case '+':
      return ['added', false];
    case '-':
      return ['removed', true];
    case '\\':
      return ['place', false];
    default:
      return ['same', true];
  }
}
