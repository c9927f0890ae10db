import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import { api, body, entityTag, type Schemas } from '../../api/client';
import { allEnvironmentsQuery } from '../../api/environments';
import { changePreviewQuery, recordOf } from '../../api/previews';
import { ApiProblem } from '../../api/problem';
import { keys, pipelineQuery } from '../../api/queries';
import { useNotify } from '../../components/notifications';
import { Loading, Page } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Time } from '../../live/Time';
import { common } from '../../texts/common';
import { conflict as conflictTexts, difference as differenceTexts, form as texts } from '../../texts/pipelineForm';
import { pipelines } from '../../texts/pipelines';
import { differences } from './differences';
import { DifferencesTable } from './DifferencesTable';
import { changeOf, definitionOf, definitionOfDraft, draftOf, rowsOf } from './draft';
import { type Clash, merge } from './merge';
import { PipelineWizard } from './PipelineWizard';
import { PreviewPanel } from './preview/PreviewPanel';

type Pipeline = Schemas['Pipeline'];

export default function EditPage() {
  const { pipelineId = '' } = useParams();
  const query = useQuery(pipelineQuery(pipelineId));
  const name = query.data?.name ?? pipelineId;
  return (
    <Page
      title={texts.editTitle(name)}
      breadcrumbs={[
        { text: pipelines.title, href: '/pipelines' },
        { text: name, href: `/pipelines/${pipelineId}` },
        { text: common.edit, href: `/pipelines/${pipelineId}/edit` },
      ]}
    >
      {query.data ? (
        // What others change meanwhile does not change the form under somebody's hands: saving finds it out.
        <Editor key={pipelineId} opened={query.data} />
      ) : query.error ? (
        <ProblemAlert error={query.error} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Editor({ opened }: { opened: Pipeline }) {
  const navigate = useNavigate();
  const notify = useNotify();
  const client = useQueryClient();
  const environments = useQuery(allEnvironmentsQuery).data?.items ?? [];
  const [base, setBase] = useState(opened);
  const [draft, setDraft] = useState(() => draftOf(opened));
  const [theirs, setTheirs] = useState<Pipeline | null>(null);
  const [clashes, setClashes] = useState<Clash[]>([]);

  const pipelineId = base.id;
  const before = definitionOf(base);
  const after = definitionOfDraft(draft);
  const changes = differences(before, after);
  const label = (id: string) => environments.find((environment) => environment.id === id)?.label ?? id;

  const change = useMutation({
    mutationFn: async () =>
      recordOf(
        await body(
          api.PATCH('/pipelines/{pipelineId}', {
            params: { path: { pipelineId }, header: { 'If-Match': entityTag(base.revision) } },
            body: changeOf(before, after),
          }),
        ),
      ),
    onSuccess: (pipeline) => {
      client.setQueryData(keys.pipeline(pipelineId), pipeline);
      void client.invalidateQueries({ queryKey: keys.pipelines });
      notify({ type: 'success', content: texts.saved(pipeline.name) });
      void navigate(`/pipelines/${pipelineId}`);
    },
    onError: async (error) => {
      if (error instanceof ApiProblem && error.status === 412) {
        setTheirs(await body(api.GET('/pipelines/{pipelineId}', { params: { path: { pipelineId } } })));
      }
    },
  });

  const goOnWith = (merged: ReturnType<typeof merge>) => {
    if (!theirs) return;
    setBase(theirs);
    setDraft({ ...draftOf(theirs), ...rowsOf(merged.definition) });
    setClashes(merged.clashes);
    setTheirs(null);
    change.reset();
  };
  const isConflict = change.error instanceof ApiProblem && change.error.status === 412;
  return (
    <PipelineWizard
      draft={draft}
      before={before}
      onChange={setDraft}
      review={() => (
        <SpaceBetween size="l">
          {theirs && (
            <Conflict
              before={base}
              theirs={theirs}
              label={label}
              onMerge={() => goOnWith(merge(before, after, definitionOf(theirs)))}
              onDiscard={() => goOnWith({ definition: definitionOf(theirs), clashes: [] })}
            />
          )}
          {clashes.length > 0 && <Clashes clashes={clashes} />}
          {changes.length > 0 ? (
            <>
              <DifferencesTable differences={changes} label={label} title={differenceTexts.title} />
              {!theirs && (
                <PreviewPanel query={changePreviewQuery(pipelineId, base.revision, changeOf(before, after))} />
              )}
            </>
          ) : (
            <Alert type="info">{texts.nothingChanged}</Alert>
          )}
        </SpaceBetween>
      )}
      reviewTitle={texts.reviewEdit}
      submitText={texts.save}
      submitting={change.isPending || change.isSuccess}
      // A conflict is explained by what the other person changed.
      error={isConflict && theirs ? null : change.error}
      onSubmit={async () => (changes.length > 0 ? change.mutateAsync() : undefined)}
      onCancel={() => void navigate(`/pipelines/${pipelineId}`)}
    />
  );
}

function Conflict({
  before,
  theirs,
  label,
  onMerge,
  onDiscard,
}: {
  before: Pipeline;
  theirs: Pipeline;
  label: (environmentId: string) => string;
  onMerge: () => void;
  onDiscard: () => void;
}) {
  const changed = differences(definitionOf(before), definitionOf(theirs));
  return (
    <Alert type="warning" header={conflictTexts.title}>
      <SpaceBetween size="m">
        <Box>
          {conflictTexts.changed(theirs.updatedBy ?? conflictTexts.unknownPerson)} <Time at={theirs.updatedAt} />.
        </Box>
        {changed.length > 0 ? (
          <DifferencesTable differences={changed} label={label} title={conflictTexts.theirs} />
        ) : (
          <Box>{conflictTexts.nothingVisible}</Box>
        )}
        <Box>{conflictTexts.mergeHint}</Box>
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" onClick={onMerge}>
            {conflictTexts.merge}
          </Button>
          <Button onClick={onDiscard}>{conflictTexts.discard}</Button>
        </SpaceBetween>
      </SpaceBetween>
    </Alert>
  );
}

function Clashes({ clashes }: { clashes: readonly Clash[] }) {
  const name = (clash: Clash) => {
    switch (clash.what) {
      case 'description':
        return conflictTexts.clash.description;
      case 'tag':
        return conflictTexts.clash.tag(clash.key);
      case 'stage':
        return conflictTexts.clash.stage(clash.name);
    }
  };
  return (
    <Alert type="warning">
      {conflictTexts.clashes}
      <ul className="problem-list">
        {clashes.map((clash) => (
          <li key={name(clash)}>{name(clash)}</li>
        ))}
      </ul>
    </Alert>
  );
}
