// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { api } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import type { Pipeline, Revision } from './logic/types';
import { RevisionDialog } from './RevisionDialog';
import { PIPELINE, show } from './testing';

afterEach(() => vi.restoreAllMocks());

const PRESENT: Pipeline = { ...PIPELINE, revision: 4, description: 'new' };

const FIRST: Revision = {
  revision: 1,
  at: '2026-11-30T09:00:00Z',
  by: 'alice',
  action: 'createPipeline',
  changes: ['created with the stages dev, prod, live'],
  description: 'old',
  tags: {},
  stages: [
    ...PIPELINE.stages,
    { name: 'live', environmentId: 'env-live0000', environmentLabel: 'Production', manualApproval: true },
  ],
};

const restoring = () => screen.getByRole('button', { name: 'Restore' });

describe('a revision', () => {
  it('is restored over the one whose differences are shown', async () => {
    const answer = { data: PRESENT, response: new Response(null, { status: 200 }) } as never;
    const post = vi.spyOn(api, 'POST').mockResolvedValue(answer);
    const dismissed = vi.fn();
    show(<RevisionDialog pipeline={PRESENT} revision={FIRST} onDismiss={dismissed} />);
    const table = screen.getByRole('table');
    const rows = within(table)
      .getAllByRole('row')
      .slice(1)
      .map((row) => row.textContent);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/newold/);
    expect(rows[1]).toMatch(/live.*Production/);
    await userEvent.click(restoring());
    await waitFor(() => expect(dismissed).toHaveBeenCalledOnce());
    const [path, options] = post.mock.calls[0] as unknown as [string, { params: { path: unknown; header: unknown } }];
    expect(path).toBe('/pipelines/{pipelineId}/revisions/{revision}/restoration');
    expect(options.params.path).toEqual({ pipelineId: PIPELINE.id, revision: 1 });
    expect(options.params.header).toMatchObject({ 'If-Match': '"4"' });
  });

  it('that is what the pipeline is now has nothing to restore', async () => {
    const post = vi.spyOn(api, 'POST');
    const same: Revision = { ...FIRST, description: PRESENT.description, stages: PRESENT.stages };
    show(<RevisionDialog pipeline={PRESENT} revision={same} onDismiss={vi.fn()} />);
    expect(screen.queryByRole('table')).toBeNull();
    await userEvent.click(restoring());
    expect(post).not.toHaveBeenCalled();
  });

  it('is not restored by who may only read the pipeline', async () => {
    const post = vi.spyOn(api, 'POST');
    const read: Pipeline = { ...PRESENT };
    delete read.repositoryName;
    show(<RevisionDialog pipeline={read} revision={FIRST} onDismiss={vi.fn()} />);
    await userEvent.click(restoring());
    expect(post).not.toHaveBeenCalled();
  });

  it('that is refused stays open and says why', async () => {
    const detail = 'the stage live of revision 1: there is no environment env-live0000 that the team research may use';
    const problem = {
      title: 'Bad input',
      status: 400,
      detail: '',
      errors: [{ pointer: '/stages/2/environmentId', detail }],
    };
    vi.spyOn(api, 'POST').mockRejectedValue(new ApiProblem(problem));
    const dismissed = vi.fn();
    show(<RevisionDialog pipeline={PRESENT} revision={FIRST} onDismiss={dismissed} />);
    await userEvent.click(restoring());
    expect(await screen.findByText(detail, { exact: false })).toBeDefined();
    expect(dismissed).not.toHaveBeenCalled();
  });
});
