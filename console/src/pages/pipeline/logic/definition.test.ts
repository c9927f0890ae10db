import { describe, expect, it } from 'vitest';

import { definitionOf } from './definition';
import type { Pipeline } from './types';

describe('a definition', () => {
  it('holds what a request may hold, and nothing else of the record', () => {
    // As the API answers it: with more than a request may have.
    const stage = { name: 'dev', environmentId: 'env-dev00000', manualApproval: false, environmentLabel: 'dev' };
    const pipeline: Pipeline = {
      id: 'k3j9x0ab',
      name: 'sales',
      description: 'Sales ingestion',
      tags: { 'cost-center': '42' },
      team: 'research',
      cicdEnvironmentId: 'env-cicd0000',
      strategy: 'trunk',
      stages: [stage],
      orphans: [],
      stackName: 'dataall-pipeline-sales-k3j9x0ab',
      status: 'DEPLOYED',
      revision: 3,
      owner: 'alice',
      createdAt: '2026-11-30T09:00:00Z',
      updatedAt: '2026-11-30T09:00:00Z',
    };
    expect(definitionOf(pipeline)).toEqual({
      name: 'sales',
      description: 'Sales ingestion',
      tags: { 'cost-center': '42' },
      team: 'research',
      cicdEnvironmentId: 'env-cicd0000',
      strategy: 'trunk',
      stages: [{ name: 'dev', environmentId: 'env-dev00000', manualApproval: false }],
    });
  });
});
