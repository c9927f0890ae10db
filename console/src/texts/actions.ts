/** Texts of the dialogs that several pages open. */
export const approvalTexts = {
  approve: 'Approve',
  reject: 'Reject',
  approveTitle: (stage: string) => `Approve the delivery to ${stage}`,
  rejectTitle: (stage: string) => `Reject the delivery to ${stage}`,
  approveEffect: (stage: string) => `The run goes on and delivers to ${stage}.`,
  rejectEffect: (stage: string) => `The run ends here. What stands in ${stage} stays as it is.`,
  comment: 'Comment',
  commentHint: 'Optional. It is recorded, and shown with the run.',
  commentLeft: (left: number) => `${left} characters left`,
  commentTooLong: (most: number) => `At most ${most} characters`,
  approved: (pipeline: string, stage: string) => `You approved ${stage} of ${pipeline}.`,
  rejected: (pipeline: string, stage: string) => `You rejected ${stage} of ${pipeline}.`,
  notYours: (team: string) => `Only the team ${team}, whose account this stage is delivered to, may answer.`,
};

export const deletionTexts = {
  action: 'Delete pipeline',
  title: (name: string) => `Delete the pipeline ${name}?`,
  effect:
    'Its CodePipeline, its CICD stack and the artifacts of its runs are deleted. This takes some minutes and cannot be undone.',
  keepsStacks:
    'The applications in the accounts of its stages stay, because they hold data. The next window has the commands that delete them.',
  repository: 'Repository',
  keep: 'Keep the repository',
  keepHint: 'The code stays in CodeCommit, in the CICD account.',
  deleteToo: 'Delete the repository as well',
  deleteTooHint: 'Everything that was ever committed to it is lost.',
  confirm: (name: string) => `To confirm, type ${name}`,
  submit: 'Delete',
  started: (name: string) => `The pipeline ${name} is being deleted.`,
  left: 'These applications stay, because they hold data. The owners of the accounts delete them with the following commands, if they want to. Keep them: once the pipeline is gone, only administrators of the platform can read them.',
  leftIn: (stage: string, account: string, region: string) => `${stage}, in ${account}, ${region}`,
  leftCommand: (stage: string) => `the command for ${stage}`,
};
