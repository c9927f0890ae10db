import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { common } from '../texts/common';

interface Props {
  title: string;
  /** What the button says that does what the dialog asks for. */
  submit: string;
  /** What the button says that leaves everything as it is. */
  cancel?: string;
  /** While the answer is awaited. */
  loading: boolean;
  /** Why it cannot be done yet. */
  problem?: string | undefined;
  onSubmit: () => void;
  onDismiss: () => void;
  children: ReactNode;
}

/** Asks before something is done. Mount it to ask, and unmount it when it is dismissed. */
export function Dialog({
  title,
  submit,
  cancel = common.cancel,
  loading,
  problem,
  onSubmit,
  onDismiss,
  children,
}: Props) {
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      closeAriaLabel={common.close}
      header={title}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              {cancel}
            </Button>
            <Button
              variant="primary"
              loading={loading}
              disabled={problem !== undefined}
              {...(problem !== undefined && { disabledReason: problem })}
              onClick={onSubmit}
            >
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
