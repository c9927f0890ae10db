import { beforeEach, describe, expect, it, vi } from 'vitest';

import { isLost } from '../live/connection';
import { api, body, done, entityTag } from './client';
import { ApiProblem, NoAnswer } from './problem';

const { bearer, renewOrSignIn } = vi.hoisted(() => {
  vi.stubGlobal('location', { origin: 'https://console.example' });
  return { bearer: vi.fn(), renewOrSignIn: vi.fn() };
});
vi.mock('../session/session', () => ({ bearer, renewOrSignIn }));

const send = vi.fn<(request: Request) => Promise<Response>>();
const json = (value: unknown, status = 200) => Promise.resolve(Response.json(value, { status }));

beforeEach(() => {
  vi.stubGlobal('fetch', send);
  send.mockReset();
  bearer.mockReset().mockResolvedValue('Bearer old');
  renewOrSignIn.mockReset().mockResolvedValue('Bearer new');
});

const me = () => body(api.GET('/me'));

describe('calls', () => {
  it('carry the id token and read the answer', async () => {
    send.mockImplementation(() => json({ username: 'alice' }));
    expect(await me()).toEqual({ username: 'alice' });
    const request = send.mock.calls[0]?.[0];
    expect(request?.url).toBe('https://console.example/api/me');
    expect(request?.headers.get('Authorization')).toBe('Bearer old');
  });

  it('are sent once more with a new token where the old one is refused', async () => {
    send.mockImplementation((request) =>
      request.headers.get('Authorization') === 'Bearer new' ? json({ username: 'alice' }) : json({}, 401),
    );
    expect(await me()).toEqual({ username: 'alice' });
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('keep their body and key when they are sent again', async () => {
    const bodies: string[] = [];
    send.mockImplementation(async (request) => {
      bodies.push(`${request.headers.get('Idempotency-Key')} ${await request.text()}`);
      return json({}, bodies.length === 1 ? 401 : 202);
    });
    const target = { all: true } as const;
    await body(api.POST('/redeployments', { params: { header: { 'Idempotency-Key': 'k' } }, body: target }));
    expect(bodies).toEqual(['k {"all":true}', 'k {"all":true}']);
  });

  it('throw the problem of the answer', async () => {
    send.mockImplementation(() => json({ title: 'Not found', detail: 'no such pipeline', instance: 'id' }, 404));
    await expect(me()).rejects.toMatchObject({ status: 404, detail: 'no such pipeline', requestId: 'id' });
    await expect(me()).rejects.toBeInstanceOf(ApiProblem);
  });

  it('tell a lost connection, and that it is back', async () => {
    send.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    await expect(me()).rejects.toBeInstanceOf(NoAnswer);
    expect(isLost()).toBe(true);
    send.mockImplementation(() => json({ title: 'Unavailable' }, 503));
    await expect(me()).rejects.toBeInstanceOf(ApiProblem);
    expect(isLost()).toBe(false);
  });

  it('that nobody waits for any more are no lost connection', async () => {
    const abort = new AbortController();
    send.mockImplementation((request) => {
      abort.abort();
      return Promise.reject(request.signal.reason as Error);
    });
    await expect(body(api.GET('/me', { signal: abort.signal }))).rejects.not.toBeInstanceOf(NoAnswer);
    expect(isLost()).toBe(false);
  });

  it('without an answer to read are done', async () => {
    send.mockImplementation(() => Promise.resolve(new Response(null, { status: 204 })));
    const path = { environmentId: 'env-a1b2c3d4' };
    await expect(done(api.DELETE('/environments/{environmentId}', { params: { path } }))).resolves.toBeUndefined();
  });
});

describe('entityTag', () => {
  it('is the revision in quotes', () => {
    expect(entityTag(7)).toBe('"7"');
  });
});
