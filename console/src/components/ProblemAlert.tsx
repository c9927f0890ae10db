import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { ApiProblem, type FieldProblem, NoAnswer } from '../api/problem';
import { common } from '../texts/common';

/** What is wrong with something that is read. While it is shown, the banner alone tells that its renewal is not answered. */
export function readError({ data, error }: { data: unknown; error: unknown }): unknown {
  return data !== undefined && error instanceof NoAnswer ? null : error;
}

/** What went wrong: title, detail, what is wrong with the input, and the request id to copy. */
export function ProblemAlert({
  error,
  placed,
  action,
}: {
  error: unknown;
  /** Of a form: how many problems its fields show, and those that belong to no field. Without it, all are listed. */
  placed?: { fields: Readonly<Record<string, string>>; unplaced: readonly FieldProblem[] };
  action?: ReactNode;
}) {
  if (!error) {
    return null;
  }
  if (error instanceof NoAnswer) {
    return (
      <Alert type="error" header={common.noAnswerTitle} action={action}>
        {common.noAnswer}
      </Alert>
    );
  }
  if (error instanceof ApiProblem) {
    const listed = placed ? placed.unplaced : error.errors;
    const shown = placed ? Object.keys(placed.fields).length : 0;
    if (placed && error.errors.length > 0 && shown === 0 && listed.length === 0) {
      // Everything is corrected.
      return null;
    }
    return (
      <Alert type="error" header={error.title} action={action}>
        <SpaceBetween size="xs">
          {error.errors.length === 0 && <span className="as-written">{error.detail}</span>}
          {shown > 0 && <span>{common.atTheirFields(shown)}</span>}
          {listed.length > 0 && (
            <ul className="problem-list">
              {listed.map(({ pointer, detail }, index) => (
                <li key={index}>
                  {pointer && <Box variant="code">{pointer}</Box>} {detail}
                </li>
              ))}
            </ul>
          )}
          {error.requestId && <RequestId id={error.requestId} />}
        </SpaceBetween>
      </Alert>
    );
  }
  return (
    <Alert type="error" header={common.unexpectedTitle} action={action}>
      {error instanceof Error ? error.message : 'unknown error'}
    </Alert>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <Box color="text-body-secondary" fontSize="body-s">
      {common.requestId}:{' '}
      <CopyToClipboard
        variant="inline"
        textToCopy={id}
        copyButtonAriaLabel={common.copyRequestId}
        copySuccessText={common.copied}
        copyErrorText={common.copyFailed}
      />
    </Box>
  );
}
