import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { useNotify } from '../../components/notifications';
import { ProblemAlert } from '../../components/ProblemAlert';
import { common } from '../../texts/common';
import { stopDialog as texts } from '../../texts/pipeline';
import { useStopRun } from './actions';

const MAX_REASON = 200;

/** Asks why, then stops a run. Mount it to ask, and unmount it when it is dismissed. */
export function StopDialog({
  pipelineId,
  runId,
  onDismiss,
}: {
  pipelineId: string;
  runId: string;
  onDismiss: () => void;
}) {
  const [reason, setReason] = useState('');
  const notify = useNotify();
  const stop = useStopRun(pipelineId);
  const why = reason.trim();
  const problem =
    why === '' ? texts.reasonMissing : why.length > MAX_REASON ? texts.reasonTooLong(MAX_REASON) : undefined;

  const submit = () => {
    if (problem !== undefined || stop.isPending) return;
    stop.mutate(
      { runId, reason: why },
      {
        onSuccess: () => {
          notify({ type: 'info', content: texts.stopped });
          onDismiss();
        },
      },
    );
  };
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      closeAriaLabel={common.close}
      header={texts.title}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              {common.cancel}
            </Button>
            <Button
              variant="primary"
              loading={stop.isPending}
              disabled={problem !== undefined}
              {...(problem !== undefined && { disabledReason: problem })}
              onClick={submit}
            >
              {texts.stop}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SpaceBetween size="m">
          <Box>{texts.text}</Box>
          <FormField
            label={texts.reason}
            description={texts.reasonHint}
            errorText={why.length > MAX_REASON ? problem : undefined}
          >
            <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
          </FormField>
          <ProblemAlert error={stop.error} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
