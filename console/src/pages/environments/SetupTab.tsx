import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Tiles from '@cloudscape-design/components/tiles';
import { useState } from 'react';

import type { Schemas } from '../../api/client';
import { Command } from '../../components/Command';
import { useNotify } from '../../components/notifications';
import { ProblemAlert } from '../../components/ProblemAlert';
import { actsFor, usePerson } from '../../session/SessionContext';
import { environment as texts } from '../../texts/environments';
import { useVerification } from './useVerification';

type Environment = Schemas['Environment'];

/** What the account's owner runs, and the check whether it was run. */
export function SetupTab({ environment }: { environment: Environment }) {
  const mine = actsFor(usePerson(), environment.team);
  return (
    <SpaceBetween size="l">
      <Problems environment={environment} />
      {mine ? (
        <SpaceBetween size="l">
          <Commands environment={environment} />
          <Check environment={environment} />
        </SpaceBetween>
      ) : (
        <Alert type="info">{texts.notYours(environment.team)}</Alert>
      )}
    </SpaceBetween>
  );
}

function Problems({ environment }: { environment: Environment }) {
  if (environment.problems.length === 0) {
    return null;
  }
  // The commands below are these, and the one for the role goes by what was chosen there.
  const below = new Set(environment.setup);
  return (
    <Alert type="error" header={texts.problemsTitle}>
      <SpaceBetween size="m">
        {environment.problems.map(({ code, detail, command }) => (
          <SpaceBetween key={`${code} ${detail}`} size="xs">
            <Box>
              <Box variant="strong">{code}</Box>: <span className="as-written">{detail}</span>
            </Box>
            {command &&
              (below.has(command) ? (
                <Box>{texts.fixBelow}</Box>
              ) : (
                <>
                  <Box>{texts.fix}</Box>
                  <Command text={command} what={texts.command} />
                </>
              ))}
          </SpaceBetween>
        ))}
      </SpaceBetween>
    </Alert>
  );
}

function Commands({ environment }: { environment: Environment }) {
  const [bootstrap, plainRole] = environment.setup ?? [];
  const choices = environment.setupChoices ?? [];
  const [chosen, setChosen] = useState(environment.pipelines ?? 'NONE');
  const role = choices.find(({ pipelines }) => pipelines === chosen)?.command ?? plainRole;
  const ready = environment.status === 'READY';
  return (
    <Container
      header={
        <Header variant="h2" description={ready ? texts.ready : texts.notReady}>
          {ready ? texts.readyTitle : texts.notReadyTitle}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {bootstrap && (
          <SpaceBetween size="xs">
            <Header variant="h3" description={texts.bootstrapHint}>
              {texts.bootstrapTitle}
            </Header>
            <Command text={bootstrap} what={texts.command} />
          </SpaceBetween>
        )}
        {role && (
          <SpaceBetween size="s">
            <Header variant="h3" description={texts.roleHint}>
              {texts.roleTitle}
            </Header>
            {choices.length > 0 && (
              <Tiles
                ariaLabel={texts.roleTitle}
                value={chosen}
                columns={1}
                items={choices.map(({ pipelines, allows }) => ({
                  value: pipelines,
                  label:
                    pipelines === environment.pipelines
                      ? `${texts.choices[pipelines]} (${texts.choiceNow})`
                      : texts.choices[pipelines],
                  description: allows,
                }))}
                onChange={({ detail }) => setChosen(detail.value as Schemas['HostedPipelines'])}
              />
            )}
            <Command text={role} what={texts.command} />
            <Link href="/api/environment-template/latest" external>
              {texts.template}
            </Link>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Check({ environment }: { environment: Environment }) {
  const notify = useNotify();
  const check = useVerification(environment.id, () =>
    notify({ type: 'success', content: texts.nowReady(environment.label) }),
  );
  const ready = environment.status === 'READY';
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={texts.checkHint}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {check.watching ? (
                <Button onClick={check.stop}>{texts.stop}</Button>
              ) : (
                !ready && (
                  <Button onClick={check.watch} disabled={check.checking} variant="primary">
                    {texts.checkUntilReady}
                  </Button>
                )
              )}
              <Button onClick={check.once} loading={check.checking} loadingText={texts.checking}>
                {texts.check}
              </Button>
            </SpaceBetween>
          }
        >
          {texts.checkTitle}
        </Header>
      }
    >
      <SpaceBetween size="s">
        <div role="status">
          {check.checking ? (
            <StatusIndicator type="in-progress">{texts.checking}</StatusIndicator>
          ) : ready ? (
            <StatusIndicator type="success">{texts.readyTitle}</StatusIndicator>
          ) : check.watching ? (
            <StatusIndicator type="pending">{texts.nextCheck(check.secondsLeft)}</StatusIndicator>
          ) : check.ended ? (
            <StatusIndicator type="stopped">{texts.checkStopped}</StatusIndicator>
          ) : null}
        </div>
        <ProblemAlert error={check.error} />
      </SpaceBetween>
    </Container>
  );
}
