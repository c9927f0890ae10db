// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiProblem, NoAnswer } from '../api/problem';
import type { Config } from '../config';
import { makeQueryClient, mayRetry } from './queryClient';
import { signOut, startSession } from './session';

const config: Config = {
  authority: 'https://issuer.example',
  clientId: 'client',
  hostedUiUrl: 'https://sign-in.example',
  region: 'eu-west-1',
  prefix: 'dataall',
  links: { stepFunctions: null },
};

describe('mayRetry', () => {
  it.each([
    [new NoAnswer('lost'), true],
    [new ApiProblem({ status: 503 }), true],
    [new ApiProblem({ status: 429 }), true],
    [new ApiProblem({ status: 404 }), false],
    [new ApiProblem({ status: 400 }), false],
    [new TypeError('a mistake of ours'), false],
  ])('%s: %s', (error, expected) => {
    expect(mayRetry(0, error)).toBe(expected);
  });

  it('gives up', () => {
    expect(mayRetry(3, new NoAnswer('lost'))).toBe(false);
  });
});

describe('signing out', () => {
  const assign = vi.fn();

  beforeEach(() => {
    assign.mockReset();
    vi.stubGlobal('location', { origin: 'https://console.example', assign });
  });

  it('forgets everything that was read, and leaves for the sign-out of Cognito', async () => {
    startSession(config);
    const client = makeQueryClient();
    client.setQueryData(['pipelines', 'list'], [{ name: 'secret' }]);
    sessionStorage.setItem('draft', 'secret');

    await signOut();

    expect(client.getQueryCache().getAll()).toEqual([]);
    expect(sessionStorage.length).toBe(0);
    const url = new URL(String(assign.mock.calls[0]?.[0]));
    expect(url.origin + url.pathname).toBe('https://sign-in.example/logout');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'client',
      logout_uri: 'https://console.example/signed-out',
    });
  });
});
