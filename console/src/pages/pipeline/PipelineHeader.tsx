import Button from '@cloudscape-design/components/button';
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNavigate } from 'react-router';

import { PageButton } from '../../components/navigation';
import { useNotify } from '../../components/notifications';
import { PipelineStatus } from '../../components/status';
import { pipeline as texts } from '../../texts/pipeline';
import { useRedeploy, useStartRun } from './actions';
import { Failed, Told } from './feedback';
import type { Pipeline } from './logic/types';
import { disabled, isOperator, whyNot } from './permissions';

function revisions({ revision, deployedRevision }: Pipeline): string {
  if (!deployedRevision) return texts.revisionFirst(revision);
  if (deployedRevision === revision) return texts.revisionDeployed(revision);
  return texts.revisionOnItsWay(revision, deployedRevision);
}

export function PipelineHeader({ pipeline }: { pipeline: Pipeline }) {
  const path = `/pipelines/${pipeline.id}`;
  const navigate = useNavigate();
  const notify = useNotify();
  const redeploy = useRedeploy(pipeline.id);
  const start = useStartRun(pipeline.id);
  const reason = whyNot(pipeline);

  const redeployNow = () =>
    redeploy.mutate(undefined, {
      onSuccess: ({ id }) =>
        notify({
          type: 'success',
          content: <Told text={texts.redeployed} href={`${path}/deployments/${id}`} link={texts.showDeployment} />,
        }),
    });
  const startRun = (stage: string | undefined) =>
    start.mutate(
      { stage },
      {
        onSuccess: ({ runId }) =>
          notify({
            type: 'success',
            content: <Told text={texts.started} href={`${path}/runs/${runId}`} link={texts.showRun} />,
          }),
      },
    );

  const more: ButtonDropdownProps.Item[] = [
    { id: 'redeploy', text: texts.redeploy, secondaryText: texts.redeployHint, ...disabled(reason) },
    // Deleting again resumes a deletion that failed.
    { id: 'delete', text: texts.delete, ...disabled(isOperator(pipeline) ? undefined : reason) },
  ];
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={
          // In a paragraph: nothing but what stands in a line.
          <span className="facts">
            <PipelineStatus status={pipeline.status} />
            <span>{revisions(pipeline)}</span>
            <span>{texts.team(pipeline.team)}</span>
          </span>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              items={more}
              loading={redeploy.isPending}
              expandToViewport
              onItemClick={({ detail }) => {
                if (detail.id === 'redeploy') redeployNow();
                else void navigate(`${path}/settings?delete=yes`);
              }}
            >
              {texts.actions}
            </ButtonDropdown>
            <PageButton href={`${path}/edit`} {...disabled(reason)}>
              {texts.edit}
            </PageButton>
            <StartButton pipeline={pipeline} loading={start.isPending} onStart={startRun} />
          </SpaceBetween>
        }
      >
        {pipeline.name}
      </Header>
      <Failed request={redeploy} />
      <Failed request={start} />
    </SpaceBetween>
  );
}

/** Starts the CodePipeline; in gitflow, that of a stage. */
function StartButton({
  pipeline,
  loading,
  onStart,
}: {
  pipeline: Pipeline;
  loading: boolean;
  onStart: (stage: string | undefined) => void;
}) {
  const reason = whyNot(pipeline) ?? (pipeline.deployedRevision ? undefined : texts.notThereReason);
  if (pipeline.strategy !== 'gitflow') {
    return (
      <Button variant="primary" loading={loading} onClick={() => onStart(undefined)} {...disabled(reason)}>
        {texts.start}
      </Button>
    );
  }
  return (
    <ButtonDropdown
      variant="primary"
      loading={loading}
      expandToViewport
      items={pipeline.stages.map(({ name }) => ({ id: name, text: name }))}
      onItemClick={({ detail }) => onStart(detail.id)}
      {...disabled(reason)}
    >
      {texts.start}
    </ButtonDropdown>
  );
}
