import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, body } from '../../api/client';
import { allEnvironmentsQuery } from '../../api/environments';
import { keys } from '../../api/queries';
import { allPipelinesQuery } from '../../api/waiting';
import { Dialog } from '../../components/Dialog';
import { useIdempotencyKey } from '../../components/idempotency';
import { useNotify } from '../../components/notifications';
import { ProblemAlert } from '../../components/ProblemAlert';
import { actsFor, usePerson } from '../../session/SessionContext';
import { redeployments as texts } from '../../texts/redeployments';
import { type Kind, type Target, targetOf } from './target';

const KINDS: Kind[] = ['environmentId', 'pipelineId', 'strategy', 'all'];

/** Asks which pipelines are deployed again. */
export function RequestRedeployment({ onDismiss }: { onDismiss: () => void }) {
  const person = usePerson();
  const navigate = useNavigate();
  const notify = useNotify();
  const client = useQueryClient();
  const keyOf = useIdempotencyKey();
  const environments = useQuery(allEnvironmentsQuery).data?.items ?? [];
  const pipelines = useQuery(allPipelinesQuery).data?.items ?? [];
  const [kind, setKind] = useState<Kind>('environmentId');
  const [value, setValue] = useState('');
  const [tried, setTried] = useState(false);

  const request = useMutation({
    mutationFn: (target: Target) =>
      body(api.POST('/redeployments', { params: { header: { 'Idempotency-Key': keyOf(target) } }, body: target })),
    onSuccess: (redeployment) => {
      client.setQueryData(keys.redeployment(redeployment.id), redeployment);
      void client.invalidateQueries({ queryKey: keys.redeployments });
      notify({ type: 'success', content: texts.started });
      void navigate(`/redeployments/${redeployment.id}`);
    },
  });
  const target = targetOf(kind, value);

  const options: Record<Exclude<Kind, 'all'>, { label: string; options: SelectProps.Option[] }> = {
    environmentId: {
      label: texts.environment,
      options: environments
        .filter(({ team }) => actsFor(person, team))
        .map(({ id, label, accountId, region }) => ({ value: id, label, description: `${accountId} · ${region}` })),
    },
    pipelineId: {
      label: texts.pipeline,
      options: pipelines.map(({ id, name, team }) => ({ value: id, label: name, description: `${id} · ${team}` })),
    },
    strategy: {
      label: texts.strategy,
      options: ['cdk-trunk', 'trunk', 'gitflow'].map((strategy) => ({ value: strategy, label: strategy })),
    },
  };
  const chosen = kind === 'all' ? undefined : options[kind];
  return (
    <Dialog
      title={texts.dialogTitle}
      submit={texts.submit}
      loading={request.isPending}
      onSubmit={() => {
        setTried(true);
        if (target) request.mutate(target);
      }}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <Box>{texts.dialogHint}</Box>
        <FormField label={texts.which}>
          <RadioGroup
            value={kind}
            items={KINDS.map((each) => {
              const disabled = !person.administrator && (each === 'strategy' || each === 'all');
              return {
                value: each,
                ...texts.kinds[each],
                disabled,
                ...(disabled && { description: texts.onlyAdministrators }),
              };
            })}
            onChange={({ detail }) => {
              setKind(detail.value as Kind);
              setValue('');
              setTried(false);
            }}
          />
        </FormField>
        {chosen && (
          <FormField label={chosen.label} errorText={tried && !target ? texts.missing : undefined}>
            <Select
              selectedOption={chosen.options.find((option) => option.value === value) ?? null}
              options={chosen.options}
              placeholder={texts.choose}
              filteringType={chosen.options.length > 6 ? 'auto' : 'none'}
              expandToViewport
              onChange={({ detail }) => setValue(detail.selectedOption.value ?? '')}
            />
          </FormField>
        )}
        <ProblemAlert error={request.error} />
      </SpaceBetween>
    </Dialog>
  );
}
