import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, body, type Schemas } from '../api/client';
import { keys } from '../api/queries';
import { common } from '../texts/common';
import { deletionTexts as texts } from '../texts/actions';
import { Command } from './Command';
import { Dialog } from './Dialog';
import { useNotify } from './notifications';
import { ProblemAlert } from './ProblemAlert';

interface Props {
  pipeline: Pick<Schemas['Pipeline'], 'id' | 'name'>;
  onDismiss: () => void;
  /** When the deletion is accepted: it takes minutes. A page that takes the answer shows what stays; otherwise the dialog does. */
  onAccepted?: (deleted: Schemas['Pipeline']) => void;
}

/** Deletes a pipeline once its name is typed. Mount it to ask, and unmount it when it is dismissed. */
export function DeletePipeline({ pipeline, onDismiss, onAccepted }: Props) {
  const { id: pipelineId, name } = pipeline;
  const [typed, setTyped] = useState('');
  const [repository, setRepository] = useState('keep');
  const notify = useNotify();
  const client = useQueryClient();

  const deletion = useMutation({
    mutationFn: () =>
      body(
        api.DELETE('/pipelines/{pipelineId}', {
          params: { path: { pipelineId }, query: { deleteRepository: repository === 'delete' } },
        }),
      ),
    onSuccess: (deleted) => {
      notify({ type: 'info', content: texts.started(name) });
      void client.invalidateQueries({ queryKey: keys.pipelines });
      if (onAccepted || deleted.orphans.length === 0) {
        onDismiss();
      }
      onAccepted?.(deleted);
    },
  });

  const confirmed = typed === name;
  if (deletion.data) {
    return <Left name={name} orphans={deletion.data.orphans} onDismiss={onDismiss} />;
  }
  return (
    <Dialog
      title={texts.title(name)}
      submit={texts.submit}
      loading={deletion.isPending}
      problem={confirmed ? undefined : texts.confirm(name)}
      onSubmit={() => deletion.mutate()}
      onDismiss={onDismiss}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (confirmed && !deletion.isPending) {
            deletion.mutate();
          }
        }}
      >
        <SpaceBetween size="m">
          <Alert type="warning">
            {texts.effect} {texts.keepsStacks}
          </Alert>
          <FormField label={texts.repository}>
            <RadioGroup
              value={repository}
              onChange={({ detail }) => setRepository(detail.value)}
              items={[
                { value: 'keep', label: texts.keep, description: texts.keepHint },
                { value: 'delete', label: texts.deleteToo, description: texts.deleteTooHint },
              ]}
            />
          </FormField>
          <FormField label={texts.confirm(name)}>
            <Input
              value={typed}
              onChange={({ detail }) => setTyped(detail.value)}
              autoComplete={false}
              placeholder={name}
            />
          </FormField>
          <ProblemAlert error={deletion.error} />
        </SpaceBetween>
      </form>
    </Dialog>
  );
}

/** What the pipeline leaves behind: nobody but administrators can read it once the pipeline is gone. */
function Left({
  name,
  orphans,
  onDismiss,
}: {
  name: string;
  orphans: readonly Schemas['PipelineOrphan'][];
  onDismiss: () => void;
}) {
  return (
    <Modal
      visible
      size="large"
      onDismiss={onDismiss}
      closeAriaLabel={common.close}
      header={texts.started(name)}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onDismiss}>
            {common.close}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{texts.left}</Box>
        {orphans.map(({ stage, accountId, region, stackName, command }) => (
          <SpaceBetween key={`${accountId} ${region} ${stackName}`} size="xxs">
            <Box variant="awsui-key-label">{texts.leftIn(stage, accountId, region)}</Box>
            <Command text={command} what={texts.leftCommand(stage)} />
          </SpaceBetween>
        ))}
      </SpaceBetween>
    </Modal>
  );
}
