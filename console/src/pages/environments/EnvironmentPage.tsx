import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';

import type { Schemas } from '../../api/client';
import { environmentQuery } from '../../api/environments';
import { PageButton, PageLink } from '../../components/navigation';
import { Loading, Page } from '../../components/page';
import { ProblemAlert, readError } from '../../components/ProblemAlert';
import { EnvironmentStatus } from '../../components/status';
import { Time } from '../../live/Time';
import { common } from '../../texts/common';
import { environment as texts, environments } from '../../texts/environments';
import { AuditTab } from './AuditTab';
import { PipelinesTab } from './PipelinesTab';
import { SettingsTab } from './SettingsTab';
import { SetupTab } from './SetupTab';

const TABS = {
  setup: SetupTab,
  pipelines: PipelinesTab,
  settings: SettingsTab,
  audit: AuditTab,
};
type TabName = keyof typeof TABS;

export default function EnvironmentPage() {
  const { environmentId = '', tab = 'setup' } = useParams();
  const query = useQuery(environmentQuery(environmentId));
  const title = query.data?.label ?? environmentId;
  return (
    <Page
      title={title}
      breadcrumbs={[
        { text: environments.title, href: '/environments' },
        { text: title, href: `/environments/${environmentId}` },
      ]}
      header={
        <Header
          variant="h1"
          actions={
            query.data?.status === 'READY' && <PageButton href="/pipelines/new">{texts.createPipeline}</PageButton>
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ProblemAlert error={readError(query)} />
        {query.data && <Found environment={query.data} tab={tab in TABS ? (tab as TabName) : 'setup'} />}
        {query.isPending && <Loading />}
      </SpaceBetween>
    </Page>
  );
}

function Found({ environment, tab }: { environment: Schemas['Environment']; tab: TabName }) {
  const navigate = useNavigate();
  const hrefOf = (name: TabName) => `/environments/${environment.id}${name === 'setup' ? '' : `/${name}`}`;
  const Tab = TABS[tab];
  return (
    <SpaceBetween size="l">
      <Overview environment={environment} />
      <Tabs
        activeTabId={tab}
        onChange={({ detail }) => void navigate(hrefOf(detail.activeTabId as TabName))}
        tabs={(Object.keys(TABS) as TabName[]).map((name) => ({
          id: name,
          label: texts.tabs[name],
          href: hrefOf(name),
          content: name === tab ? <Tab environment={environment} /> : null,
        }))}
      />
    </SpaceBetween>
  );
}

function Overview({ environment }: { environment: Schemas['Environment'] }) {
  const { pipelines, verifiedAt, expiresAt, redeploymentId, invitedTeams } = environment;
  return (
    <Container header={<Header variant="h2">{texts.overview}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: common.status, value: <EnvironmentStatus status={environment.status} /> },
          { label: common.account, value: environment.accountId },
          { label: common.region, value: environment.region },
          { label: common.team, value: environment.team },
          {
            label: environments.columns.invited,
            value: invitedTeams.length ? invitedTeams.join(', ') : common.none,
          },
          {
            label: environments.columns.hosts,
            value: pipelines ? environments.hosts[pipelines] : environments.hostsUnknown,
          },
          { label: texts.verified, value: verifiedAt ? <Time at={verifiedAt} /> : texts.never },
          expiresAt
            ? {
                label: texts.expires,
                value: (
                  <>
                    <Time at={expiresAt} />, {texts.expiresHint}
                  </>
                ),
              }
            : redeploymentId
              ? {
                  label: texts.redeployment,
                  value: <PageLink href={`/redeployments/${redeploymentId}`}>{texts.followRedeployment}</PageLink>,
                }
              : { label: texts.linkedBy, value: environment.owner },
        ]}
      />
    </Container>
  );
}
