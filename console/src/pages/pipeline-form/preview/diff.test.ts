import { describe, expect, it } from 'vitest';

import { diffLines } from './diff';

const DIFF = ['--- a/app.py', '+++ b/app.py', '@@ -3,4 +3,4 @@', ' three', '-four', '-five', '+FIVE', ' six', ''].join(
  '\n',
);

describe('the lines of a diff', () => {
  it('are told apart, without the names', () => {
    const lines = diffLines(DIFF, []);
    expect(lines.map(({ kind }) => kind)).toEqual(['place', 'same', 'removed', 'removed', 'added', 'same']);
    expect(lines.some(({ conflict }) => conflict)).toBe(false);
  });

  it('are marked where developers changed the same ones', () => {
    const marked = diffLines(DIFF, [{ first: 5, last: 5 }]).filter(({ conflict }) => conflict);
    expect(marked.map(({ text }) => text)).toEqual(['-five']);
  });

  it('may end without a newline', () => {
    const diff = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n\\ No newline at end of file\n+two\n';
    expect(diffLines(diff, [{ first: 1, last: 1 }]).map(({ kind, conflict }) => [kind, conflict])).toEqual([
      ['place', false],
      ['removed', true],
      ['place', false],
      ['added', false],
    ]);
  });
});
