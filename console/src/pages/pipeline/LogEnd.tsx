import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLayoutEffect, useRef } from 'react';

import { common } from '../../texts/common';
import { runs as texts } from '../../texts/pipeline';
import type { Schemas } from './logic/types';

/** The end of a build's log, scrolled to its last lines: there it says what went wrong. */
export function LogEnd({ log }: { log: Schemas['BuildLog'] }) {
  const { lines, truncated, problem } = log;
  const block = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    const element = block.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [lines.length]);
  if (problem) return <Box color="text-body-secondary">{problem}</Box>;
  if (lines.length === 0) return <Box color="text-body-secondary">{texts.logEmpty}</Box>;
  const text = lines.join('\n');
  return (
    <SpaceBetween size="xxs">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Box variant="h4">{texts.log}</Box>
        <CopyToClipboard
          variant="icon"
          textToCopy={text}
          copyButtonAriaLabel={common.copy(texts.theLog)}
          copySuccessText={common.copied}
          copyErrorText={common.copyFailed}
        />
      </SpaceBetween>
      {truncated && (
        <Box fontSize="body-s" color="text-body-secondary">
          {texts.logTruncated}
        </Box>
      )}
      {/* What scrolls must take the focus, so that the arrow keys scroll it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre ref={block} className="monospace log" role="group" tabIndex={0} aria-label={texts.log}>
        {text}
      </pre>
    </SpaceBetween>
  );
}
