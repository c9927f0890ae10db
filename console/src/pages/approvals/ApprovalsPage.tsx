import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, body, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';
import { allPipelinesQuery, type Waiting, waitingOf, waitsFor } from '../../api/waiting';
import { AnswerApproval } from '../../components/AnswerApproval';
import { PageLink } from '../../components/navigation';
import { Page } from '../../components/page';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { Time } from '../../live/Time';
import { usePerson } from '../../session/SessionContext';
import { approvalTexts } from '../../texts/actions';
import { approvals as texts } from '../../texts/approvals';

interface Answering {
  waiting: Waiting;
  decision: Schemas['Decision'];
}

const columns: TableProps.ColumnDefinition<Waiting>[] = [
  {
    id: 'pipeline',
    header: texts.columns.pipeline,
    isRowHeader: true,
    cell: ({ pipeline }) => <PageLink href={`/pipelines/${pipeline.id}`}>{pipeline.name}</PageLink>,
  },
  { id: 'stage', header: texts.columns.stage, cell: ({ approval }) => approval.stage },
  { id: 'since', header: texts.columns.since, cell: ({ approval }) => <Time at={approval.since} /> },
  { id: 'team', header: texts.columns.team, cell: ({ approval }) => approval.team },
  {
    id: 'run',
    header: texts.columns.run,
    cell: ({ pipeline, approval }) => (
      <PageLink href={`/pipelines/${pipeline.id}/runs/${approval.runId}`}>{texts.run}</PageLink>
    ),
  },
];

/** What the run that waits delivers, so that nobody answers blindly. */
function Delivered({ waiting: { pipeline, approval } }: { waiting: Waiting }) {
  const { data } = useQuery({
    queryKey: [...keys.pipeline(pipeline.id), 'runs', approval.runId],
    queryFn: ({ signal }) =>
      body(
        api.GET('/pipelines/{pipelineId}/runs/{runId}', {
          params: { path: { pipelineId: pipeline.id, runId: approval.runId } },
          signal,
        }),
      ),
  });
  const commit = data?.commit;
  if (!data) {
    return null;
  }
  return (
    <div>
      <Box variant="awsui-key-label">{texts.commit}</Box>
      {commit ? (
        <>
          <Box variant="code">{commit.id.slice(0, 8)}</Box> <span className="as-written">{commit.message}</span>{' '}
          {commit.author && <i>({commit.author})</i>}
        </>
      ) : (
        texts.noCommit
      )}
    </div>
  );
}

export default function ApprovalsPage() {
  const person = usePerson();
  const query = useQuery(allPipelinesQuery);
  const [answering, setAnswering] = useState<Answering | null>(null);
  const all = waitingOf(query.data?.items ?? []);
  const mine = all.filter(({ approval }) => waitsFor(person, approval));
  const others = all.filter(({ approval }) => !waitsFor(person, approval));
  const key = ({ pipeline, approval }: Waiting) => `${pipeline.id} ${approval.stage} ${approval.runId}`;
  const answer: TableProps.ColumnDefinition<Waiting> = {
    id: 'actions',
    header: texts.columns.actions,
    cell: (waiting) => (
      <SpaceBetween direction="horizontal" size="xs">
        {(['APPROVED', 'REJECTED'] as const).map((decision) => {
          const text = decision === 'APPROVED' ? approvalTexts.approve : approvalTexts.reject;
          return (
            <Button
              key={decision}
              ariaLabel={`${text}: ${waiting.pipeline.name}, ${waiting.approval.stage}`}
              onClick={() => setAnswering({ waiting, decision })}
            >
              {text}
            </Button>
          );
        })}
      </SpaceBetween>
    ),
  };
  return (
    <Page
      title={texts.title}
      breadcrumbs={[{ text: texts.title, href: '/approvals' }]}
      header={
        <Header variant="h1" description={texts.description}>
          {texts.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ProblemAlert error={readError(query)} />
        {query.data && !query.data.complete && <Alert type="warning">{texts.incomplete}</Alert>}
        <Table
          header={
            <Header variant="h2" counter={`(${mine.length})`}>
              {texts.yours}
            </Header>
          }
          items={mine}
          trackBy={key}
          loading={query.isPending}
          columnDefinitions={[...columns, answer]}
          ariaLabels={{ tableLabel: texts.yours }}
          empty={
            <Box textAlign="center" padding="m">
              <Box variant="strong">{texts.nothing}</Box>
              <Box color="text-body-secondary">{texts.nothingHint}</Box>
            </Box>
          }
        />
        {others.length > 0 && (
          <Table
            header={
              <Header variant="h2" counter={`(${others.length})`}>
                {texts.others}
              </Header>
            }
            items={others}
            trackBy={key}
            columnDefinitions={columns}
            ariaLabels={{ tableLabel: texts.others }}
          />
        )}
      </SpaceBetween>
      {answering && (
        <AnswerApproval
          pipelineId={answering.waiting.pipeline.id}
          pipelineName={answering.waiting.pipeline.name}
          stage={answering.waiting.approval.stage}
          runId={answering.waiting.approval.runId}
          decision={answering.decision}
          onDismiss={() => setAnswering(null)}
        >
          <Delivered waiting={answering.waiting} />
        </AnswerApproval>
      )}
    </Page>
  );
}
