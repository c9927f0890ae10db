import { preview as texts } from '../../../texts/preview';
import type { Schemas } from '../../../api/client';
import { diffLines } from './diff';

/** A file's changes, line by line. */
export function Diff({
  path,
  diff,
  conflicts,
}: {
  path: string;
  diff: string;
  conflicts: readonly Schemas['LineRange'][];
}) {
  return (
    // What scrolls must take the focus, so that the arrow keys scroll it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="diff" role="group" tabIndex={0} aria-label={texts.diffOf(path)}>
      {diffLines(diff, conflicts).map(({ kind, text, conflict }, index) => (
        <span key={index} className={`diff-line diff-${conflict ? 'conflict' : kind}`}>
          {conflict ? <mark>{text}</mark> : text}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}
