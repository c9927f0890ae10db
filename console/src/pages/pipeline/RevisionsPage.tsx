import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearchParams } from 'react-router';

import { PageLink } from '../../components/navigation';
import { usePageToken } from '../../components/pager';
import { RequestId } from '../../components/RequestId';
import { Time } from '../../live/Time';
import { audit } from '../../texts/environments';
import { revisions as texts } from '../../texts/pipeline';
import { HistoryTable } from './HistoryTable';
import type { Pipeline, Revision } from './logic/types';
import { QUESTION } from './navigation';
import { PipelinePart, usePipeline } from './PipelinePage';
import { revisionsQuery } from './queries';
import { RevisionDialog } from './RevisionDialog';

function columns(pipeline: Pipeline, address: (revision: number) => string): TableProps.ColumnDefinition<Revision>[] {
  return [
    {
      id: 'revision',
      header: texts.columns.revision,
      isRowHeader: true,
      minWidth: 130,
      cell: ({ revision }) => (
        <SpaceBetween direction="horizontal" size="xs">
          <PageLink href={address(revision)}>{texts.revision(revision)}</PageLink>
          {revision === pipeline.revision && <Badge>{texts.present}</Badge>}
          {revision === pipeline.deployedRevision && <Badge color="green">{texts.deployed}</Badge>}
        </SpaceBetween>
      ),
    },
    {
      id: 'changes',
      header: texts.columns.changes,
      minWidth: 220,
      cell: ({ changes }) => (
        <ul className="problem-list">
          {changes.map((change) => (
            <li key={change}>{change}</li>
          ))}
        </ul>
      ),
    },
    {
      id: 'how',
      header: texts.columns.restored,
      minWidth: 150,
      cell: ({ action, restored }) => {
        if (restored) return texts.restoredFrom(restored);
        return action ? audit.actions[action] : texts.unknown;
      },
    },
    { id: 'by', header: texts.columns.by, cell: ({ by }) => by },
    { id: 'at', header: texts.columns.at, minWidth: 130, cell: ({ at }) => <Time at={at} /> },
    {
      id: 'request',
      header: texts.columns.request,
      cell: ({ requestId }) => <RequestId id={requestId} />,
    },
  ];
}

/** The definitions that a pipeline had, newest first. One is compared with the present one, and restored. */
export default function RevisionsPage() {
  const pipeline = usePipeline();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const query = useQuery(revisionsQuery(pipeline.id, usePageToken()));
  const { data, isPlaceholderData } = query;
  const path = `/pipelines/${pipeline.id}/revisions`;

  const at = (revision: number | undefined) => {
    const next = new URLSearchParams(search);
    next.delete('revision');
    if (revision !== undefined) next.set('revision', String(revision));
    const query = next.toString();
    return query ? `${path}?${query}` : path;
  };
  const asked = search.get('revision');
  const shown = data?.items.find(({ revision }) => String(revision) === asked);
  return (
    <PipelinePart title={texts.title} crumbs={[{ text: texts.title, href: path }]}>
      <SpaceBetween size="m">
        <HistoryTable
          title={texts.title}
          description={texts.description}
          query={query}
          trackBy={({ revision }) => String(revision)}
          columns={columns(pipeline, at)}
          empty={<Box variant="h3">{texts.empty}</Box>}
        />
        {shown && (
          <RevisionDialog
            key={shown.revision}
            pipeline={pipeline}
            revision={shown}
            onDismiss={() => void navigate(at(undefined), QUESTION)}
          />
        )}
        {data && asked !== null && !shown && !isPlaceholderData && <Box>{texts.notKept(Number(asked))}</Box>}
      </SpaceBetween>
    </PipelinePart>
  );
}
