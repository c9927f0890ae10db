import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

import { common } from '../texts/common';

/** A command, or other text for a terminal, with a button that copies it. `what` names it for screen readers: "the command". */
export function Command({ text, what }: { text: string; what: string }) {
  return (
    <div className="command">
      <Box variant="code">
        <span className="command-text" role="group" aria-label={what}>
          {text}
        </span>
      </Box>
      <CopyToClipboard
        variant="icon"
        textToCopy={text}
        copyButtonAriaLabel={common.copy(what)}
        copySuccessText={common.copied}
        copyErrorText={common.copyFailed}
      />
    </div>
  );
}
