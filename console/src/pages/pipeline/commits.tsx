import Box from '@cloudscape-design/components/box';

import { PageLink } from '../../components/navigation';
import { firstLine, shortId } from './logic/graph';

/** A commit's id, short, with the whole one on hover. */
export function CommitId({ id, href }: { id: string; href?: string | undefined }) {
  const short = (
    <span className="monospace" title={id}>
      {shortId(id)}
    </span>
  );
  return href === undefined ? <Box variant="span">{short}</Box> : <PageLink href={href}>{short}</PageLink>;
}

/** The first line of a commit's message, with the whole of it on hover. */
export function Message({ text }: { text: string }) {
  return <span title={text}>{firstLine(text)}</span>;
}
