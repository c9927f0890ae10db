import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';

import { isMoving } from '../../api/queries';
import { PageButton } from '../../components/navigation';
import { useNotify } from '../../components/notifications';
import { Loading } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { RunStatus } from '../../components/status';
import { Duration, Time } from '../../live/Time';
import { common } from '../../texts/common';
import { graph as graphTexts, pipeline as pipelineTexts, runs as texts } from '../../texts/pipeline';
import { useRetryStage } from './actions';
import { Failed } from './feedback';
import { lanesOf } from './logic/graph';
import { failureOf, hasEnded, triesOf, type TriedAction } from './logic/runs';
import type { ActionStatus, Pipeline, RunAction, RunDetails, RunStage } from './logic/types';
import { LogEnd } from './LogEnd';
import { QUESTION } from './navigation';
import { disabled, whyNot } from './permissions';
import { PipelinePart, usePipeline } from './PipelinePage';
import { runQuery, runsQuery, stagesQuery } from './queries';
import { RunCommit, RunDuration } from './RunsPage';
import { StopDialog } from './StopDialog';
import { Trigger } from './triggers';

const LOOKS: Record<ActionStatus, StatusIndicatorProps.Type> = {
  IN_PROGRESS: 'in-progress',
  WAITING_FOR_APPROVAL: 'warning',
  SUCCEEDED: 'success',
  FAILED: 'error',
  STOPPED: 'stopped',
};

/** A run: its stages and actions with their times, why it failed, and the end of the failed build's log. */
export default function RunPage() {
  const pipeline = usePipeline();
  const { runId = '' } = useParams();
  const { data: run, error } = useQuery(runQuery(pipeline.id, runId));
  const path = `/pipelines/${pipeline.id}/runs`;
  const short = runId.slice(0, 8);
  return (
    <PipelinePart
      title={texts.run(short)}
      crumbs={[
        { text: pipelineTexts.tabs.runs, href: path },
        { text: short, href: `${path}/${runId}` },
      ]}
    >
      <SpaceBetween size="l">
        <ProblemAlert error={error} />
        {run ? <RunView pipeline={pipeline} run={run} /> : !error && <Loading />}
      </SpaceBetween>
    </PipelinePart>
  );
}

/** Why somebody stopped the run: of what CodePipeline says, only the list of runs has it. */
function useStopReason(pipelineId: string, run: RunDetails): string | undefined {
  const stopped = run.status === 'STOPPED' || run.status === 'STOPPING';
  const { data } = useQuery({ ...runsQuery(pipelineId), enabled: stopped && !run.stopReason });
  const listed = data?.items.find(({ runId }) => runId === run.runId);
  return run.stopReason ?? listed?.stopReason ?? undefined;
}

/** The stage to name to try again what failed in the run; none where CodePipeline would not try it. */
function useRetryable(pipeline: Pipeline, run: RunDetails): string | undefined {
  const failed = failureOf(run) !== undefined;
  const { data } = useQuery({ ...stagesQuery(pipeline.id, isMoving(pipeline)), enabled: failed });
  if (!data || !failed) return undefined;
  const nodes = lanesOf(pipeline, data, []).flatMap((lane) => lane.nodes);
  return nodes.find((node) => node.retryStage !== undefined && node.executionId === run.runId)?.retryStage;
}

function RunView({ pipeline, run }: { pipeline: Pipeline; run: RunDetails }) {
  const [search, setSearch] = useSearchParams();
  const notify = useNotify();
  const retry = useRetryStage(pipeline.id);
  const retryStage = useRetryable(pipeline, run);
  const stopReason = useStopReason(pipeline.id, run);
  const reason = whyNot(pipeline);
  const failed = failureOf(run) !== undefined;
  const ask = (stop: boolean) => setSearch(stop ? { stop: run.runId } : {}, QUESTION);
  const { commit } = run;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button href={run.consoleUrl} external target="_blank">
                  {texts.console}
                </Button>
                {failed && hasEnded(run.status) && (
                  <Button
                    iconName="refresh"
                    loading={retry.isPending}
                    onClick={() => {
                      if (retryStage === undefined) return;
                      retry.mutate(
                        { stage: retryStage },
                        { onSuccess: () => notify({ type: 'success', content: graphTexts.retried }) },
                      );
                    }}
                    {...disabled(reason ?? (retryStage === undefined ? texts.retryOvertaken : undefined))}
                  >
                    {texts.retry}
                  </Button>
                )}
                {run.status === 'IN_PROGRESS' && (
                  <Button onClick={() => ask(true)} {...disabled(reason)}>
                    {texts.stop}
                  </Button>
                )}
              </SpaceBetween>
            }
          >
            {texts.run(run.runId.slice(0, 8))}
          </Header>
        }
      >
        <SpaceBetween size="m">
          <Failed request={retry} />
          <KeyValuePairs
            columns={3}
            items={[
              { label: texts.columns.status, value: <RunStatus status={run.status} /> },
              { label: texts.columns.commit, value: commit ? <RunCommit commit={commit} /> : texts.noCommit },
              { label: texts.columns.trigger, value: <Trigger trigger={run.trigger} /> },
              { label: texts.columns.branch, value: run.branch },
              {
                label: texts.columns.started,
                value: run.startedAt ? <Time at={run.startedAt} /> : common.none,
              },
              { label: texts.columns.duration, value: <RunDuration run={run} /> },
              ...(stopReason !== undefined ? [{ label: texts.stopReason, value: stopReason }] : []),
              ...(run.detail && !failed ? [{ label: texts.detail, value: run.detail }] : []),
            ]}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{texts.stages}</Header>}>
        <SpaceBetween size="s">
          {run.stages.length === 0 && <Box color="text-body-secondary">{texts.noActions}</Box>}
          {run.stages.map((stage) => (
            <StageSection key={stage.name} pipeline={pipeline} stage={stage} />
          ))}
        </SpaceBetween>
      </Container>
      {search.get('stop') === run.runId && run.status === 'IN_PROGRESS' && (
        <StopDialog pipelineId={pipeline.id} runId={run.runId} onDismiss={() => ask(false)} />
      )}
    </SpaceBetween>
  );
}

/** A stage of the run; opened by itself where something goes on or failed. */
function StageSection({ pipeline, stage }: { pipeline: Pipeline; stage: RunStage }) {
  const { startedAt, endedAt, status } = stage;
  return (
    <ExpandableSection
      // A stage that begins or fails while one looks opens.
      key={status}
      defaultExpanded={status !== 'SUCCEEDED'}
      headingTagOverride="h3"
      headerText={
        <span className="facts">
          <span>{stage.name}</span>
          <StatusIndicator type={LOOKS[status]}>{texts.statuses[status]}</StatusIndicator>
          {startedAt && (
            <Box variant="span" color="text-body-secondary">
              <Duration from={startedAt} to={endedAt} />
            </Box>
          )}
        </span>
      }
    >
      <ol className="actions">
        {triesOf(stage).map((tried) => (
          <li key={tried.last.name}>
            <ActionView pipeline={pipeline} stage={stage} tried={tried} />
          </li>
        ))}
      </ol>
    </ExpandableSection>
  );
}

function ActionView({ pipeline, stage, tried }: { pipeline: Pipeline; stage: RunStage; tried: TriedAction }) {
  const { last, earlier } = tried;
  return (
    <SpaceBetween size="xs">
      <TryView action={last} numbered={earlier.length > 0} />
      {last.status === 'WAITING_FOR_APPROVAL' && stage.stage && (
        <PageButton href={`/pipelines/${pipeline.id}/stages?approve=${stage.stage}`}>{texts.review}</PageButton>
      )}
      {earlier.length > 0 && (
        <ExpandableSection headerText={texts.earlier(earlier.length)}>
          <SpaceBetween size="m">
            {earlier.map((action) => (
              <TryView key={action.attempt} action={action} numbered />
            ))}
          </SpaceBetween>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

/** One try of an action. */
function TryView({ action, numbered }: { action: RunAction; numbered: boolean }) {
  const { name, provider, attempt, status, startedAt, endedAt, summary, error, url, log } = action;
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <Box variant="strong">{name}</Box>
        <StatusIndicator type={LOOKS[status]}>{texts.statuses[status]}</StatusIndicator>
        <Box color="text-body-secondary">{provider}</Box>
        {numbered && <Box color="text-body-secondary">{texts.attempt(attempt)}</Box>}
        {startedAt && (
          <Box color="text-body-secondary">
            <Duration from={startedAt} to={endedAt} />
          </Box>
        )}
        {startedAt && (
          <Box color="text-body-secondary">
            <Time at={startedAt} />
          </Box>
        )}
        {url && (
          <Link href={url} external>
            {texts.actionLink}
          </Link>
        )}
      </SpaceBetween>
      {summary && !error && <span className="as-written">{summary}</span>}
      {status === 'FAILED' && (
        <Alert type="error" header={error?.code ?? texts.statuses.FAILED}>
          <span className="as-written">{error?.message ?? summary ?? texts.noError}</span>
        </Alert>
      )}
      {log && <LogEnd log={log} />}
    </SpaceBetween>
  );
}
