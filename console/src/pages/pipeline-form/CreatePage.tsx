import Button from '@cloudscape-design/components/button';
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, body } from '../../api/client';
import { allEnvironmentsQuery } from '../../api/environments';
import { recordOf } from '../../api/previews';
import { keys, meQuery } from '../../api/queries';
import { useIdempotencyKey } from '../../components/idempotency';
import { useNotify } from '../../components/notifications';
import { Page } from '../../components/page';
import { usePerson } from '../../session/SessionContext';
import { form as texts } from '../../texts/pipelineForm';
import { pipelines } from '../../texts/pipelines';
import { creationOf, type Draft, emptyDraft } from './draft';
import { forgetDraft, keepDraft, keptDraft } from './kept';
import { PipelineWizard } from './PipelineWizard';
import { Review } from './Review';

export default function CreatePage() {
  const person = usePerson();
  const navigate = useNavigate();
  const notify = useNotify();
  const client = useQueryClient();
  const keyOf = useIdempotencyKey();
  const environments = useQuery(allEnvironmentsQuery).data?.items ?? [];

  const fresh = () => emptyDraft(person.teams.length === 1 && !person.administrator ? (person.teams[0] ?? '') : '');
  // What was typed outlives a visit to another page, and signing in again.
  const [left, setLeft] = useState(keptDraft);
  const [draft, setDraft] = useState<Draft>(() => left ?? fresh());
  const change = (changed: Draft) => {
    setDraft(changed);
    keepDraft(changed);
  };

  const creation = useMutation({
    mutationFn: async () => {
      const wanted = creationOf(draft);
      const header = { 'Idempotency-Key': keyOf(wanted) };
      return recordOf(await body(api.POST('/pipelines', { params: { header }, body: wanted })));
    },
    onSuccess: (pipeline) => {
      forgetDraft();
      client.setQueryData(keys.pipeline(pipeline.id), pipeline);
      void client.invalidateQueries({ queryKey: keys.pipelines });
      notify({ type: 'success', content: texts.created(pipeline.name) });
      void navigate(`/pipelines/${pipeline.id}`, { replace: true });
    },
  });

  const quota = useQuery(meQuery).data?.pipelines.find(({ team }) => team === draft.team);
  const startAnew = () => {
    forgetDraft();
    setDraft(fresh());
    setLeft(undefined);
    creation.reset();
    void navigate({ search: '' });
  };
  return (
    <Page
      title={texts.createTitle}
      breadcrumbs={[
        { text: pipelines.title, href: '/pipelines' },
        { text: texts.createTitle, href: '/pipelines/new' },
      ]}
    >
      <SpaceBetween size="m">
        {left && (
          <Alert type="info" action={<Button onClick={startAnew}>{texts.startAnew}</Button>}>
            {texts.draftKept}
          </Alert>
        )}
        {quota && quota.count >= quota.limit && (
          <Alert type="warning">{texts.quotaReached(quota.team, quota.limit)}</Alert>
        )}
        <PipelineWizard
          draft={draft}
          onChange={change}
          review={(goTo) => <Review draft={draft} environments={environments} goTo={goTo} />}
          reviewTitle={texts.reviewCreate}
          submitText={texts.create}
          submitting={creation.isPending || creation.isSuccess}
          error={creation.error}
          onSubmit={() => creation.mutateAsync()}
          onCancel={() => {
            forgetDraft();
            void navigate('/pipelines');
          }}
        />
      </SpaceBetween>
    </Page>
  );
}
