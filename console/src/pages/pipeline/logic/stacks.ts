export type StackLook = 'success' | 'error' | 'in-progress' | 'stopped';

/** How a status of CloudFormation looks: what was rolled back did not become what was wanted. */
export function lookOfStack(status: string): StackLook {
  if (status.endsWith('_IN_PROGRESS')) return 'in-progress';
  if (status.includes('ROLLBACK') || status.endsWith('_FAILED')) return 'error';
  if (status === 'DELETE_COMPLETE' || status === 'DELETE_SKIPPED') return 'stopped';
  return 'success';
}

/** The stack in AWS's console, for those who may sign in to its account. */
export function stackUrl(region: string, stackId: string): string {
  return `https://${region}.console.aws.amazon.com/cloudformation/home?region=${region}#/stacks/stackinfo?stackId=${encodeURIComponent(stackId)}`;
}
