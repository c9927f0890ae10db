import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cloneCommandFor, credentialText, maskedText, remaining } from './credentials';
import type { Credentials } from './types';

const CREDENTIALS: Credentials = {
  Version: 1,
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: "se/c+r=e't",
  SessionToken: 'to$ken==',
  Expiration: '2026-11-30T11:00:00Z',
  cloneCommand: 'git clone codecommit::eu-west-1://dataall-sales-k3j9x0ab',
};

describe('credentials', () => {
  it('are taken by a shell as they are', () => {
    const script = `${credentialText(CREDENTIALS, 'exports', 'p')}\nprintf '%s\\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"`;
    const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(printed.split('\n').slice(0, 3)).toEqual(['ASIAEXAMPLE', "se/c+r=e't", 'to$ken==']);
  });

  it('are those of PowerShell and of a profile in other forms', () => {
    expect(credentialText(CREDENTIALS, 'powershell', 'p').split('\n')[1]).toBe(
      "$Env:AWS_SECRET_ACCESS_KEY = 'se/c+r=e''t'",
    );
    expect(credentialText(CREDENTIALS, 'profile', 'sales').split('\n')).toEqual([
      '[sales]',
      'aws_access_key_id = ASIAEXAMPLE',
      "aws_secret_access_key = se/c+r=e't",
      'aws_session_token = to$ken==',
    ]);
  });

  it('are what the CLI reads of a credential_process, and no more', () => {
    expect(JSON.parse(credentialText(CREDENTIALS, 'process', 'p'))).toEqual({
      Version: 1,
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: "se/c+r=e't",
      SessionToken: 'to$ken==',
      Expiration: '2026-11-30T11:00:00Z',
    });
  });

  it.each(['exports', 'powershell', 'profile', 'process'] as const)('are hidden in the form %s', (form) => {
    const shown = maskedText(CREDENTIALS, form, 'p');
    expect(shown).toContain('ASIAEXAMPLE');
    expect(shown).not.toContain('to$ken');
    expect(shown).not.toContain('se/c');
  });

  it('count down, and say when little is left', () => {
    const now = (text: string) => Date.parse(text);
    expect(remaining(CREDENTIALS.Expiration, now('2026-11-30T10:30:00Z'))).toEqual({
      ms: 1_800_000,
      expired: false,
      short: false,
    });
    expect(remaining(CREDENTIALS.Expiration, now('2026-11-30T10:55:00Z')).short).toBe(true);
    expect(remaining(CREDENTIALS.Expiration, now('2026-11-30T11:00:01Z'))).toEqual({
      ms: 0,
      expired: true,
      short: true,
    });
  });
});

describe('the clone command', () => {
  it('names the profile as git-remote-codecommit wants it', () => {
    const url = 'codecommit::eu-west-1://dataall-sales-k3j9x0ab';
    expect(cloneCommandFor(url, undefined)).toBe(`git clone ${url}`);
    expect(cloneCommandFor(url, 'sales')).toBe('git clone codecommit::eu-west-1://sales@dataall-sales-k3j9x0ab');
  });
});
