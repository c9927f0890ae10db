// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { api } from '../../../api/client';
import { PIPELINE, show } from '../testing';
import { ClonePanel } from './ClonePanel';

const SECRET = 'wJalrXUtnFEMI';
const TOKEN = 'IQoJb3JpZ2luX2Vj';

function answer(status: number, body: unknown) {
  const response = new Response(null, { status });
  const found = status < 400 ? { data: body, response } : { error: body, response };
  return vi.spyOn(api, 'POST').mockResolvedValue(found);
}

function issued(minutes: number) {
  return {
    Version: 1,
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: SECRET,
    SessionToken: TOKEN,
    Expiration: new Date(Date.now() + minutes * 60_000).toISOString(),
    cloneCommand: PIPELINE.cloneCommand,
  };
}

afterEach(() => vi.restoreAllMocks());

describe('credentials', () => {
  it('are hidden until the person wants to see them, and in no cache at any time', async () => {
    answer(200, issued(60));
    const { client, unmount } = show(<ClonePanel pipeline={PIPELINE} />);
    await userEvent.click(screen.getByRole('button', { name: 'Get credentials' }));
    await screen.findByText(/ASIAEXAMPLE/);
    expect(document.body.textContent).not.toContain(SECRET);
    expect(document.body.textContent).toMatch(/End in (1 h|59 min)/);
    await userEvent.click(screen.getByRole('button', { name: 'Show the secrets' }));
    expect(document.body.textContent).toContain(SECRET);
    const kept = JSON.stringify([
      client
        .getQueryCache()
        .getAll()
        .map(({ state }) => state),
      client
        .getMutationCache()
        .getAll()
        .map(({ state }) => state),
      localStorage,
      sessionStorage,
    ]);
    expect(kept).not.toContain(SECRET);
    expect(kept).not.toContain(TOKEN);
    unmount();
    show(<ClonePanel pipeline={PIPELINE} />);
    expect(document.body.textContent).not.toContain('ASIAEXAMPLE');
  });

  it('are gone when the person forgets them', async () => {
    answer(200, issued(60));
    show(<ClonePanel pipeline={PIPELINE} />);
    await userEvent.click(screen.getByRole('button', { name: 'Get credentials' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Forget them' }));
    expect(document.body.textContent).not.toContain('ASIAEXAMPLE');
  });

  it('that have ended are not shown any more', async () => {
    answer(200, issued(-1));
    show(<ClonePanel pipeline={PIPELINE} />);
    await userEvent.click(screen.getByRole('button', { name: 'Get credentials' }));
    await screen.findByText('These credentials have ended.');
    expect(document.body.textContent).not.toContain('ASIAEXAMPLE');
  });

  it('that are refused come with the reason and whom to ask', async () => {
    answer(403, { title: 'Not for this caller', status: 403, detail: 'hands out no credentials', instance: 'req-1' });
    show(<ClonePanel pipeline={PIPELINE} />);
    await userEvent.click(screen.getByRole('button', { name: 'Get credentials' }));
    await screen.findByText('hands out no credentials');
    const link = screen.getByRole('link', { name: 'Show the environment' });
    expect(link.getAttribute('href')).toBe('/environments/env-cicd0000');
  });

  it('are not offered to whom the repository is not shown', () => {
    show(<ClonePanel pipeline={{ ...PIPELINE, repositoryName: null, cloneUrl: null, cloneCommand: null }} />);
    expect(screen.queryByRole('button', { name: 'Get credentials' })).toBeNull();
  });
});

describe('a request for credentials', () => {
  it('is given up when the person leaves the page', async () => {
    const post = vi.spyOn(api, 'POST').mockReturnValue(new Promise(() => undefined));
    const { unmount } = show(<ClonePanel pipeline={PIPELINE} />);
    await userEvent.click(screen.getByRole('button', { name: 'Get credentials' }));
    const signal = (post.mock.calls as unknown as [string, { signal: AbortSignal }][])[0]?.[1].signal;
    expect(signal?.aborted).toBe(false);
    unmount();
    await waitFor(() => expect(signal?.aborted).toBe(true));
  });
});
