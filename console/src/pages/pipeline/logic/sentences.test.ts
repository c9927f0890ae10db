import { describe, expect, it } from 'vitest';

import { sentence } from './sentences';

describe('a cause', () => {
  it('begins with a capital, unless it begins with a name', () => {
    expect(sentence('the account has no bootstrap')).toBe('The account has no bootstrap');
    expect(sentence('dataall-sales is there already')).toBe('dataall-sales is there already');
    expect(sentence('env-k3j9x0ab: no')).toBe('env-k3j9x0ab: no');
    expect(sentence('')).toBe('');
  });
});
