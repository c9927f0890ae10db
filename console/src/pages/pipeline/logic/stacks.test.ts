import { describe, expect, it } from 'vitest';

import { lookOfStack } from './stacks';

describe('a status of CloudFormation', () => {
  it.each([
    ['CREATE_COMPLETE', 'success'],
    ['UPDATE_COMPLETE', 'success'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'in-progress'],
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'in-progress'],
    ['UPDATE_ROLLBACK_COMPLETE', 'error'],
    ['ROLLBACK_COMPLETE', 'error'],
    ['CREATE_FAILED', 'error'],
    ['DELETE_COMPLETE', 'stopped'],
  ])('%s looks like %s', (status, look) => {
    expect(lookOfStack(status)).toBe(look);
  });
});
