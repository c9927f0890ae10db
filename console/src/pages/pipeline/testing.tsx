import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach } from 'vitest';

import { NotificationsProvider } from '../../components/notifications';
import type { Person } from '../../session/session';
import { SessionContext } from '../../session/SessionContext';
import type { Pipeline } from './logic/types';

afterEach(cleanup);

export const ALICE: Person = { username: 'alice', teams: ['research'], administrator: false };

export const PIPELINE: Pipeline = {
  id: 'k3j9x0ab',
  name: 'sales',
  description: '',
  tags: {},
  team: 'research',
  cicdEnvironmentId: 'env-cicd0000',
  strategy: 'trunk',
  stages: [
    { name: 'dev', environmentId: 'env-dev00000', manualApproval: false },
    { name: 'prod', environmentId: 'env-prod0000', manualApproval: true },
  ],
  orphans: [],
  repositoryName: 'dataall-sales-k3j9x0ab',
  cloneUrl: 'codecommit::eu-west-1://dataall-sales-k3j9x0ab',
  cloneCommand: 'git clone codecommit::eu-west-1://dataall-sales-k3j9x0ab',
  stackName: 'dataall-pipeline-sales-k3j9x0ab',
  status: 'DEPLOYED',
  revision: 1,
  deployedRevision: 1,
  owner: 'alice',
  createdAt: '2026-11-30T09:00:00Z',
  updatedAt: '2026-11-30T09:00:00Z',
};

/** Shows a part of a page as `person` sees it. */
export function show(part: ReactNode, person: Person = ALICE): { client: QueryClient; unmount: () => void } {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter([{ path: '*', element: <NotificationsProvider>{part}</NotificationsProvider> }]);
  const { unmount } = render(
    <QueryClientProvider client={client}>
      <SessionContext value={person}>
        <RouterProvider router={router} />
      </SessionContext>
    </QueryClientProvider>,
  );
  return { client, unmount };
}
