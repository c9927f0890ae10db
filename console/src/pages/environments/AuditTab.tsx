import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, body, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';
import { AuditTable } from '../../components/AuditTable';
import { Pager, usePageToken } from '../../components/pager';
import { ProblemAlert } from '../../components/ProblemAlert';
import { live } from '../../live/polling';

export function AuditTab({ environment }: { environment: Schemas['Environment'] }) {
  const nextToken = usePageToken();
  const query = useQuery({
    queryKey: [...keys.environment(environment.id), 'audit', nextToken ?? ''],
    queryFn: ({ signal }) =>
      body(
        api.GET('/environments/{environmentId}/audit', {
          params: { path: { environmentId: environment.id }, query: { ...(nextToken && { nextToken }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...live(() => false),
  });
  if (query.error && !query.data) {
    return <ProblemAlert error={query.error} />;
  }
  return (
    <AuditTable
      items={query.data?.items ?? []}
      loading={query.isPending}
      pagination={<Pager nextToken={query.data?.nextToken} disabled={query.isPlaceholderData} />}
    />
  );
}
