// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { api } from '../../../api/client';
import { changePreviewQuery, type Preview } from '../../../api/previews';
import { show } from '../../pipeline/testing';
import { PreviewPanel } from './PreviewPanel';

afterEach(() => vi.restoreAllMocks());

const PREVIEW: Preview = {
  unchanged: false,
  pipelineId: 'k3j9x0ab',
  revision: 2,
  deployable: false,
  problems: [
    {
      code: 'EnvironmentNotBootstrapped',
      detail: 'account 222222222222 is not bootstrapped',
      command: 'npx aws-cdk bootstrap aws://222222222222/eu-west-1',
    },
  ],
  repository: {
    name: 'dataall-sales-k3j9x0ab',
    created: false,
    tags: { set: {}, removed: [] },
    branches: [
      {
        name: 'main',
        head: 'c0ffee',
        created: false,
        files: [
          {
            path: 'app.py',
            action: 'CHANGED',
            diff: '--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n same\n-theirs\n+ours\n',
            conflict: { detail: 'app.py (line 2)', lines: [{ first: 2, last: 2 }] },
          },
        ],
      },
    ],
  },
  stacks: [
    {
      name: 'dataall-pipeline-sales-k3j9x0ab',
      accountId: '111111111111',
      region: 'eu-west-1',
      action: 'UPDATE',
      updatedBy: 'DEPLOYMENT',
      comparedWith: 'DEPLOYED',
      added: [{ logicalId: 'StagingBuild', type: 'AWS::CodeBuild::Project' }],
      changed: [],
      replaced: [
        {
          logicalId: 'Logs',
          type: 'AWS::Logs::LogGroup',
          properties: [{ path: 'Properties/LogGroupName', before: 'one', after: 'two', replaces: true }],
          retained: true,
        },
      ],
      removed: [],
      iam: [
        {
          logicalId: 'Policy',
          type: 'AWS::IAM::Policy',
          change: 'CHANGED',
          words: ['The role Builds may now: s3:GetObject on ${Bucket.Arn}.'],
        },
      ],
      template: [],
    },
  ],
  orphans: [
    {
      stage: 'prod',
      accountId: '333333333333',
      region: 'eu-west-1',
      stackName: 'dataall-sales-k3j9x0ab-prod',
      command: 'aws cloudformation delete-stack --region eu-west-1 --stack-name dataall-sales-k3j9x0ab-prod',
    },
  ],
  takenOver: [],
};

function answered(data: Preview) {
  return vi.spyOn(api, 'PATCH').mockResolvedValue({ data, response: new Response(null, { status: 200 }) });
}

describe('a preview', () => {
  it('is asked for as a dry run of the change for the revision that is edited', async () => {
    const patch = answered({ ...PREVIEW, unchanged: true });
    show(<PreviewPanel query={changePreviewQuery('k3j9x0ab', 1, { tags: {} })} />);
    await screen.findByText('Nothing changes.');
    expect(patch.mock.calls[0]?.[1]).toMatchObject({
      params: { path: { pipelineId: 'k3j9x0ab' }, query: { dryRun: true }, header: { 'If-Match': '"1"' } },
      body: { tags: {} },
    });
  });

  it('shows what fails with its fix, files with their conflicts, resources, permissions apart, and what is left behind', async () => {
    answered(PREVIEW);
    show(<PreviewPanel query={changePreviewQuery('k3j9x0ab', 1, { tags: {} })} />);
    expect(await screen.findByText('account 222222222222 is not bootstrapped')).toBeTruthy();
    expect(screen.getByRole('group', { name: 'the command that fixes it' }).textContent).toContain('bootstrap aws://');
    const diff = screen.getByRole('group', { name: 'The changes of app.py' });
    expect(within(diff).getByText('-theirs').tagName).toBe('MARK');
    expect(within(diff).getByText('+ours').tagName).not.toBe('MARK');
    const table = screen.getByRole('table', { name: /^Stack dataall-pipeline-sales/ });
    const row = (id: string) => within(table).getByText(id).closest('tr')?.textContent;
    expect(row('StagingBuild')).toContain('Added');
    expect(row('Logs')).toMatch(/Replaced.*LogGroupName: "one" → "two"[\s\S]*stays in the account/);
    expect(within(table).queryByText('Policy')).toBeNull();
    expect(screen.getByText('The role Builds may now: s3:GetObject on ${Bucket.Arn}.')).toBeTruthy();
    expect(
      screen.getByRole('group', { name: 'the command that deletes dataall-sales-k3j9x0ab-prod' }).textContent,
    ).toContain('delete-stack');
  });

  it('that is refused says why', async () => {
    const problem = { type: 'urn:dataall:problem:Forbidden', title: 'Forbidden', detail: 'not your team' };
    const response = new Response(null, { status: 403 });
    vi.spyOn(api, 'PATCH').mockResolvedValue({ error: problem, response } as never);
    show(<PreviewPanel query={changePreviewQuery('k3j9x0ab', 1, { tags: {} })} />);
    expect(await screen.findByText('not your team')).toBeTruthy();
  });
});
