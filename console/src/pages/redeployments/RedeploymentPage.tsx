import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';

import { api, body, idempotencyKey, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';
import { redeploymentQuery } from '../../api/redeployments';
import { Dialog } from '../../components/Dialog';
import { PageButton } from '../../components/navigation';
import { useNotify } from '../../components/notifications';
import { Loading, Page } from '../../components/page';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { RedeploymentStatus } from '../../components/status';
import { Duration, Time } from '../../live/Time';
import { common } from '../../texts/common';
import { redeployments as texts } from '../../texts/redeployments';
import { useLabels } from './labels';
import { nameOf, percentOf } from './target';

export default function RedeploymentPage() {
  const { redeploymentId = '' } = useParams();
  const query = useQuery(redeploymentQuery(redeploymentId));
  const label = useLabels();
  const [asking, setAsking] = useState(false);
  const title = query.data ? nameOf(query.data.target, label) : redeploymentId;
  const running = query.data?.status === 'RUNNING';
  return (
    <Page
      title={title}
      breadcrumbs={[
        { text: texts.title, href: '/redeployments' },
        { text: title, href: `/redeployments/${redeploymentId}` },
      ]}
      header={
        <Header
          variant="h1"
          actions={
            query.data && (
              <Button disabled={!running} disabledReason={texts.ended} onClick={() => setAsking(true)}>
                {texts.cancel}
              </Button>
            )
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ProblemAlert error={readError(query)} />
        {query.isPending && <Loading />}
        {query.data && <Found redeployment={query.data} />}
      </SpaceBetween>
      {asking && <Cancel id={redeploymentId} onDismiss={() => setAsking(false)} />}
    </Page>
  );
}

function Found({ redeployment }: { redeployment: Schemas['Redeployment'] }) {
  const { failure, failed, executionUrl, startedAt, endedAt, cancelledBy, cancelledAt } = redeployment;
  return (
    <SpaceBetween size="l">
      {failure && (
        <Alert type="error" header={failure.error}>
          <span className="as-written">{failure.cause}</span>
        </Alert>
      )}
      {failed > 0 && (
        <Alert
          type="warning"
          header={texts.failedSome(failed)}
          action={<PageButton href="/pipelines?status=FAILED">{texts.failedPipelines}</PageButton>}
        >
          {texts.failedSomeHint}
        </Alert>
      )}
      <Progress redeployment={redeployment} />
      <Container header={<Header variant="h2">{texts.overview}</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: common.status, value: <RedeploymentStatus status={redeployment.status} /> },
            { label: texts.requestedAt, value: <Time at={redeployment.requestedAt} /> },
            { label: texts.requestedBy, value: redeployment.requestedBy },
            { label: texts.cause, value: texts.causes[redeployment.cause.kind] },
            { label: texts.duration, value: startedAt ? <Duration from={startedAt} to={endedAt} /> : common.none },
            { label: texts.id, value: redeployment.id },
            ...(cancelledBy && cancelledAt
              ? [{ label: texts.cancelledBy(cancelledBy), value: <Time at={cancelledAt} /> }]
              : []),
          ]}
        />
        {executionUrl && (
          <Box padding={{ top: 'm' }}>
            <Link href={executionUrl} external>
              {texts.execution}
            </Link>
          </Box>
        )}
      </Container>
    </SpaceBetween>
  );
}

function Progress({ redeployment }: { redeployment: Schemas['Redeployment'] }) {
  const { status, total, done, failed, cancelled, remaining } = redeployment;
  const percent = percentOf(redeployment);
  const ended = done + failed + cancelled;
  return (
    <Container header={<Header variant="h2">{texts.progress}</Header>}>
      <SpaceBetween size="l">
        <ProgressBar
          ariaLabel={texts.progress}
          value={percent ?? 0}
          status={status === 'RUNNING' ? 'in-progress' : status === 'SUCCEEDED' && failed === 0 ? 'success' : 'error'}
          additionalInfo={
            total === undefined || total === null
              ? texts.selecting
              : total === 0
                ? texts.nothing
                : texts.progressOf(ended, total)
          }
          resultText={<RedeploymentStatus status={status} />}
        />
        <KeyValuePairs
          columns={4}
          items={[
            { label: texts.counts.done, value: done },
            { label: texts.counts.failed, value: failed },
            { label: texts.counts.remaining, value: remaining },
            { label: texts.counts.cancelled, value: cancelled },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function Cancel({ id, onDismiss }: { id: string; onDismiss: () => void }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [key] = useState(idempotencyKey);
  const cancellation = useMutation({
    mutationFn: () =>
      body(
        api.POST('/redeployments/{redeploymentId}/cancellation', {
          params: { path: { redeploymentId: id }, header: { 'Idempotency-Key': key } },
        }),
      ),
    onSuccess: (redeployment) => {
      client.setQueryData(keys.redeployment(id), redeployment);
      // It may have ended before.
      notify(
        redeployment.cancelledAt
          ? { type: 'success', content: texts.cancelled }
          : { type: 'info', content: texts.ended },
      );
      onDismiss();
    },
  });
  return (
    <Dialog
      title={texts.cancelTitle}
      submit={texts.cancel}
      cancel={texts.keepGoing}
      loading={cancellation.isPending}
      onSubmit={() => cancellation.mutate()}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <Box>{texts.cancelEffect}</Box>
        <ProblemAlert error={cancellation.error} />
      </SpaceBetween>
    </Dialog>
  );
}
