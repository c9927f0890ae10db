import type { Schemas } from '../api/client';

/** What states are called. */
export const pipelineStatus: Record<Schemas['PipelineStatus'], string> = {
  DEPLOYING: 'Deploying',
  DEPLOYED: 'Deployed',
  FAILED: 'Failed',
  DELETING: 'Deleting',
  DELETED: 'Deleted',
};

export const runStatus: Record<Schemas['RunStatus'], string> = {
  IN_PROGRESS: 'In progress',
  STOPPING: 'Stopping',
  STOPPED: 'Stopped',
  SUPERSEDED: 'Superseded',
  CANCELLED: 'Cancelled',
  FAILED: 'Failed',
  SUCCEEDED: 'Succeeded',
};

export const environmentStatus: Record<Schemas['EnvironmentStatus'], string> = {
  PENDING: 'Not verified yet',
  READY: 'Ready',
  FAILED: 'Has problems',
};

export const redeploymentStatus: Record<Schemas['RedeploymentStatus'], string> = {
  RUNNING: 'Running',
  SUCCEEDED: 'Finished',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
};
