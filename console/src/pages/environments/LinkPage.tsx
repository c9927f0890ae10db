import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { api, body } from '../../api/client';
import { allEnvironmentsQuery } from '../../api/environments';
import { ApiProblem } from '../../api/problem';
import { keys } from '../../api/queries';
import { useIdempotencyKey } from '../../components/idempotency';
import { PageButton } from '../../components/navigation';
import { useNotify } from '../../components/notifications';
import { Page } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { settings as platform } from '../../session/session';
import { usePerson } from '../../session/SessionContext';
import { common } from '../../texts/common';
import { environments, linking as texts } from '../../texts/environments';
import { linkOf, NEW_SETTINGS, placeByMember, type Settings, withTyped } from './settings';
import { ApprovalField, BootstrapFields, InvitedTeamsField, LabelField, SelfMutationField } from './SettingsFields';

const REGIONS = [
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-central-1',
  'eu-north-1',
  'eu-south-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'sa-east-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'me-central-1',
  'af-south-1',
];

interface PlaceDraft {
  accountId: string;
  region: string;
  team: string;
}

const MEMBERS = [...Object.keys(NEW_SETTINGS), 'accountId', 'region', 'team'];

/** Those behind "More settings". */
const MORE = ['approval', 'selfMutation', 'permissionsBoundary', 'bootstrapQualifier'];

/** What can be told without asking the API. */
function check(place: PlaceDraft, settings: Settings): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!settings.label.trim()) fields.label = texts.labelMissing;
  if (!/^\d{12}$/.test(place.accountId)) fields.accountId = texts.accountRule;
  if (!place.region) fields.region = texts.regionMissing;
  if (!place.team) fields.team = texts.teamMissing;
  return fields;
}

export default function LinkPage() {
  const person = usePerson();
  const navigate = useNavigate();
  const notify = useNotify();
  const client = useQueryClient();
  const keyOf = useIdempotencyKey();
  const known = useQuery(allEnvironmentsQuery).data?.items ?? [];
  const [settings, setSettings] = useState(NEW_SETTINGS);
  const [place, setPlace] = useState<PlaceDraft>({
    accountId: '',
    region: platform().region,
    team: person.teams.length === 1 && !person.administrator ? (person.teams[0] ?? '') : '',
  });
  const [typed, setTyped] = useState('');
  const [more, setMore] = useState(false);
  const [problems, setProblems] = useState<Record<string, string>>({});

  const forget = (members: string[]) =>
    setProblems((present) => Object.fromEntries(Object.entries(present).filter(([name]) => !members.includes(name))));
  const change = (patch: Partial<Settings>) => {
    setSettings((present) => ({ ...present, ...patch }));
    forget(Object.keys(patch));
  };
  const changePlace = (patch: Partial<PlaceDraft>) => {
    setPlace((present) => ({ ...present, ...patch }));
    forget(Object.keys(patch));
  };

  const link = useMutation({
    mutationFn: (chosen: Settings) => {
      const wanted = linkOf(place, chosen);
      return body(
        api.POST('/environments', { params: { header: { 'Idempotency-Key': keyOf(wanted) } }, body: wanted }),
      );
    },
    onSuccess: (environment) => {
      client.setQueryData(keys.environment(environment.id), environment);
      void client.invalidateQueries({ queryKey: keys.environments });
      notify({ type: 'success', content: texts.linked(environment.label) });
      void navigate(`/environments/${environment.id}`, { replace: true });
    },
    onError: (error) => {
      if (error instanceof ApiProblem) {
        setProblems(placeByMember(error.errors, MEMBERS).fields);
      }
    },
  });
  const submit = () => {
    const chosen = withTyped(settings, typed);
    setSettings(chosen);
    setTyped('');
    const found = check(place, chosen);
    setProblems(found);
    if (Object.keys(found).length === 0 && !link.isPending && !link.isSuccess) {
      link.mutate(chosen);
    }
  };

  const teams = person.administrator
    ? [...new Set(known.flatMap(({ team, invitedTeams }) => [team, ...invitedTeams]))].sort()
    : person.teams;
  const fields = { settings, change, problems };
  const unplaced = link.error instanceof ApiProblem ? placeByMember(link.error.errors, MEMBERS).unplaced : [];
  const wrongBelow = MORE.some((member) => member in problems);
  return (
    <Page
      title={texts.title}
      breadcrumbs={[
        { text: environments.title, href: '/environments' },
        { text: texts.title, href: '/environments/new' },
      ]}
      header={
        <Header variant="h1" description={texts.description}>
          {texts.title}
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <PageButton href="/environments" variant="link" formAction="none">
                {common.cancel}
              </PageButton>
              <Button variant="primary" loading={link.isPending} formAction="submit">
                {texts.submit}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <ProblemAlert error={link.error} placed={{ fields: problems, unplaced }} />
            <Container>
              <SpaceBetween size="l">
                <LabelField {...fields} />
                <FormField label={texts.account} description={texts.accountHint} errorText={problems.accountId}>
                  <Input
                    value={place.accountId}
                    inputMode="numeric"
                    autoComplete={false}
                    onChange={({ detail }) => changePlace({ accountId: detail.value.replace(/\s/g, '') })}
                  />
                </FormField>
                <FormField label={texts.region} description={texts.regionHint} errorText={problems.region}>
                  <Autosuggest
                    value={place.region}
                    options={REGIONS.map((value) => ({ value }))}
                    enteredTextLabel={(value) => value}
                    onChange={({ detail }) => changePlace({ region: detail.value.trim() })}
                  />
                </FormField>
                <FormField label={texts.team} description={texts.teamHint} errorText={problems.team}>
                  {person.administrator ? (
                    <Autosuggest
                      value={place.team}
                      options={teams.map((value) => ({ value }))}
                      placeholder={texts.teamPlaceholder}
                      enteredTextLabel={(value) => value}
                      onChange={({ detail }) => changePlace({ team: detail.value.trim() })}
                    />
                  ) : (
                    <Select
                      selectedOption={place.team ? { value: place.team, label: place.team } : null}
                      options={teams.map((value) => ({ value, label: value }))}
                      placeholder={texts.teamPlaceholder}
                      onChange={({ detail }) => changePlace({ team: detail.selectedOption.value ?? '' })}
                    />
                  )}
                </FormField>
                <InvitedTeamsField {...fields} typed={typed} setTyped={setTyped} />
              </SpaceBetween>
            </Container>
            <ExpandableSection
              variant="container"
              headerText={texts.more}
              expanded={more || wrongBelow}
              onChange={({ detail }) => setMore(detail.expanded)}
            >
              <SpaceBetween size="l">
                <ApprovalField {...fields} />
                <SelfMutationField {...fields} />
                <BootstrapFields {...fields} />
              </SpaceBetween>
            </ExpandableSection>
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
