import type { Credentials } from './types';

export type CredentialForm = 'exports' | 'powershell' | 'profile' | 'process';

export interface Remaining {
  ms: number;
  expired: boolean;
  /** Less than ten minutes: not enough for a long push. */
  short: boolean;
}

const SHORT = 10 * 60 * 1000;

export function remaining(expiration: string, now: number): Remaining {
  const ms = Math.max(0, Date.parse(expiration) - now);
  return { ms, expired: ms === 0, short: ms < SHORT };
}

/** The text of the credentials in `form`, as git-remote-codecommit and the AWS CLI take them. */
export function credentialText(credentials: Credentials, form: CredentialForm, profile: string): string {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration, Version } = credentials;
  switch (form) {
    case 'exports':
      return [
        `export AWS_ACCESS_KEY_ID=${shellQuoted(AccessKeyId)}`,
        `export AWS_SECRET_ACCESS_KEY=${shellQuoted(SecretAccessKey)}`,
        `export AWS_SESSION_TOKEN=${shellQuoted(SessionToken)}`,
      ].join('\n');
    case 'powershell':
      return [
        `$Env:AWS_ACCESS_KEY_ID = ${powerShellQuoted(AccessKeyId)}`,
        `$Env:AWS_SECRET_ACCESS_KEY = ${powerShellQuoted(SecretAccessKey)}`,
        `$Env:AWS_SESSION_TOKEN = ${powerShellQuoted(SessionToken)}`,
      ].join('\n');
    case 'profile':
      return [
        `[${profile}]`,
        `aws_access_key_id = ${AccessKeyId}`,
        `aws_secret_access_key = ${SecretAccessKey}`,
        `aws_session_token = ${SessionToken}`,
      ].join('\n');
    case 'process':
      return JSON.stringify({ Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration }, null, 2);
  }
}

/** The same text with the secrets hidden, for the screen. */
export function maskedText(credentials: Credentials, form: CredentialForm, profile: string): string {
  return credentialText({ ...credentials, SecretAccessKey: MASK, SessionToken: MASK }, form, profile);
}

export const MASK = '•'.repeat(16);

/** `cloneUrl` for the profile: `codecommit::eu-west-1://profile@repository`. */
export function cloneCommandFor(cloneUrl: string, profile: string | undefined): string {
  return `git clone ${profile === undefined ? cloneUrl : cloneUrl.replace('://', `://${profile}@`)}`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function powerShellQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
