import { describe, expect, it } from 'vitest';

import { deletionCommand } from './orphans';

describe('a left-over stack', () => {
  it('is deleted by the command that the platform itself names', () => {
    const orphan = {
      stage: 'prod',
      accountId: '333333333333',
      region: 'eu-west-1',
      stackName: 'dataall-sales-k3j9x0ab-prod',
    };
    expect(deletionCommand(orphan)).toBe(
      'aws cloudformation delete-stack --region eu-west-1 --stack-name dataall-sales-k3j9x0ab-prod',
    );
  });
});
