import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useQuery } from '@tanstack/react-query';

import type { changePreviewQuery, creationPreviewQuery, Preview } from '../../../api/previews';
import { Command } from '../../../components/Command';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { preview as texts } from '../../../texts/preview';
import { Files } from './Files';
import { Stack } from './Stack';

/** What a request would do, asked before it is sent. */
export function PreviewPanel({
  query,
}: {
  query: ReturnType<typeof creationPreviewQuery> | ReturnType<typeof changePreviewQuery>;
}) {
  // Both are read in one way; their keys differ.
  const { data, error, isFetching, refetch } = useQuery(query as ReturnType<typeof changePreviewQuery>);
  return (
    <SpaceBetween size="m">
      <Header
        variant="h2"
        description={texts.hint}
        actions={
          <Button iconName="refresh" loading={isFetching} onClick={() => void refetch()}>
            {texts.refresh}
          </Button>
        }
      >
        {texts.title}
      </Header>
      {data ? (
        <Shown preview={data} />
      ) : error ? (
        <ProblemAlert error={error} />
      ) : (
        <Box>
          <Spinner /> {texts.reading}
        </Box>
      )}
    </SpaceBetween>
  );
}

function Shown({ preview }: { preview: Preview }) {
  const { unchanged, problems, repository, stacks, orphans, takenOver } = preview;
  if (unchanged) return <Alert type="info">{texts.nothing}</Alert>;
  return (
    <SpaceBetween size="l">
      {problems.length > 0 ? <Problems problems={problems} /> : <Alert type="success">{texts.ready}</Alert>}
      {repository ? <Files repository={repository} /> : <Alert type="info">{texts.unread}</Alert>}
      {stacks.map((stack) => (
        <Stack key={stack.name} stack={stack} />
      ))}
      {orphans.length > 0 && (
        <Alert type="warning" header={texts.orphans}>
          <SpaceBetween size="xs">
            <Box>{texts.orphansHint}</Box>
            {orphans.map(({ stackName, accountId, command }) => (
              <div key={`${accountId}/${stackName}`}>
                {stackName} ({accountId})
                <Command text={command} what={texts.deletes(stackName)} />
              </div>
            ))}
          </SpaceBetween>
        </Alert>
      )}
      {takenOver.length > 0 && (
        <Alert type="info">{texts.takenOver(takenOver.map(({ stage }) => stage).join(', '))}</Alert>
      )}
    </SpaceBetween>
  );
}

function Problems({ problems }: { problems: Preview['problems'] }) {
  return (
    <Alert type="error" header={texts.problemsTitle(problems.length)}>
      <SpaceBetween size="s">
        {problems.map(({ code, detail, command }, index) => (
          <div key={index}>
            <Box variant="code">{code}</Box> <span className="as-written">{detail}</span>
            {command && <Command text={command} what={texts.fix} />}
          </div>
        ))}
        <Box>{texts.problemsHint}</Box>
      </SpaceBetween>
    </Alert>
  );
}
