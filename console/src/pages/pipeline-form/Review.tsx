import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import type { Schemas } from '../../api/client';
import { creationPreviewQuery } from '../../api/previews';
import { Tags } from '../../components/tags';
import { common } from '../../texts/common';
import { form as texts } from '../../texts/pipelineForm';
import { approvalOf, creationOf, type Draft } from './draft';
import { PreviewPanel } from './preview/PreviewPanel';
import type { Step } from './problems';
import { sharedAccounts } from './usability';

/** What a new pipeline will be, before it is made. */
export function Review({
  draft,
  environments,
  goTo,
}: {
  draft: Draft;
  environments: readonly Schemas['Environment'][];
  goTo: (step: Step) => void;
}) {
  const environmentOf = (id: string) => environments.find((environment) => environment.id === id);
  const place = (id: string) => {
    const environment = environmentOf(id);
    return environment ? `${environment.label} (${environment.accountId}, ${environment.region})` : id;
  };
  const tags = Object.fromEntries(draft.tags.map(({ key, value }) => [key, value]));
  const shared = sharedAccounts(draft, environments);
  return (
    <SpaceBetween size="l">
      <Section step="basics" goTo={goTo}>
        <KeyValuePairs
          columns={2}
          items={[
            { label: texts.name, value: draft.name },
            { label: texts.team, value: draft.team },
            {
              label: texts.description,
              value: draft.description ? <span className="as-written">{draft.description}</span> : common.none,
            },
            { label: texts.tags, value: draft.tags.length ? <Tags tags={tags} /> : texts.noTags },
          ]}
        />
      </Section>
      <Section step="delivery" goTo={goTo}>
        <KeyValuePairs
          columns={2}
          items={[
            { label: texts.strategy, value: texts.strategies[draft.strategy].label },
            { label: texts.cicdEnvironment, value: place(draft.cicdEnvironmentId) },
          ]}
        />
      </Section>
      <Table
        header={<SectionHeader step="stages" goTo={goTo} />}
        items={draft.stages.map((stage, index) => ({ ...stage, approval: approvalOf(draft, stage, index) }))}
        trackBy="row"
        ariaLabels={{ tableLabel: texts.stages }}
        columnDefinitions={[
          { id: 'name', header: texts.stageName, isRowHeader: true, cell: ({ name }) => name },
          { id: 'environment', header: texts.stageEnvironment, cell: ({ environmentId }) => place(environmentId) },
          {
            id: 'approval',
            header: texts.approval,
            cell: ({ approval, environmentId }) =>
              approval
                ? texts.approvalHint(environmentOf(environmentId)?.team ?? environmentId)
                : texts.withoutApproval,
          },
        ]}
      />
      {shared.length > 0 && (
        <Alert type="warning" header={texts.sharedTitle}>
          {shared.map(({ accountId, stages, cicd }) => (
            <div key={accountId}>
              {cicd
                ? texts.sharedWithCicd(stages.join(', '), accountId)
                : texts.sharedStages(stages.join(', '), accountId)}
            </div>
          ))}
        </Alert>
      )}
      <Alert type="info" header={texts.what}>
        {texts.whatHappens}
      </Alert>
      <PreviewPanel query={creationPreviewQuery(creationOf(draft))} />
    </SpaceBetween>
  );
}

function SectionHeader({ step, goTo }: { step: Step; goTo: (step: Step) => void }) {
  const { title } = texts.steps[step];
  return (
    <Header
      variant="h2"
      actions={
        <Button ariaLabel={`${texts.edit}: ${title}`} onClick={() => goTo(step)}>
          {texts.edit}
        </Button>
      }
    >
      {title}
    </Header>
  );
}

function Section({ step, goTo, children }: { step: Step; goTo: (step: Step) => void; children: ReactNode }) {
  return <Container header={<SectionHeader step={step} goTo={goTo} />}>{children}</Container>;
}
