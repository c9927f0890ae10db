import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, body, type Schemas } from '../../api/client';
import { pipelinesOfEnvironmentQuery } from '../../api/environments';
import { keys } from '../../api/queries';
import { Command } from '../../components/Command';
import { Dialog } from '../../components/Dialog';
import { PageLink } from '../../components/navigation';
import { useNotify } from '../../components/notifications';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { PipelineStatus } from '../../components/status';
import { actsFor, usePerson } from '../../session/SessionContext';
import { environment as texts } from '../../texts/environments';

type Pipeline = Schemas['Pipeline'];
type Environment = Schemas['Environment'];

/** Who uses an environment, and the owners' last word: eviction. */
export function PipelinesTab({ environment }: { environment: Environment }) {
  const query = useQuery(pipelinesOfEnvironmentQuery(environment.id));
  const mine = actsFor(usePerson(), environment.team);
  const [evicting, setEvicting] = useState<Pipeline | null>(null);
  const [left, setLeft] = useState<Schemas['PipelineOrphan'][]>([]);
  const stagesHere = (pipeline: Pipeline) =>
    pipeline.stages.filter(({ environmentId }) => environmentId === environment.id).map(({ name }) => name);
  const isCicd = (pipeline: Pipeline) => pipeline.cicdEnvironmentId === environment.id;
  return (
    <SpaceBetween size="l">
      <ProblemAlert error={readError(query)} />
      {left.length > 0 && (
        <Alert type="info" header={texts.leftTitle} dismissible onDismiss={() => setLeft([])}>
          <SpaceBetween size="s">
            <Box>{texts.left}</Box>
            {left.map(({ stackName, command }) => (
              <Command key={stackName} text={command} what={texts.command} />
            ))}
          </SpaceBetween>
        </Alert>
      )}
      <Table
        header={
          <Header variant="h2" description={texts.pipelinesHint} counter={`(${query.data?.items.length ?? 0})`}>
            {texts.pipelinesTitle}
          </Header>
        }
        items={query.data?.items ?? []}
        trackBy="id"
        loading={query.isPending}
        ariaLabels={{ tableLabel: texts.pipelinesTitle }}
        empty={<Box textAlign="center">{texts.pipelinesEmpty}</Box>}
        columnDefinitions={[
          {
            id: 'name',
            header: texts.pipelinesColumns.name,
            isRowHeader: true,
            cell: ({ id, name }) => <PageLink href={`/pipelines/${id}`}>{name}</PageLink>,
          },
          { id: 'team', header: texts.pipelinesColumns.team, cell: ({ team }) => team },
          {
            id: 'uses',
            header: texts.pipelinesColumns.uses,
            cell: (pipeline) =>
              [...(isCicd(pipeline) ? [texts.usesCicd] : []), ...stagesHere(pipeline).map(texts.usesStage)].join(', '),
          },
          {
            id: 'status',
            header: texts.pipelinesColumns.status,
            cell: ({ status }) => <PipelineStatus status={status} />,
          },
          {
            id: 'actions',
            header: texts.pipelinesColumns.actions,
            cell: (pipeline) => (
              <Button
                variant="inline-link"
                ariaLabel={`${texts.evict} ${pipeline.name}`}
                disabled={!mine || isCicd(pipeline)}
                disabledReason={mine ? texts.evictNotCicd : texts.evictNotYours(environment.team)}
                onClick={() => setEvicting(pipeline)}
              >
                {texts.evict}
              </Button>
            ),
          },
        ]}
      />
      {evicting && (
        <Evict
          environment={environment}
          pipeline={evicting}
          stages={stagesHere(evicting)}
          onDismiss={() => setEvicting(null)}
          onEvicted={setLeft}
        />
      )}
    </SpaceBetween>
  );
}

function Evict({
  environment,
  pipeline,
  stages,
  onDismiss,
  onEvicted,
}: {
  environment: Environment;
  pipeline: Pipeline;
  stages: string[];
  onDismiss: () => void;
  /** With what the pipeline leaves in the environment's account. */
  onEvicted: (left: Schemas['PipelineOrphan'][]) => void;
}) {
  const client = useQueryClient();
  const notify = useNotify();
  const eviction = useMutation({
    mutationFn: () =>
      body(
        api.DELETE('/environments/{environmentId}/pipelines/{pipelineId}', {
          params: { path: { environmentId: environment.id, pipelineId: pipeline.id } },
        }),
      ),
    onSuccess: ({ orphans }) => {
      void client.invalidateQueries({ queryKey: keys.pipelines });
      notify({ type: 'success', content: texts.evicted(pipeline.name) });
      onEvicted(
        orphans.filter(({ accountId, region }) => accountId === environment.accountId && region === environment.region),
      );
      onDismiss();
    },
  });
  return (
    <Dialog
      title={texts.evictTitle(pipeline.name)}
      submit={texts.evict}
      loading={eviction.isPending}
      onSubmit={() => eviction.mutate()}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <Alert type="warning">{texts.evictEffect(stages.join(', '))}</Alert>
        <Box>{texts.evictKeeps}</Box>
        <ProblemAlert error={eviction.error} />
      </SpaceBetween>
    </Dialog>
  );
}
