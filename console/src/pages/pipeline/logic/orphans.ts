import type { Orphan } from './types';

/** The command by which the owner of the account deletes what a stage has left. */
export function deletionCommand(orphan: Orphan): string {
  return `aws cloudformation delete-stack --region ${orphan.region} --stack-name ${orphan.stackName}`;
}
