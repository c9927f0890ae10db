import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { ApiProblem, type FieldProblem, NoAnswer } from '../api/problem';
import { common } from '../texts/common';

/** What went wrong: title, detail, what is wrong with the input, and the request id to copy. */
export function ProblemAlert({
  error,
  unplaced,
  action,
}: {
  error: unknown;
  /** Of a form: the problems that belong to no field of it. Without it, all are listed. */
  unplaced?: readonly FieldProblem[] | undefined;
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
    const listed = unplaced ?? error.errors;
    return (
      <Alert type="error" header={error.title} action={action}>
        <SpaceBetween size="xs">
          {listed.length === 0 || unplaced ? (
            <span className="problem-detail">{error.errors.length ? '' : error.detail}</span>
          ) : null}
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
