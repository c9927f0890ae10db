import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

import { isMoving } from '../../../api/queries';
import { AnswerApproval } from '../../../components/AnswerApproval';
import { useNotify } from '../../../components/notifications';
import { Loading } from '../../../components/page';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { common } from '../../../texts/common';
import { approvalDialog, graph as texts, pipeline as pipelineTexts } from '../../../texts/pipeline';
import { useRetryStage, useStartRun } from '../actions';
import { Failed, Told } from '../feedback';
import { lanesOf } from '../logic/graph';
import type { LiveStage, Pipeline, Schemas } from '../logic/types';
import { QUESTION } from '../navigation';
import { PipelinePart, usePipeline } from '../PipelinePage';
import { runsQuery, stagesQuery } from '../queries';
import { StopDialog } from '../StopDialog';
import { About } from './About';
import { ApprovalFacts } from './ApprovalFacts';
import { ClonePanel } from './ClonePanel';
import { Graph, type GraphActions } from './Graph';

/** The stages of a pipeline as a graph, and what one needs to work with its repository. */
export default function StagesPage() {
  const pipeline = usePipeline();
  return (
    <PipelinePart title={texts.title} crumbs={[]}>
      <SpaceBetween size="l">
        <Stages pipeline={pipeline} />
        <ColumnLayout columns={2}>
          <ClonePanel key={pipeline.id} pipeline={pipeline} />
          <About pipeline={pipeline} />
        </ColumnLayout>
      </SpaceBetween>
    </PipelinePart>
  );
}

/** What the person is asked, by the address: an answer to the approval of a stage, or why a run is to be stopped. */
function useQuestion() {
  const [search, setSearch] = useSearchParams();
  const go = (question: Record<string, string>) => setSearch(question, QUESTION);
  return {
    approve: search.get('approve'),
    reject: search.get('reject'),
    stop: search.get('stop'),
    ask: (name: 'approve' | 'reject' | 'stop', value: string) => go({ [name]: value }),
    close: () => go({}),
  };
}

function Stages({ pipeline }: { pipeline: Pipeline }) {
  const live = useQuery(stagesQuery(pipeline.id, isMoving(pipeline)));
  // They know who wrote the commits; without them, the graph lacks names only.
  const runs = useQuery(runsQuery(pipeline.id)).data?.items;
  const lanes = useMemo(() => (live.data ? lanesOf(pipeline, live.data, runs ?? []) : []), [pipeline, live.data, runs]);
  const question = useQuestion();
  const notify = useNotify();
  const retry = useRetryStage(pipeline.id);
  const start = useStartRun(pipeline.id);

  const tell = (text: string, runId: string) =>
    notify({
      type: 'success',
      content: <Told text={text} href={`/pipelines/${pipeline.id}/runs/${runId}`} link={pipelineTexts.showRun} />,
    });
  const actions: GraphActions = {
    answer: (stage, decision) => question.ask(decision === 'APPROVED' ? 'approve' : 'reject', stage),
    retry: (stage) => retry.mutate({ stage }, { onSuccess: ({ runId }) => tell(texts.retried, runId) }),
    retrying: retry.isPending ? retry.variables.stage : undefined,
    start: (stage) => start.mutate({ stage }, { onSuccess: ({ runId }) => tell(pipelineTexts.started, runId) }),
    stop: (runId) => question.ask('stop', runId),
  };
  const notThere = live.data?.stages.every(({ status }) => status === 'NOT_DEPLOYED') ?? false;
  return (
    <Container header={<Header variant="h2">{texts.title}</Header>}>
      <SpaceBetween size="m">
        <ProblemAlert error={live.error} />
        <Failed request={retry} />
        <Failed request={start} />
        {notThere && pipeline.status === 'DEPLOYING' && <Box color="text-body-secondary">{texts.notDeployed}</Box>}
        {live.data ? <Graph pipeline={pipeline} lanes={lanes} actions={actions} /> : live.isPending && <Loading />}
      </SpaceBetween>
      {live.data && question.approve !== null && (
        <Answer
          key={`approve ${question.approve}`}
          pipeline={pipeline}
          stages={live.data.stages}
          stage={question.approve}
          decision="APPROVED"
          onDismiss={question.close}
        />
      )}
      {live.data && question.reject !== null && (
        <Answer
          key={`reject ${question.reject}`}
          pipeline={pipeline}
          stages={live.data.stages}
          stage={question.reject}
          decision="REJECTED"
          onDismiss={question.close}
        />
      )}
      {question.stop !== null && (
        <StopDialog key={question.stop} pipelineId={pipeline.id} runId={question.stop} onDismiss={question.close} />
      )}
    </Container>
  );
}

/** Asks for an answer to the approval that waits in `stage`, or says that none does. */
function Answer({
  pipeline,
  stages,
  stage,
  decision,
  onDismiss,
}: {
  pipeline: Pipeline;
  stages: readonly LiveStage[];
  stage: string;
  decision: Schemas['Decision'];
  onDismiss: () => void;
}) {
  const live = stages.find(({ name }) => name === stage);
  if (!live?.approval) {
    return (
      <Modal visible onDismiss={onDismiss} closeAriaLabel={common.close} header={approvalDialog.nothingWaitsTitle}>
        <Alert type="info">{approvalDialog.nothingWaits(stage)}</Alert>
      </Modal>
    );
  }
  return (
    <AnswerApproval
      pipelineId={pipeline.id}
      pipelineName={pipeline.name}
      stage={stage}
      runId={live.approval.runId}
      decision={decision}
      onDismiss={onDismiss}
    >
      <ApprovalFacts pipeline={pipeline} stage={live} approval={live.approval} />
    </AnswerApproval>
  );
}
