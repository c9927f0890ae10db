export const form = {
  createTitle: 'Create pipeline',
  editTitle: (name: string) => `Edit ${name}`,
  steps: {
    basics: { title: 'Name and team', description: 'What the pipeline is called, what it is for, and whose it is.' },
    delivery: {
      title: 'Delivery',
      description: 'How changes reach the accounts, and where the repository and the CodePipeline are.',
    },
    stages: {
      title: 'Stages',
      description: 'The accounts that the application is delivered to, one after the other.',
    },
    review: { title: 'Review', description: '' },
  },
  reviewCreate: 'Review and create',
  reviewEdit: 'Review and save',
  create: 'Create pipeline',
  save: 'Save and deploy',
  cancel: 'Cancel',

  name: 'Name',
  nameHint: 'Part of the names of the repository and of the stack. It cannot be changed later.',
  nameRule: '2 to 32 of a-z, 0-9 and single hyphens, starting with a letter and not ending with a hyphen',
  description: 'Description',
  descriptionHint: 'What the pipeline is for, in your words.',
  team: 'Team',
  teamHint: 'The team that owns the pipeline: it changes it, runs it and works in its repository.',
  teamPlaceholder: 'Choose a team',
  teamMissing: 'Choose a team',
  noTeamTitle: 'You are in no team',
  noTeam: 'A pipeline belongs to a team. Ask an administrator of the platform to add you to one.',
  tags: 'Tags',
  tagsHint: 'They are on every resource of the pipeline.',
  tagKey: 'Key',
  tagValue: 'Value',
  addTag: 'Add a tag',
  removeTag: 'Remove',
  removeTagOf: (key: string) => `Remove the tag ${key}`,
  noTags: 'No tags',
  tagKeyMissing: 'A tag needs a key',
  tagTwice: (key: string) => `The tag ${key} is there already`,
  tagsLeft: (left: number) => (left === 1 ? '1 more tag is possible' : `${left} more tags are possible`),

  strategy: 'Strategy',
  strategies: {
    'cdk-trunk': {
      label: 'cdk-trunk',
      description:
        'One branch, one CodePipeline that updates itself. Its definition is code in your repository, and your developers may change it. Whoever pushes is administrator of the CICD account and of every account that trusts it.',
    },
    trunk: {
      label: 'trunk',
      description:
        'One branch, one CodePipeline that the platform defines. It delivers main to all stages in a row, with an approval before each stage but the first.',
    },
    gitflow: {
      label: 'gitflow',
      description:
        'A branch and a CodePipeline for each stage. A push to the branch dev delivers to the stage dev; prod is delivered from main.',
    },
  },
  strategyFixed: 'Name, team, strategy and CICD environment cannot be changed.',
  cicdEnvironment: 'CICD environment',
  cicdEnvironmentHint: 'The account that holds the repository and the CodePipeline.',
  environmentPlaceholder: 'Choose an environment',
  environmentMissing: 'Choose an environment',
  environmentSearch: 'Find an environment',
  noEnvironments: 'No environments',
  linkEnvironment: 'Link another account',
  refreshEnvironments: 'Read the environments anew',

  stages: 'Stages',
  stagesHint: 'In this order. Drag a stage, or use its handle with the arrow keys, to move it.',
  stageName: 'Stage name',
  stageEnvironment: 'Environment',
  approval: 'Approval',
  approvalToggle: 'Wait for an approval',
  approvalHint: (team: string) => `The team ${team} approves`,
  approvalKept: (team: string) => `Only the team ${team}, whose account it is, may take its approval away.`,
  addStage: 'Add a stage',
  stagesLeft: (most: number) => `A pipeline has up to ${most} stages`,
  removeStage: (name: string) => `Remove the stage ${name}`,
  remove: 'Remove',
  stageMissing: 'A pipeline needs a stage',
  tooManyStages: (most: number) => `At most ${most} stages`,
  stageNameRule: 'Up to 16 of a-z, 0-9 and hyphens, starting with a letter; not cicd',
  stageTwice: (name: string) => `The stage ${name} is there already`,
  unnamedStage: (position: number) => `stage ${position}`,

  edit: 'Edit',
  withApproval: 'With approval',
  withoutApproval: 'Without approval',
  what: 'What happens next',
  whatHappens:
    'The platform makes the repository with a working application and the CodePipeline, which delivers to the first stage. You see each step on the next page.',
  sharedTitle: 'Stages that are not kept apart',
  sharedStages: (stages: string, account: string) =>
    `${stages} share the account ${account}: a deployment of one can change the others. Give each an account of its own to keep them apart.`,
  sharedWithCicd: (stages: string, account: string) =>
    `${stages} and the CodePipeline share the account ${account}: a deployment there can change the pipeline itself. Give the stage an account of its own to keep them apart.`,
  quotaReached: (team: string, limit: number) =>
    `The team ${team} has ${limit} pipelines, as many as it may have. Delete one, or ask an administrator of the platform.`,
  created: (name: string) => `The pipeline ${name} is being set up.`,
  saved: (name: string) => `The changes of ${name} are saved and being deployed.`,
  nothingChanged: 'You have changed nothing yet.',
  draftKept: 'This is the draft that you left. ',
  startAnew: 'Start anew',
};

export const usability = {
  chooseTeam: 'Choose a team first',
  notInvited: (team: string, owner: string) =>
    `The team ${team} is not invited: ask the team ${owner}, whose environment it is`,
  notVerified: 'Not verified yet: open the environment and run its commands',
  hasProblems: 'The last verification found problems: open the environment to see what fixes them',
  selfMutationOfOwnTeam: (owner: string) =>
    `Only pipelines of the team ${owner} may be cdk-trunk here: take another strategy, or ask that team`,
  hostsNone: (owner: string) => `No pipelines are kept in this account: the team ${owner} can allow it`,
  hostsDelivering: (owner: string) =>
    `No pipelines that update themselves are kept in this account: take another strategy, or ask the team ${owner}`,
  cicdAccountOnlyDelivers: (owner: string) =>
    `It is in the account of the CodePipeline, whose team ${owner} does not allow stages there`,
};

export const difference = {
  title: 'What you change',
  what: 'What',
  before: 'Before',
  after: 'After',
  effect: 'Effect',
  description: 'Description',
  tag: (key: string) => `Tag ${key}`,
  stage: (name: string) => `Stage ${name}`,
  order: 'Order of the stages',
  none: 'none',
  approval: 'approval',
  noApproval: 'no approval',
  stageAddedEffect: 'The application is delivered there with the next run.',
  stageRemovedEffect:
    'Nothing is delivered there any more. The application stays, because it holds data; you get the command that deletes it.',
  stageMovedEffect:
    'The next run delivers to the new environment. The application in the former one stays; you get the command that deletes it.',
  approvalRemovedEffect: 'Changes reach it without being asked for.',
};

export const conflict = {
  title: 'Somebody else has changed the pipeline',
  changed: (who: string) => `While you were editing, ${who} saved the following,`,
  theirs: 'What was changed meanwhile',
  unknownPerson: 'somebody',
  nothingVisible: 'Nothing that you can edit differs.',
  merge: 'Keep my changes on top',
  mergeHint:
    'Takes over what was changed meanwhile, puts your changes on top and shows you the result before it is saved.',
  discard: 'Discard my changes',
  clashes: 'You both changed the following. Your version is kept; check it before you save.',
  clash: {
    description: 'the description',
    tag: (key: string) => `the tag ${key}`,
    stage: (name: string) => `the stage ${name}`,
  },
};
