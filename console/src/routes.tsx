import { lazy } from 'react';
import { Navigate, type RouteObject } from 'react-router';

import { ErrorPage, NotFoundPage } from './app/ErrorPage';
import { Layout } from './app/Layout';
import { SignedIn, SignedInPage, SignedOutPage } from './app/signing';

const AuditPage = lazy(() => import('./pages/pipeline/AuditPage'));
const DeploymentPage = lazy(() => import('./pages/pipeline/DeploymentPage'));
const DeploymentsPage = lazy(() => import('./pages/pipeline/DeploymentsPage'));
const FilesPage = lazy(() => import('./pages/pipeline/FilesPage'));
const PipelinePage = lazy(() => import('./pages/pipeline/PipelinePage'));
const RevisionsPage = lazy(() => import('./pages/pipeline/RevisionsPage'));
const RunPage = lazy(() => import('./pages/pipeline/RunPage'));
const RunsPage = lazy(() => import('./pages/pipeline/RunsPage'));
const SettingsPage = lazy(() => import('./pages/pipeline/SettingsPage'));
const StagePage = lazy(() => import('./pages/pipeline/StagePage'));
const StagesPage = lazy(() => import('./pages/pipeline/stages/StagesPage'));
const ApprovalsPage = lazy(() => import('./pages/approvals/ApprovalsPage'));
const CreatePage = lazy(() => import('./pages/pipeline-form/CreatePage'));
const EditPage = lazy(() => import('./pages/pipeline-form/EditPage'));
const EnvironmentPage = lazy(() => import('./pages/environments/EnvironmentPage'));
const EnvironmentsPage = lazy(() => import('./pages/environments/EnvironmentsPage'));
const LinkPage = lazy(() => import('./pages/environments/LinkPage'));
const PipelinesPage = lazy(() => import('./pages/pipelines/PipelinesPage'));
const RedeploymentPage = lazy(() => import('./pages/redeployments/RedeploymentPage'));
const RedeploymentsPage = lazy(() => import('./pages/redeployments/RedeploymentsPage'));

/** The pages of people who are signed in. Each is loaded when it is first seen. */
const pages: RouteObject[] = [
  { index: true, element: <Navigate to="/pipelines" replace /> },
  { path: 'pipelines', element: <PipelinesPage /> },
  {
    path: 'pipelines/:pipelineId',
    element: <PipelinePage />,
    children: [
      { index: true, element: <Navigate to="stages" replace /> },
      { path: 'stages', element: <StagesPage /> },
      { path: 'stages/:stage', element: <StagePage /> },
      { path: 'runs', element: <RunsPage /> },
      { path: 'runs/:runId', element: <RunPage /> },
      { path: 'deployments', element: <DeploymentsPage /> },
      { path: 'deployments/:deploymentId', element: <DeploymentPage /> },
      { path: 'revisions', element: <RevisionsPage /> },
      { path: 'files', element: <FilesPage /> },
      { path: 'audit', element: <AuditPage /> },
      { path: 'settings', element: <SettingsPage /> },
    ],
  },
  { path: 'pipelines/new', element: <CreatePage /> },
  { path: 'pipelines/:pipelineId/edit', element: <EditPage /> },
  { path: 'environments', element: <EnvironmentsPage /> },
  { path: 'environments/new', element: <LinkPage /> },
  { path: 'environments/:environmentId/:tab?', element: <EnvironmentPage /> },
  { path: 'approvals', element: <ApprovalsPage /> },
  { path: 'redeployments', element: <RedeploymentsPage /> },
  { path: 'redeployments/:redeploymentId', element: <RedeploymentPage /> },
  { path: '*', element: <NotFoundPage /> },
];

export const routes: RouteObject[] = [
  { path: '/signed-in', element: <SignedInPage /> },
  { path: '/signed-out', element: <SignedOutPage /> },
  {
    element: (
      <SignedIn>
        <Layout />
      </SignedIn>
    ),
    errorElement: <ErrorPage />,
    // A page that fails leaves the layout where it is.
    children: pages.map((page) => (page.index ? page : { ...page, errorElement: <ErrorPage /> })),
  },
];
