import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { Dialog } from '../../components/Dialog';
import { useNotify } from '../../components/notifications';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Time } from '../../live/Time';
import { revisions as texts } from '../../texts/pipeline';
import { differences } from '../pipeline-form/differences';
import { DifferencesTable } from '../pipeline-form/DifferencesTable';
import { definitionOf } from '../pipeline-form/draft';
import { useRestore } from './actions';
import type { Pipeline, Revision } from './logic/types';
import { whyNot } from './permissions';

/** Shows what an earlier revision would change in the present one, and restores it. Mount it to ask, and unmount it when it is dismissed. */
export function RevisionDialog({
  pipeline,
  revision,
  onDismiss,
}: {
  pipeline: Pipeline;
  revision: Revision;
  onDismiss: () => void;
}) {
  const notify = useNotify();
  const restore = useRestore(pipeline.id);
  const changes = differences(definitionOf(pipeline), definitionOf(revision));
  const stages = [...pipeline.stages, ...revision.stages];
  const label = (id: string) =>
    stages.find((stage) => stage.environmentId === id && stage.environmentLabel)?.environmentLabel ?? id;

  const submit = () => {
    restore.mutate(
      { revision: revision.revision, present: pipeline.revision },
      {
        onSuccess: () => {
          notify({ type: 'success', content: texts.restored(revision.revision) });
          onDismiss();
        },
      },
    );
  };
  return (
    <Dialog
      title={texts.revision(revision.revision)}
      submit={texts.restore}
      loading={restore.isPending}
      problem={whyNot(pipeline) ?? (changes.length === 0 ? texts.theSame : undefined)}
      onSubmit={submit}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <Box>
          {revision.by}, <Time at={revision.at} />
        </Box>
        {changes.length === 0 ? (
          <Box>{texts.theSame}</Box>
        ) : (
          <>
            <DifferencesTable differences={changes} label={label} title={texts.differences} />
            <Box>{texts.effect(revision.revision)}</Box>
          </>
        )}
        <ProblemAlert error={restore.error} />
      </SpaceBetween>
    </Dialog>
  );
}
