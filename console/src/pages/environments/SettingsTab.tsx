import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, body, done, entityTag, type Schemas } from '../../api/client';
import { pipelinesOfEnvironmentQuery } from '../../api/environments';
import { ApiProblem } from '../../api/problem';
import { keys } from '../../api/queries';
import { Dialog } from '../../components/Dialog';
import { PageLink } from '../../components/navigation';
import { useNotify } from '../../components/notifications';
import { ProblemAlert } from '../../components/ProblemAlert';
import { actsFor, usePerson } from '../../session/SessionContext';
import { common } from '../../texts/common';
import { environment as texts, linking } from '../../texts/environments';
import { changedMembers, changeOf, onTopOf, placeByMember, type Settings, settingsOf, withTyped } from './settings';
import {
  ApprovalField,
  BootstrapFields,
  CredentialsField,
  InvitedTeamsField,
  LabelField,
  SelfMutationField,
} from './SettingsFields';
import { Withdrawn } from './Withdrawn';

type Environment = Schemas['Environment'];

const MEMBER_NAMES: Record<keyof Settings, string> = {
  label: linking.label,
  invitedTeams: linking.invited,
  approval: linking.approval,
  selfMutation: linking.selfMutation,
  credentials: linking.credentials,
  permissionsBoundary: linking.boundary,
  bootstrapQualifier: linking.qualifier,
};

function written(value: Settings[keyof Settings]): string {
  return (Array.isArray(value) ? value.join(', ') : value) || common.none;
}

export function SettingsTab({ environment }: { environment: Environment }) {
  const mine = actsFor(usePerson(), environment.team);
  return (
    <SpaceBetween size="l">
      {!mine && <Alert type="info">{texts.settingsNotYours(environment.team)}</Alert>}
      <Editor key={environment.id} opened={environment} disabled={!mine} />
      {mine && <Unlink environment={environment} />}
    </SpaceBetween>
  );
}

function Editor({ opened, disabled }: { opened: Environment; disabled: boolean }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [base, setBase] = useState(opened);
  const [settings, setSettings] = useState(() => settingsOf(opened));
  const [typed, setTyped] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [theirs, setTheirs] = useState<Environment | null>(null);
  const [withdrawn, setWithdrawn] = useState<Schemas['Withdrawn'] | null>(null);

  const before = settingsOf(base);
  const wanted = withTyped(settings, typed);
  const changed = changedMembers(before, wanted);
  const takenBack = before.invitedTeams.filter((team) => !wanted.invitedTeams.includes(team));
  const environmentId = base.id;

  const save = useMutation({
    mutationFn: () =>
      body(
        api.PATCH('/environments/{environmentId}', {
          params: { path: { environmentId }, header: { 'If-Match': entityTag(base.revision) } },
          body: changeOf(before, wanted),
        }),
      ),
    onSuccess: ({ withdrawn: left, ...environment }) => {
      client.setQueryData(keys.environment(environmentId), environment);
      void client.invalidateQueries({ queryKey: keys.environments });
      void client.invalidateQueries({ queryKey: keys.pipelines });
      setBase(environment);
      setSettings(settingsOf(environment));
      setTyped('');
      setWithdrawn(left ?? null);
      const started = environment.redeploymentId !== base.redeploymentId && environment.redeploymentId;
      notify({
        type: 'success',
        content: started ? (
          <>
            {texts.saved} {texts.savedRedeployment}{' '}
            <PageLink href={`/redeployments/${started}`} color="inverted">
              {texts.followRedeployment}
            </PageLink>
          </>
        ) : (
          texts.saved
        ),
      });
    },
    onError: async (error) => {
      if (!(error instanceof ApiProblem)) return;
      setProblems(placeByMember(error.errors, Object.keys(MEMBER_NAMES)).fields);
      if (error.status === 412) {
        setTheirs(await body(api.GET('/environments/{environmentId}', { params: { path: { environmentId } } })));
      }
    },
  });

  const goOnWith = (next: (theirs: Environment) => Settings) => {
    if (!theirs) return;
    setSettings(next(theirs));
    setTyped('');
    setBase(theirs);
    setTheirs(null);
    save.reset();
  };
  const fields = {
    settings,
    problems,
    disabled,
    change: (patch: Partial<Settings>) => {
      setSettings((present) => ({ ...present, ...patch }));
      setProblems((present) => Object.fromEntries(Object.entries(present).filter(([name]) => !(name in patch))));
    },
  };
  const unplaced =
    save.error instanceof ApiProblem ? placeByMember(save.error.errors, Object.keys(MEMBER_NAMES)).unplaced : [];
  const isConflict = save.error instanceof ApiProblem && save.error.status === 412;
  return (
    <SpaceBetween size="l">
      {withdrawn && <Withdrawn withdrawn={withdrawn} onDismiss={() => setWithdrawn(null)} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (changed.length > 0 && !save.isPending) {
            setProblems({});
            save.mutate();
          }
        }}
      >
        <Form
          actions={
            !disabled && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  variant="link"
                  formAction="none"
                  disabled={changed.length === 0}
                  onClick={() => {
                    setSettings(before);
                    setTyped('');
                    setProblems({});
                    save.reset();
                  }}
                >
                  {texts.reset}
                </Button>
                <Button variant="primary" loading={save.isPending} disabled={changed.length === 0 || theirs !== null}>
                  {texts.save}
                </Button>
              </SpaceBetween>
            )
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">{texts.settingsTitle}</Header>}>
              <SpaceBetween size="l">
                <LabelField {...fields} />
                <InvitedTeamsField {...fields} typed={typed} setTyped={setTyped} />
                <ApprovalField {...fields} />
                <CredentialsField {...fields} />
                <SelfMutationField {...fields} />
                <BootstrapFields {...fields} />
              </SpaceBetween>
            </Container>
            {takenBack.length > 0 && (
              <Alert type="warning" header={texts.withdrawTitle(takenBack.join(', '))}>
                {texts.withdrawEffect}
              </Alert>
            )}
            {theirs && (
              <Alert type="warning" header={texts.conflictTitle}>
                <SpaceBetween size="s">
                  <Box>{texts.conflict}</Box>
                  <ul className="problem-list">
                    {changedMembers(before, settingsOf(theirs)).map((member) => (
                      <li key={member}>
                        {MEMBER_NAMES[member]}: {written(before[member])} → {written(settingsOf(theirs)[member])}
                      </li>
                    ))}
                  </ul>
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button
                      formAction="none"
                      onClick={() => goOnWith((present) => onTopOf(before, wanted, settingsOf(present)))}
                    >
                      {texts.goOn}
                    </Button>
                    <Button formAction="none" onClick={() => goOnWith(settingsOf)}>
                      {texts.discard}
                    </Button>
                  </SpaceBetween>
                </SpaceBetween>
              </Alert>
            )}
            {!(isConflict && theirs) && <ProblemAlert error={save.error} placed={{ fields: problems, unplaced }} />}
          </SpaceBetween>
        </Form>
      </form>
    </SpaceBetween>
  );
}

function Unlink({ environment }: { environment: Environment }) {
  const users = useQuery(pipelinesOfEnvironmentQuery(environment.id)).data?.items.length ?? 0;
  const [asking, setAsking] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={texts.unlinkHint}
          actions={
            <Button disabled={users > 0} disabledReason={texts.unlinkInUse(users)} onClick={() => setAsking(true)}>
              {texts.unlink}
            </Button>
          }
        >
          {texts.unlinkTitle}
        </Header>
      }
    >
      {users > 0 ? texts.unlinkInUse(users) : null}
      {asking && <ConfirmUnlink environment={environment} onDismiss={() => setAsking(false)} />}
    </Container>
  );
}

function ConfirmUnlink({ environment, onDismiss }: { environment: Environment; onDismiss: () => void }) {
  const { id: environmentId, label } = environment;
  const [typed, setTyped] = useState('');
  const navigate = useNavigate();
  const notify = useNotify();
  const client = useQueryClient();
  const unlink = useMutation({
    mutationFn: () =>
      done(
        api.DELETE('/environments/{environmentId}', {
          params: { path: { environmentId }, header: { 'If-Match': entityTag(environment.revision) } },
        }),
      ),
    onSuccess: async () => {
      notify({ type: 'success', content: texts.unlinked(label) });
      await navigate('/environments');
      client.removeQueries({ queryKey: keys.environment(environmentId) });
      void client.invalidateQueries({ queryKey: keys.environments });
    },
  });
  return (
    <Dialog
      title={texts.unlinkConfirmTitle(label)}
      submit={texts.unlinkTitle}
      loading={unlink.isPending}
      problem={typed === label ? undefined : texts.unlinkConfirm(label)}
      onSubmit={() => unlink.mutate()}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        <Box>{texts.unlinkHint}</Box>
        <FormField label={texts.unlinkConfirm(label)}>
          <Input value={typed} autoComplete={false} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
        <ProblemAlert error={unlink.error} />
      </SpaceBetween>
    </Dialog>
  );
}
