/** What to do about a failed deployment, by the error's stable name. Its cause says what is wrong in this case. */
export const failureAdvice: Record<string, string> = {
  EnvironmentNotBootstrapped: "The account's owner runs the command that the cause names. Then deploy again.",
  EnvironmentRoleNotAssumable:
    "The account's owner runs the last setup command of the environment again and verifies it. Then deploy again.",
  PipelinesNotAllowed:
    "The account's owner decides whether pipelines may be kept there, and runs the command that the cause names. Then deploy again.",
  AccessDenied:
    "The account's owner runs the last setup command of the environment again. If the error stays, look for service control policies and permissions boundaries.",
  EnvironmentNotAllowed:
    "The way into the stages concerned is closed. Ask the environment's team to invite your team again, or remove the stages from the pipeline.",
  RepositoryNotOurs: 'The owner of that repository renames or deletes it. Then deploy again.',
  RepositoryConflict: 'Merge the pull requests that the cause names. Then deploy again.',
  RepositoryUnavailable: "The account's owner asks AWS Support to enable CodeCommit. Then deploy again.",
  StackNotOurs: 'The owner of that stack deletes it. Then deploy again.',
  StackFailed: 'Fix what CloudFormation names: a quota, a name that is taken, a policy. Then deploy again.',
  StackProtected: 'The owner runs the command that the cause names. Then delete the pipeline again.',
  StackNotDeleted: 'Remove what the cause names. Then delete the pipeline again.',
  BucketNotEmptied: 'The owner empties and deletes the bucket. Then delete the pipeline again.',
  RunUnderWay: 'Wait until the run that the cause names has ended, or stop it. Then deploy again.',
  DeploymentTimedOut:
    'Look at the stack in CloudFormation. When nothing is in progress there any more, deploy again: it continues where it stopped.',
  DeletionTimedOut: 'Look at the stack in CloudFormation. When nothing is in progress there any more, delete again.',
  DeploymentSuperseded: 'A newer deployment took over. You need not do anything.',
  Throttled: 'AWS asked to slow down. Deploy again later.',
  ServiceUnavailable: 'An AWS service did not answer. Look at the AWS Health Dashboard, then deploy again.',
  ConcurrentChange: 'Somebody else changed the same record at the same time. Deploy again.',
  WorkflowNotStarted: 'Deploy again. If it was a deletion, delete again.',
  ExecutionStopped: 'Somebody stopped it in Step Functions. Deploy again. If it was a deletion, delete again.',
  ExecutionTimedOut:
    'It took longer than two hours. Look at the stack in CloudFormation, then deploy again. If it was a deletion, delete again.',
};

/** Errors of the platform itself, which no team can fix. */
export const otherFailure =
  'This may be a fault of the platform. Deploy again; if it fails again, give the request id to the operators.';
