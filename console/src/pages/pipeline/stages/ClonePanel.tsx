import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useRef, useState } from 'react';

import { api, body, idempotencyKey } from '../../../api/client';
import { ApiProblem } from '../../../api/problem';
import { Command } from '../../../components/Command';
import { PageLink } from '../../../components/navigation';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { useNow } from '../../../live/clock';
import { duration } from '../../../live/times';
import { common } from '../../../texts/common';
import { clone as texts } from '../../../texts/pipeline';
import { type CredentialForm, cloneCommandFor, credentialText, maskedText, remaining } from '../logic/credentials';
import type { Credentials, Pipeline } from '../logic/types';

const FORMS: CredentialForm[] = ['exports', 'powershell', 'profile', 'process'];
const INSTALL_COMMAND = 'pip install git-remote-codecommit';

/** How to clone the repository, and credentials for it. */
export function ClonePanel({ pipeline }: { pipeline: Pipeline }) {
  const { cloneCommand } = pipeline;
  return (
    <Container fitHeight header={<Header variant="h2">{texts.title}</Header>}>
      {cloneCommand ? (
        <SpaceBetween size="m">
          <FormField label={texts.cloneCommand} stretch>
            <Command text={cloneCommand} what={texts.theCommand} />
          </FormField>
          <FormField label={texts.needs} stretch>
            <Command text={INSTALL_COMMAND} what={texts.theInstallCommand} />
          </FormField>
          <CredentialsPart pipeline={pipeline} />
        </SpaceBetween>
      ) : (
        <Box color="text-body-secondary">{texts.noRepository(pipeline.team)}</Box>
      )}
    </Container>
  );
}

type Issued = { state: 'none' } | { state: 'asked' } | { state: 'shown'; credentials: Credentials } | Refused;
interface Refused {
  state: 'refused';
  error: unknown;
}

/**
 * Credentials are in this component's state alone, in no cache: they go with it, when the person leaves the page or signs out.
 */
function CredentialsPart({ pipeline }: { pipeline: Pipeline }) {
  const [issued, setIssued] = useState<Issued>({ state: 'none' });
  const asking = useRef<AbortController>(undefined);
  useEffect(() => () => asking.current?.abort(), []);

  const get = () => {
    const controller = new AbortController();
    asking.current?.abort();
    asking.current = controller;
    setIssued({ state: 'asked' });
    body(
      api.POST('/pipelines/{pipelineId}/credentials', {
        params: { path: { pipelineId: pipeline.id }, header: { 'Idempotency-Key': idempotencyKey() } },
        signal: controller.signal,
      }),
    ).then(
      (credentials) => setIssued({ state: 'shown', credentials }),
      (error: unknown) => {
        if (!controller.signal.aborted) setIssued({ state: 'refused', error });
      },
    );
  };
  return (
    <SpaceBetween size="s">
      {issued.state === 'refused' && <Refusal pipeline={pipeline} error={issued.error} />}
      {issued.state === 'shown' && (
        <Shown pipeline={pipeline} credentials={issued.credentials} onForget={() => setIssued({ state: 'none' })} />
      )}
      <Box color="text-body-secondary" fontSize="body-s">
        {texts.about}
      </Box>
      <Button iconName="key" loading={issued.state === 'asked'} onClick={get}>
        {issued.state === 'shown' ? texts.again : texts.get}
      </Button>
    </SpaceBetween>
  );
}

/** Why there are no credentials. Whose environment holds the repository decides about them. */
function Refusal({ pipeline, error }: { pipeline: Pipeline; error: unknown }) {
  const decided = error instanceof ApiProblem && (error.status === 403 || error.status === 409);
  return (
    <SpaceBetween size="xs">
      <ProblemAlert error={error} />
      {decided && (
        <Box>
          {texts.refused}{' '}
          <PageLink href={`/environments/${pipeline.cicdEnvironmentId}`}>{texts.showEnvironment}</PageLink>
        </Box>
      )}
    </SpaceBetween>
  );
}

function Shown({
  pipeline,
  credentials,
  onForget,
}: {
  pipeline: Pipeline;
  credentials: Credentials;
  onForget: () => void;
}) {
  const [form, setForm] = useState<CredentialForm>('exports');
  const [plain, setPlain] = useState(false);
  const profile = pipeline.name;
  const { cloneUrl } = pipeline;
  const left = useRemaining(credentials.Expiration);
  if (left.expired) {
    return <Alert type="warning">{texts.expired}</Alert>;
  }
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        selectedId={form}
        label={texts.formsLabel}
        options={FORMS.map((id) => ({ id, text: texts.forms[id] }))}
        onChange={({ detail }) => setForm(detail.selectedId as CredentialForm)}
      />
      <Box>{texts.formHints[form]}</Box>
      {form === 'profile' && cloneUrl && <Command text={cloneCommandFor(cloneUrl, profile)} what={texts.theCommand} />}
      <div className="secret">
        <pre className="monospace secret-text">
          {plain ? credentialText(credentials, form, profile) : maskedText(credentials, form, profile)}
        </pre>
      </div>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <CopyToClipboard
          textToCopy={credentialText(credentials, form, profile)}
          copyButtonText={texts.copy}
          copyButtonAriaLabel={common.copy(texts.theCredentials)}
          copySuccessText={common.copied}
          copyErrorText={common.copyFailed}
        />
        <Button onClick={() => setPlain(!plain)}>{plain ? texts.conceal : texts.show}</Button>
        <Button onClick={onForget}>{texts.hide}</Button>
      </SpaceBetween>
      <StatusIndicator type={left.short ? 'warning' : 'info'}>
        {texts.expires} {duration(new Date(0), new Date(left.ms))}
        {left.short && `. ${texts.short}`}
      </StatusIndicator>
    </SpaceBetween>
  );
}

function useRemaining(expiration: string) {
  return remaining(expiration, useNow());
}
