import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Icon, { type IconProps } from '@cloudscape-design/components/icon';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';

import { ApiProblem } from '../../api/problem';
import { PageButton, PageLink, useFollow } from '../../components/navigation';
import { Loading } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Time } from '../../live/Time';
import { common } from '../../texts/common';
import { files as texts } from '../../texts/pipeline';
import { CommitId, Message } from './commits';
import { crumbsOf, formatSize, linesOf, parentOf } from './logic/files';
import type { Branch, Browsed, FileMode, Pipeline, Schemas } from './logic/types';
import { PipelinePart, usePipeline } from './PipelinePage';
import { branchesQuery, filesQuery } from './queries';

const MAIN = 'main';
/** More lines than this make a page slow. */
const LINES_AT_FIRST = 2000;

const ICONS: Record<FileMode, IconProps.Name> = {
  FOLDER: 'folder',
  FILE: 'file',
  EXECUTABLE: 'script',
  SYMLINK: 'arrow-right',
  SUBMODULE: 'share',
};

interface Place {
  branch: string;
  path: string;
}

function addressOf(pipeline: Pipeline, { branch, path }: Place): string {
  const search = new URLSearchParams();
  if (branch !== MAIN) search.set('branch', branch);
  if (path !== '') search.set('path', path);
  const query = search.toString();
  return `/pipelines/${pipeline.id}/files${query && `?${query}`}`;
}

/** The repository's files, branch by branch. */
export default function FilesPage() {
  const pipeline = usePipeline();
  const [search] = useSearchParams();
  const place = { branch: search.get('branch') ?? MAIN, path: search.get('path') ?? '' };
  return (
    <PipelinePart
      title={place.path || texts.title}
      crumbs={[{ text: texts.title, href: addressOf(pipeline, { branch: MAIN, path: '' }) }]}
    >
      {pipeline.repositoryName ? (
        <Repository pipeline={pipeline} place={place} />
      ) : (
        <Alert type="info">{texts.noRepository(pipeline.team)}</Alert>
      )}
    </PipelinePart>
  );
}

function Repository({ pipeline, place }: { pipeline: Pipeline; place: Place }) {
  const branches = useQuery(branchesQuery(pipeline.id)).data?.items;
  const { data, error } = useQuery(filesQuery(pipeline.id, place.branch, place.path));
  return (
    <Container
      header={
        <Header variant="h2" description={<Head branch={branches?.find(({ name }) => name === place.branch)} />}>
          {texts.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <BranchChoice pipeline={pipeline} place={place} branches={branches ?? []} />
        <PathCrumbs pipeline={pipeline} place={place} />
        {data ? (
          <Content pipeline={pipeline} place={place} found={data} />
        ) : error ? (
          <NotShown pipeline={pipeline} place={place} error={error} />
        ) : (
          <Loading />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Head({ branch }: { branch: Branch | undefined }) {
  if (!branch) return null;
  const { commitId, message, author, committedAt } = branch;
  return (
    <>
      <CommitId id={commitId} /> <Message text={message} /> {author && texts.by(author)}{' '}
      {committedAt && <Time at={committedAt} />}
    </>
  );
}

function BranchChoice({
  pipeline,
  place,
  branches,
}: {
  pipeline: Pipeline;
  place: Place;
  branches: readonly Branch[];
}) {
  const follow = useFollow();
  const options = branches.map(({ name, stages }) => ({
    value: name,
    label: name,
    description: stages.length > 0 ? texts.branchStages(stages) : texts.branchPlain,
  }));
  return (
    <FormField label={texts.branch}>
      <Select
        selectedOption={
          options.find(({ value }) => value === place.branch) ?? { value: place.branch, label: place.branch }
        }
        options={options}
        filteringType={options.length > 10 ? 'auto' : 'none'}
        expandToViewport
        onChange={({ detail }) => {
          const branch = detail.selectedOption.value;
          if (branch === undefined) return;
          const href = addressOf(pipeline, { branch, path: place.path });
          follow({ preventDefault: () => undefined, detail: { href } });
        }}
      />
    </FormField>
  );
}

function PathCrumbs({ pipeline, place }: { pipeline: Pipeline; place: Place }) {
  const follow = useFollow();
  const { branch, path } = place;
  return (
    <BreadcrumbGroup
      ariaLabel={texts.path}
      onFollow={follow}
      items={[{ name: pipeline.repositoryName ?? texts.root, path: '' }, ...crumbsOf(path)].map((crumb) => ({
        text: crumb.name,
        href: addressOf(pipeline, { branch, path: crumb.path }),
      }))}
    />
  );
}

function NotShown({ pipeline, place, error }: { pipeline: Pipeline; place: Place; error: unknown }) {
  const status = error instanceof ApiProblem ? error.status : undefined;
  if (status === 413) return <Alert type="info">{texts.tooLarge}</Alert>;
  if (status === 404) {
    return (
      <Alert
        type="info"
        header={texts.notFoundTitle}
        action={<PageButton href={addressOf(pipeline, { branch: place.branch, path: '' })}>{texts.toRoot}</PageButton>}
      >
        {texts.notFound}
      </Alert>
    );
  }
  return <ProblemAlert error={error} />;
}

function Content({ pipeline, place, found }: { pipeline: Pipeline; place: Place; found: Browsed }) {
  if (found.type === 'folder') return <Folder pipeline={pipeline} place={place} entries={found.entries} />;
  return <FileView key={`${found.branch} ${found.path}`} path={found.path} file={found} />;
}

function Folder({
  pipeline,
  place,
  entries,
}: {
  pipeline: Pipeline;
  place: Place;
  entries: readonly Schemas['FolderEntry'][];
}) {
  const columns: TableProps.ColumnDefinition<Schemas['FolderEntry']>[] = [
    {
      id: 'name',
      header: texts.name,
      isRowHeader: true,
      cell: ({ name, path, mode }) => (
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <Icon name={ICONS[mode]} />
          {mode === 'SUBMODULE' ? (
            name
          ) : (
            <PageLink href={addressOf(pipeline, { branch: place.branch, path })}>{name}</PageLink>
          )}
        </SpaceBetween>
      ),
    },
    { id: 'kind', header: texts.kind, cell: ({ mode }) => texts.modes[mode] },
  ];
  return (
    <SpaceBetween size="xs">
      {place.path !== '' && (
        <PageButton
          variant="inline-link"
          iconName="angle-up"
          href={addressOf(pipeline, { branch: place.branch, path: parentOf(place.path) })}
        >
          {texts.up}
        </PageButton>
      )}
      <Table
        variant="embedded"
        ariaLabels={{ tableLabel: place.path || texts.root }}
        items={entries}
        trackBy="path"
        columnDefinitions={columns}
        empty={texts.emptyFolder}
      />
    </SpaceBetween>
  );
}

function FileView({ path, file }: { path: string; file: Extract<Browsed, { type: 'file' }> }) {
  const { mode, size, encoding, content } = file;
  const [all, setAll] = useState(false);
  const lines = useMemo(() => linesOf(content), [content]);
  const facts = `${texts.modes[mode]}, ${formatSize(size)}`;
  if (mode === 'SYMLINK') {
    return (
      <Box>
        {texts.pointsTo} <Box variant="code">{content}</Box>
      </Box>
    );
  }
  if (encoding !== 'utf-8') {
    return (
      <Alert type="info" header={facts}>
        {texts.binary}
      </Alert>
    );
  }
  if (lines.length === 0) return <Box color="text-body-secondary">{texts.emptyFile}</Box>;
  const shown = all ? lines : lines.slice(0, LINES_AT_FIRST);
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <Box color="text-body-secondary">
          {facts}, {texts.lines(lines.length)}
        </Box>
        <CopyToClipboard
          variant="icon"
          textToCopy={content}
          copyButtonAriaLabel={common.copy(texts.theContent)}
          copySuccessText={common.copied}
          copyErrorText={common.copyFailed}
        />
      </SpaceBetween>
      {/* What scrolls must take the focus, so that the arrow keys scroll it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="file-view monospace" role="group" tabIndex={0} aria-label={texts.content(path)}>
        <pre className="file-numbers monospace" aria-hidden="true">
          {shown.map((_, index) => index + 1).join('\n')}
        </pre>
        <pre className="monospace">{shown.join('\n')}</pre>
      </div>
      {shown.length < lines.length && (
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <Box>{texts.long(shown.length, lines.length)}</Box>
          <Button onClick={() => setAll(true)}>{texts.showAll}</Button>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
