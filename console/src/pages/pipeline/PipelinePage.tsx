import './pipeline.css';

import Box from '@cloudscape-design/components/box';
import ContentLayout from '@cloudscape-design/components/content-layout';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { skipToken, useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Outlet, useLocation, useNavigate, useOutletContext, useParams } from 'react-router';

import { ApiProblem } from '../../api/problem';
import { pipelineQuery } from '../../api/queries';
import { PageButton } from '../../components/navigation';
import { type Crumb, Loading, Page } from '../../components/page';
import { ProblemAlert } from '../../components/ProblemAlert';
import { common } from '../../texts/common';
import { pipeline as texts } from '../../texts/pipeline';
import { LeftOver } from './LeftOver';
import type { Orphan, Pipeline } from './logic/types';
import { PipelineHeader } from './PipelineHeader';
import { leftOverKey } from './queries';
import { Situation } from './Situation';

const TABS = ['stages', 'runs', 'deployments', 'revisions', 'files', 'audit', 'settings'] as const;

/** The parts about the pipeline as a whole; the others are about one thing, which has the whole page. */
const WITH_SITUATION = new Set<string>(['stages', 'settings']);

/** The pipeline that the pages below show. */
export function usePipeline(): Pipeline {
  return useOutletContext<Pipeline>();
}

/** A part of a pipeline: its title and the way to it. `crumbs` come after the pipeline's own. */
export function PipelinePart({
  title,
  crumbs,
  children,
}: {
  title: string;
  crumbs: Crumb[];
  children: React.ReactNode;
}) {
  const { id, name } = usePipeline();
  return (
    <Page
      title={`${title} – ${name}`}
      breadcrumbs={[{ text: texts.all, href: '/pipelines' }, { text: name, href: `/pipelines/${id}` }, ...crumbs]}
    >
      {children}
    </Page>
  );
}

/** What surrounds all pages of a pipeline: its header, what it is going through, and the tabs. */
export default function PipelinePage() {
  const { pipelineId = '' } = useParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const { data: pipeline, error } = useQuery(pipelineQuery(pipelineId));
  const { data: left } = useQuery<Orphan[]>({ queryKey: leftOverKey(pipelineId), queryFn: skipToken });
  const notFound = error instanceof ApiProblem && error.status === 404;

  if (!pipeline || notFound) {
    if (!error) return <Loading />;
    const title = notFound ? (pipeline ? texts.gone : common.notFoundTitle) : pipelineId;
    return (
      <Page
        title={title}
        breadcrumbs={[
          { text: texts.all, href: '/pipelines' },
          { text: title, href: pathname },
        ]}
      >
        {notFound ? (
          <Gone
            title={title}
            text={pipeline ? texts.goneText : common.notFound}
            left={left ?? pipeline?.orphans ?? []}
          />
        ) : (
          <ProblemAlert error={error} />
        )}
      </Page>
    );
  }
  const path = `/pipelines/${pipelineId}`;
  const active = TABS.find((tab) => pathname.startsWith(`${path}/${tab}`)) ?? 'stages';
  return (
    <ContentLayout header={<PipelineHeader pipeline={pipeline} />}>
      <SpaceBetween size="l">
        {WITH_SITUATION.has(active) && <Situation pipeline={pipeline} />}
        <ProblemAlert error={error} />
        <Tabs
          activeTabId={active}
          ariaLabel={texts.tabsLabel}
          keyboardActivationMode="manual"
          onChange={({ detail }) => {
            void navigate(`${path}/${detail.activeTabId}`);
          }}
          tabs={TABS.map((id) => ({
            id,
            label: texts.tabs[id],
            href: `${path}/${id}`,
            content:
              id === active ? (
                <Suspense fallback={<Loading />}>
                  <Outlet context={pipeline} />
                </Suspense>
              ) : null,
          }))}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}

/** In the place of a pipeline that is not there. Of one that was, what it has left is still known. */
function Gone({ title, text, left }: { title: string; text: string; left: readonly Orphan[] }) {
  return (
    <SpaceBetween size="l">
      <Box textAlign="center" padding="xxl">
        <SpaceBetween size="m">
          <Box variant="h1">{title}</Box>
          <Box>{text}</Box>
          <PageButton href="/pipelines">{common.toPipelines}</PageButton>
        </SpaceBetween>
      </Box>
      {left.length > 0 && <LeftOver orphans={left} />}
    </SpaceBetween>
  );
}
