import { describe, expect, it } from 'vitest';

import { sentence, withCommands } from './sentences';

describe('a cause', () => {
  it('begins with a capital, unless it begins with a name', () => {
    expect(sentence('the account has no bootstrap')).toBe('The account has no bootstrap');
    expect(sentence('dataall-sales is there already')).toBe('dataall-sales is there already');
    expect(sentence('env-k3j9x0ab: no')).toBe('env-k3j9x0ab: no');
    expect(sentence('')).toBe('');
  });
});

describe('the commands of a cause', () => {
  it('stand on their own', () => {
    const cause = 'dev is not bootstrapped; prod is not. Run: npx aws-cdk bootstrap a\nnpx aws-cdk bootstrap b';
    expect(withCommands(cause)).toEqual({
      text: 'dev is not bootstrapped; prod is not.',
      commands: ['npx aws-cdk bootstrap a', 'npx aws-cdk bootstrap b'],
    });
  });

  it('stay where they are if there are others between', () => {
    const cause = 'one. Run: a; two. Run: b';
    expect(withCommands(cause)).toEqual({ text: cause, commands: [] });
    expect(withCommands('nothing to run')).toEqual({ text: 'nothing to run', commands: [] });
  });
});
