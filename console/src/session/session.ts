import { InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';

import type { Config } from '../config';

/** The group whose members see and do everything. */
export const ADMINISTRATORS = 'platform-admins';

export interface Person {
  username: string;
  teams: readonly string[];
  administrator: boolean;
}

/** What the console knows of a person before it asks the API: the claims of the id token. */
export function personOf(claims: Record<string, unknown>): Person {
  const groups = claims['cognito:groups'];
  const teams = Array.isArray(groups) ? groups.filter((group): group is string => typeof group === 'string') : [];
  const named = claims['cognito:username'] ?? claims.email ?? claims.sub;
  return {
    username: typeof named === 'string' ? named : '',
    teams: teams.filter((team) => team !== ADMINISTRATORS).sort(),
    administrator: teams.includes(ADMINISTRATORS),
  };
}

/** Only a path of this console may be gone back to after signing in. */
export function safeReturnPath(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) && !value.startsWith('/signed-') ? value : '/';
}

interface Session {
  config: Config;
  manager: UserManager;
}

let session: Session | undefined;
const forget: (() => void)[] = [];

/** Has `clear` called when a person signs out or another one signs in. */
export function onForget(clear: () => void): void {
  forget.push(clear);
}

function forgetEverything(): void {
  forget.forEach((clear) => clear());
  sessionStorage.clear();
}

const otherTabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('session') : undefined;

export function startSession(config: Config): void {
  const hosted = config.hostedUiUrl.replace(/\/$/, '');
  const inSession = new WebStorageStateStore({
    store: typeof sessionStorage === 'undefined' ? new InMemoryWebStorage() : sessionStorage,
  });
  const manager = new UserManager({
    authority: config.authority,
    client_id: config.clientId,
    redirect_uri: `${location.origin}/signed-in`,
    response_type: 'code',
    scope: 'openid email profile',
    // Given, so that nothing has to be discovered.
    metadata: {
      issuer: config.authority,
      authorization_endpoint: `${hosted}/oauth2/authorize`,
      token_endpoint: `${hosted}/oauth2/token`,
      revocation_endpoint: `${hosted}/oauth2/revoke`,
    },
    userStore: inSession,
    stateStore: inSession,
    loadUserInfo: false,
    monitorSession: false,
    // By the refresh token, before the id token ends.
    automaticSilentRenew: true,
  });
  session = { config, manager };
  otherTabs?.addEventListener('message', (event) => {
    if (event.data === 'signed-out') {
      forgetEverything();
      location.replace('/signed-out');
    }
  });
  // The browser may keep a page alive in the background and show it again after somebody signed out.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) {
      location.reload();
    }
  });
}

function started(): Session {
  if (!session) {
    throw new Error('the session is not started');
  }
  return session;
}

export function settings(): Config {
  return started().config;
}

async function valid(): Promise<User | null> {
  const user = await started().manager.getUser();
  return user?.id_token && !user.expired ? user : null;
}

/** Who is signed in, if anybody is. A session that has ended is renewed where a refresh token is left. */
export async function signedIn(): Promise<Person | null> {
  const user = (await valid()) ?? (await renewed());
  return user ? personOf({ ...user.profile }) : null;
}

// Several calls may find at the same time that the token has ended.
let renewal: Promise<User | null> | undefined;

async function renewed(): Promise<User | null> {
  renewal ??= renew().finally(() => {
    renewal = undefined;
  });
  return renewal;
}

async function renew(): Promise<User | null> {
  const { manager } = started();
  const user = await manager.getUser();
  if (!user?.refresh_token) {
    return null;
  }
  try {
    return await manager.signinSilent();
  } catch {
    return null;
  }
}

/** Leaves the console for the page where people sign in, and comes back to where they were. */
export async function signIn(returnTo = location.pathname + location.search): Promise<never> {
  await started().manager.signinRedirect({ state: safeReturnPath(returnTo) });
  // The browser is leaving: nothing that waits for a token may go on.
  return new Promise<never>(() => undefined);
}

/** Takes the code of the callback's address, and says where the person wanted to go. */
export async function completeSignIn(): Promise<string> {
  const user = await started().manager.signinRedirectCallback();
  return safeReturnPath(user.state);
}

/** Ends the session here, in the other tabs and at Cognito, and forgets everything that was read. */
export async function signOut(): Promise<void> {
  const { config, manager } = started();
  try {
    await manager.revokeTokens(['refresh_token']);
  } catch {
    // It ends by itself; the cookie of the hosted UI is what matters, and goes below.
  }
  await manager.removeUser();
  forgetEverything();
  otherTabs?.postMessage('signed-out');
  const logout = new URL(`${config.hostedUiUrl.replace(/\/$/, '')}/logout`);
  logout.search = new URLSearchParams({
    client_id: config.clientId,
    logout_uri: `${location.origin}/signed-out`,
  }).toString();
  location.assign(logout);
}

function header(user: User): string {
  return `Bearer ${user.id_token ?? ''}`;
}

/** The header that identifies the person; leads to the sign-in if nobody is signed in. */
export async function bearer(): Promise<string> {
  const user = (await valid()) ?? (await renewed());
  return user ? header(user) : signIn();
}

/** The same after the API refused the present token. */
export async function renewOrSignIn(): Promise<string> {
  const user = await renewed();
  if (user) {
    return header(user);
  }
  await started().manager.removeUser();
  return signIn();
}
