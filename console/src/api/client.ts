import createClient from 'openapi-fetch';

import { answered, unanswered } from '../live/connection';
import { bearer, renewOrSignIn } from '../session/session';
import { NoAnswer, problemOf } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** API Gateway gives up after 29 seconds. */
const PATIENCE_MS = 35_000;

async function send(request: Request): Promise<Response> {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(request, { signal: AbortSignal.any([request.signal, timeout]) });
    answered();
    return response;
  } catch (error) {
    if (request.signal.aborted) {
      throw error;
    }
    unanswered();
    throw new NoAnswer(error instanceof Error ? error.message : String(error));
  }
}

/** Sends with the present token; a token that is refused is renewed once. */
async function sendSignedIn(request: Request): Promise<Response> {
  const again = request.clone();
  request.headers.set('Authorization', await bearer());
  const response = await send(request);
  if (response.status !== 401) {
    return response;
  }
  again.headers.set('Authorization', await renewOrSignIn());
  return send(again);
}

/** Calls of the API, typed by docs/openapi.json. */
export const api = createClient<paths>({ baseUrl: `${location.origin}/api`, fetch: sendSignedIn });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer; throws its problem. */
export async function body<T>(call: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined || data === null) {
    throw problemOf(response, error);
  }
  return data;
}

/** For calls whose answer has no body; throws the problem. */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) {
    throw problemOf(response, error);
  }
}

/** A key that makes a POST safe to send again. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

/** The entity tag of a record is its revision. */
export function entityTag(revision: number): string {
  return `"${revision}"`;
}
