import Box from '@cloudscape-design/components/box';
import type { TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';

import { PageLink } from '../../components/navigation';
import { usePageToken } from '../../components/pager';
import { RunStatus } from '../../components/status';
import { Duration, Time } from '../../live/Time';
import { common } from '../../texts/common';
import { runs as texts } from '../../texts/pipeline';
import { CommitId, Message } from './commits';
import { HistoryTable } from './HistoryTable';
import { hasEnded } from './logic/runs';
import type { Run } from './logic/types';
import { PipelinePart, usePipeline } from './PipelinePage';
import { runsQuery } from './queries';
import { Trigger } from './triggers';

function columns(path: string): TableProps.ColumnDefinition<Run>[] {
  return [
    {
      id: 'run',
      header: texts.columns.run,
      isRowHeader: true,
      cell: ({ runId }) => (
        <PageLink href={`${path}/runs/${runId}`}>
          <span className="monospace" title={runId}>
            {runId.slice(0, 8)}
          </span>
        </PageLink>
      ),
    },
    {
      id: 'status',
      header: texts.columns.status,
      minWidth: 145,
      cell: ({ status, stopReason }) => (
        <>
          <RunStatus status={status} />
          {stopReason && (
            <Box fontSize="body-s" color="text-body-secondary">
              {stopReason}
            </Box>
          )}
        </>
      ),
    },
    {
      id: 'commit',
      header: texts.columns.commit,
      minWidth: 220,
      cell: ({ commit }) => (commit ? <RunCommit commit={commit} /> : texts.noCommit),
    },
    { id: 'branch', header: texts.columns.branch, cell: ({ branch }) => branch },
    { id: 'trigger', header: texts.columns.trigger, cell: ({ trigger }) => <Trigger trigger={trigger} /> },
    {
      id: 'started',
      header: texts.columns.started,
      minWidth: 130,
      cell: ({ startedAt }) => (startedAt ? <Time at={startedAt} /> : common.none),
    },
    { id: 'duration', header: texts.columns.duration, minWidth: 120, cell: (run) => <RunDuration run={run} /> },
  ];
}

export function RunCommit({ commit }: { commit: NonNullable<Run['commit']> }) {
  return (
    <div>
      <CommitId id={commit.id} /> {commit.message && <Message text={commit.message} />}
      {commit.author && (
        <Box fontSize="body-s" color="text-body-secondary">
          {texts.by(commit.author)}
        </Box>
      )}
    </div>
  );
}

/** How long a run has taken. Of one that ended at a time that is not known, nothing is. */
export function RunDuration({ run }: { run: Run }) {
  const { startedAt, endedAt, status } = run;
  if (!startedAt || (!endedAt && hasEnded(status))) return <>{common.none}</>;
  return <Duration from={startedAt} to={endedAt} />;
}

/** The runs of a pipeline, newest first. */
export default function RunsPage() {
  const { id } = usePipeline();
  const query = useQuery(runsQuery(id, usePageToken()));
  const path = `/pipelines/${id}`;
  return (
    <PipelinePart title={texts.title} crumbs={[{ text: texts.title, href: `${path}/runs` }]}>
      <HistoryTable
        title={texts.title}
        description={texts.description}
        query={query}
        trackBy="runId"
        columns={columns(path)}
        empty={
          <Box textAlign="center" padding="l">
            <Box variant="h3">{texts.empty}</Box>
            {texts.emptyText}
          </Box>
        }
      />
    </PipelinePart>
  );
}
