// @vitest-environment jsdom
import Button from '@cloudscape-design/components/button';
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { api } from '../../api/client';
import { NoAnswer } from '../../api/problem';
import { useStartRun } from './actions';
import { StopDialog } from './StopDialog';
import { PIPELINE, show } from './testing';

afterEach(() => vi.restoreAllMocks());

const accepted = { data: { runId: 'run-1' }, response: new Response(null, { status: 202 }) } as never;

function keysOf(post: { mock: { calls: unknown[][] } }): string[] {
  return post.mock.calls.map((call) => {
    const options = call[1] as { params: { header: Record<string, string> } };
    return options.params.header['Idempotency-Key'] ?? '';
  });
}

function Start() {
  const start = useStartRun(PIPELINE.id);
  return <Button onClick={() => start.mutate({ stage: undefined })}>{start.isError ? 'Again' : 'Start'}</Button>;
}

describe('a request', () => {
  it('that no answer came to is sent again as the same one', async () => {
    const post = vi.spyOn(api, 'POST').mockRejectedValueOnce(new NoAnswer('lost')).mockResolvedValue(accepted);
    show(<Start />);
    await userEvent.click(screen.getByRole('button', { name: 'Start' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Again' }));
    await waitFor(() => expect(post).toHaveBeenCalledTimes(2));
    const [first, second] = keysOf(post);
    expect(second).toBe(first);
  });

  it('that was answered is a new one the next time: two runs can be started', async () => {
    const post = vi.spyOn(api, 'POST').mockResolvedValue(accepted);
    show(<Start />);
    await userEvent.click(screen.getByRole('button', { name: 'Start' }));
    await waitFor(() => expect(post).toHaveBeenCalledTimes(1));
    await userEvent.click(screen.getByRole('button', { name: 'Start' }));
    await waitFor(() => expect(post).toHaveBeenCalledTimes(2));
    expect(new Set(keysOf(post)).size).toBe(2);
  });
});

describe('stopping a run', () => {
  it('needs a reason of at most 200 characters', async () => {
    const post = vi.spyOn(api, 'POST').mockResolvedValue(accepted);
    const dismissed = vi.fn();
    show(<StopDialog pipelineId={PIPELINE.id} runId="run-1" onDismiss={dismissed} />);
    const reason = screen.getByLabelText('Reason');
    await userEvent.type(reason, '{Enter}');
    await userEvent.click(reason);
    await userEvent.paste('x'.repeat(201));
    await userEvent.type(reason, '{Enter}');
    expect(post).not.toHaveBeenCalled();
    await userEvent.clear(reason);
    await userEvent.type(reason, '  Wrong day {Enter}');
    await waitFor(() => expect(dismissed).toHaveBeenCalledOnce());
    expect(post.mock.calls[0]?.[1]).toMatchObject({ body: { reason: 'Wrong day' } });
  });
});
