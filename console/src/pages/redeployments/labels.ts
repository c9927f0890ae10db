import { useQuery } from '@tanstack/react-query';

import { allEnvironmentsQuery } from '../../api/environments';
import { allPipelinesQuery } from '../../api/waiting';

/** Names environments and pipelines by their ids; those that the person does not see keep their ids. */
export function useLabels(): (id: string) => string {
  const environments = useQuery(allEnvironmentsQuery).data?.items;
  const pipelines = useQuery(allPipelinesQuery).data?.items;
  return (id) =>
    environments?.find((environment) => environment.id === id)?.label ??
    pipelines?.find((pipeline) => pipeline.id === id)?.name ??
    id;
}
