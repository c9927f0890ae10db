import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

export interface User {
  username: string;
  password: string;
  groups: string[];
}

/** What runs and how to reach it: stack.json of the platform under test. */
export interface Stack {
  endpointUrl: string;
  apiUrl: string;
  consoleUrl: string;
  region: string;
  userPoolClientId: string;
  gitUrl: string;
  users: User[];
}

/** STACK names the file; without it, the platform that `make up` runs is taken. */
export const stack = JSON.parse(readFileSync(process.env.STACK ?? join(REPOSITORY, '.local/stack.json'), 'utf8')) as Stack;

export function user(name: string): User {
  const found = stack.users.find((each) => each.username === name);
  if (!found) {
    throw new Error(`there is no user ${name}`);
  }
  return found;
}

/** Where what the tests leave for people is kept. */
export function outputs(...parts: string[]): string {
  return join(REPOSITORY, '.local/console-tests', ...parts);
}
