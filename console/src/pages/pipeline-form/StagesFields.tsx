import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Input from '@cloudscape-design/components/input';
import List from '@cloudscape-design/components/list';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';

import { form as texts } from '../../texts/pipelineForm';
import { usePerson } from '../../session/SessionContext';
import { PageLink } from '../../components/navigation';
import type { EnvironmentsProps } from './DeliveryFields';
import { approvalOf, type Definition, MAX_STAGES, newStage, type StageRow } from './draft';
import { EnvironmentSelect } from './EnvironmentSelect';
import type { FieldsProps } from './fields';
import { fieldOf } from './problems';
import { approvalIsKept, sharedAccounts, stageRefusal } from './usability';

type Props = FieldsProps & EnvironmentsProps & { before: Definition | undefined };

function StageFields({ stage, index, ...props }: Props & { stage: StageRow; index: number }) {
  const { draft, change, problems, environments, loading, before } = props;
  const person = usePerson();
  const environment = environments.find(({ id }) => id === stage.environmentId);
  const cicd = environments.find(({ id }) => id === draft.cicdEnvironmentId);
  const approval = approvalOf(draft, stage, index);
  const kept = approvalIsKept(before, stage, environment, person);
  const set = (patch: Partial<StageRow>, member: 'name' | 'environmentId' | 'manualApproval') =>
    change(
      { stages: draft.stages.map((other) => (other.row === stage.row ? { ...other, ...patch } : other)) },
      fieldOf.stage(stage.row, member),
      'stages',
    );
  return (
    <Grid
      gridDefinition={[
        { colspan: { default: 12, xxs: 3 } },
        { colspan: { default: 12, xxs: 5 } },
        { colspan: { default: 12, xxs: 4 } },
      ]}
    >
      <FormField label={texts.stageName} errorText={problems[fieldOf.stage(stage.row, 'name')]}>
        <Input value={stage.name} autoComplete={false} onChange={({ detail }) => set({ name: detail.value }, 'name')} />
      </FormField>
      <FormField
        label={texts.stageEnvironment}
        errorText={problems[fieldOf.stage(stage.row, 'environmentId')]}
        warningText={environment && stageRefusal(environment, draft.team, cicd)}
      >
        <EnvironmentSelect
          environments={environments}
          value={stage.environmentId}
          refusal={(other) => stageRefusal(other, draft.team, cicd)}
          loading={loading}
          onChange={(environmentId) => set({ environmentId }, 'environmentId')}
        />
      </FormField>
      <FormField
        label={texts.approval}
        constraintText={
          environment &&
          (kept ? texts.approvalKept(environment.team) : approval ? texts.approvalHint(environment.team) : undefined)
        }
        errorText={problems[fieldOf.stage(stage.row, 'manualApproval')]}
      >
        <Toggle
          checked={approval}
          disabled={kept && approval}
          onChange={({ detail }) => set({ manualApproval: detail.checked }, 'manualApproval')}
        >
          {texts.approvalToggle}
        </Toggle>
      </FormField>
    </Grid>
  );
}

export function StagesFields(props: Props) {
  const { draft, change, problems, environments, loading, refresh } = props;
  const shared = sharedAccounts(draft, environments);
  return (
    <SpaceBetween size="l">
      <Container
        footer={
          <SpaceBetween direction="horizontal" size="m" alignItems="center">
            <PageLink href="/environments/new">{texts.linkEnvironment}</PageLink>
            <Button
              variant="inline-icon"
              iconName="refresh"
              ariaLabel={texts.refreshEnvironments}
              loading={loading}
              onClick={refresh}
            />
          </SpaceBetween>
        }
      >
        <FormField description={texts.stagesHint} errorText={problems.stages} stretch>
          <SpaceBetween size="m">
            <List
              ariaLabel={texts.stages}
              items={draft.stages}
              sortable
              renderItem={(stage) => ({
                id: stage.row,
                announcementLabel:
                  stage.name || texts.unnamedStage(draft.stages.findIndex(({ row }) => row === stage.row) + 1),
                content: (
                  <StageFields
                    {...props}
                    stage={stage}
                    index={draft.stages.findIndex(({ row }) => row === stage.row)}
                  />
                ),
                actions: (
                  <Button
                    variant="icon"
                    iconName="remove"
                    ariaLabel={texts.removeStage(
                      stage.name || texts.unnamedStage(draft.stages.findIndex(({ row }) => row === stage.row) + 1),
                    )}
                    onClick={() => change({ stages: draft.stages.filter(({ row }) => row !== stage.row) }, 'stages')}
                  />
                ),
              })}
              onSortingChange={({ detail }) => change({ stages: [...detail.items] }, 'stages')}
            />
            <Button
              iconName="add-plus"
              disabled={draft.stages.length >= MAX_STAGES}
              disabledReason={texts.stagesLeft(MAX_STAGES)}
              onClick={() => change({ stages: [...draft.stages, newStage()] }, 'stages')}
            >
              {texts.addStage}
            </Button>
          </SpaceBetween>
        </FormField>
      </Container>
      {shared.length > 0 && (
        <Alert type="info" header={texts.sharedTitle}>
          {shared.map(({ accountId, stages, cicd }) => (
            <div key={accountId}>
              {cicd
                ? texts.sharedWithCicd(stages.join(', '), accountId)
                : texts.sharedStages(stages.join(', '), accountId)}
            </div>
          ))}
        </Alert>
      )}
    </SpaceBetween>
  );
}
