import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import type { Schemas } from '../api/client';
import { environmentStatus, pipelineStatus, redeploymentStatus, runStatus } from '../texts/status';

type Look = StatusIndicatorProps.Type;

const pipelineLook: Record<Schemas['PipelineStatus'], Look> = {
  DEPLOYING: 'in-progress',
  DEPLOYED: 'success',
  FAILED: 'error',
  DELETING: 'in-progress',
  DELETED: 'stopped',
};

const runLook: Record<Schemas['RunStatus'], Look> = {
  IN_PROGRESS: 'in-progress',
  STOPPING: 'in-progress',
  STOPPED: 'stopped',
  SUPERSEDED: 'stopped',
  CANCELLED: 'stopped',
  FAILED: 'error',
  SUCCEEDED: 'success',
};

const environmentLook: Record<Schemas['EnvironmentStatus'], Look> = {
  PENDING: 'pending',
  READY: 'success',
  FAILED: 'error',
};

const redeploymentLook: Record<Schemas['RedeploymentStatus'], Look> = {
  RUNNING: 'in-progress',
  SUCCEEDED: 'success',
  FAILED: 'error',
  CANCELLED: 'stopped',
};

export function PipelineStatus({ status }: { status: Schemas['PipelineStatus'] }) {
  return <StatusIndicator type={pipelineLook[status]}>{pipelineStatus[status]}</StatusIndicator>;
}

export function RunStatus({ status }: { status: Schemas['RunStatus'] }) {
  return <StatusIndicator type={runLook[status]}>{runStatus[status]}</StatusIndicator>;
}

export function EnvironmentStatus({ status }: { status: Schemas['EnvironmentStatus'] }) {
  return <StatusIndicator type={environmentLook[status]}>{environmentStatus[status]}</StatusIndicator>;
}

export function RedeploymentStatus({ status }: { status: Schemas['RedeploymentStatus'] }) {
  return <StatusIndicator type={redeploymentLook[status]}>{redeploymentStatus[status]}</StatusIndicator>;
}
