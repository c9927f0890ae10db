import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { Dialog } from '../../components/Dialog';
import { useNotify } from '../../components/notifications';
import { ProblemAlert } from '../../components/ProblemAlert';
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
    <Dialog
      title={texts.title}
      submit={texts.stop}
      loading={stop.isPending}
      problem={problem}
      onSubmit={submit}
      onDismiss={onDismiss}
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
    </Dialog>
  );
}
