import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { api, body, type Schemas } from '../api/client';
import { keys } from '../api/queries';
import { approvalTexts as texts } from '../texts/actions';
import { Dialog } from './Dialog';
import { useIdempotencyKey } from './idempotency';
import { useNotify } from './notifications';
import { ProblemAlert } from './ProblemAlert';

const MAX_COMMENT = 350;

interface Props {
  pipelineId: string;
  pipelineName: string;
  stage: string;
  /** The run that waits: if another one waits by now, that is left alone. */
  runId?: string | null | undefined;
  decision: Schemas['Decision'];
  /** What is answered: the commit, for example. */
  children?: ReactNode;
  onDismiss: () => void;
}

/** Asks for a comment, then answers an approval. Mount it for one answer, and unmount it when it is dismissed. */
export function AnswerApproval({ pipelineId, pipelineName, stage, runId, decision, children, onDismiss }: Props) {
  const [comment, setComment] = useState('');
  const keyOf = useIdempotencyKey();
  const notify = useNotify();
  const client = useQueryClient();
  const approving = decision === 'APPROVED';

  const answer = useMutation({
    mutationFn: () => {
      const wanted = { decision, comment, ...(runId && { runId }) };
      return body(
        api.POST('/pipelines/{pipelineId}/stages/{stage}/approval', {
          params: { path: { pipelineId, stage }, header: { 'Idempotency-Key': keyOf(wanted) } },
          body: wanted,
        }),
      );
    },
    onSuccess: () => {
      notify({
        type: 'success',
        content: approving ? texts.approved(pipelineName, stage) : texts.rejected(pipelineName, stage),
      });
      onDismiss();
    },
    // Also after a refusal: another person may have answered.
    onSettled: () => client.invalidateQueries({ queryKey: keys.pipelines }),
  });

  const left = MAX_COMMENT - comment.length;
  return (
    <Dialog
      title={approving ? texts.approveTitle(stage) : texts.rejectTitle(stage)}
      submit={approving ? texts.approve : texts.reject}
      loading={answer.isPending}
      problem={left < 0 ? texts.commentTooLong(MAX_COMMENT) : undefined}
      onSubmit={() => answer.mutate()}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <Box>{approving ? texts.approveEffect(stage) : texts.rejectEffect(stage)}</Box>
        {children}
        <FormField
          label={texts.comment}
          description={texts.commentHint}
          constraintText={texts.commentLeft(Math.max(left, 0))}
          errorText={left < 0 ? texts.commentTooLong(MAX_COMMENT) : undefined}
        >
          <Textarea value={comment} rows={3} onChange={({ detail }) => setComment(detail.value)} />
        </FormField>
        <ProblemAlert error={answer.error} />
      </SpaceBetween>
    </Dialog>
  );
}
