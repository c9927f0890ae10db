import { duration } from '../../../live/times';
import type { Deployment, Step } from './types';

export interface TimelineRow {
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  startedAt: string;
  endedAt?: string;
  attempts: number;
  /** Whether entering the step several times means trying again; the others ask or wait until something is done. */
  repeats: 'RETRIED' | 'LOOPED' | 'ONCE';
  /** Where the step lies in the deployment's time, in parts of the whole. */
  offset: number;
  width: number;
}

/** States that the workflow enters again and again until something is done. */
const LOOPS = new Set([
  'StackProgress',
  'WaitForRun',
  'WaitForStack',
  'CheckStack',
  'DeployStack',
  'EmptyBuckets',
  'EmptyingProgress',
  'DeleteStack',
  'DeletionProgress',
  'WaitForDeletion',
  'CheckDeletion',
  'DeleteBuckets',
  'BucketsProgress',
]);

/** States that only choose the next one. */
const CHOICES = new Set([
  'Operation',
  'StackProgress',
  'EmptyingProgress',
  'DeletionProgress',
  'BucketsProgress',
  'RepositoryWanted',
  'UnknownProgress',
  'Deployed',
  'Deleted',
  'DeploymentFailed',
]);

const MINIMUM_WIDTH = 0.004;

export function timelineOf(deployment: Deployment, now: number): TimelineRow[] {
  const steps = (deployment.steps ?? []).filter((step) => !CHOICES.has(step.name));
  if (steps.length === 0) return [];
  const startOf = (step: Step) => Date.parse(step.startedAt);
  const endOf = (step: Step) => (step.endedAt ? Date.parse(step.endedAt) : now);
  const start = Math.min(...steps.map(startOf));
  const whole = Math.max(1, Math.max(...steps.map(endOf)) - start);
  return steps.map((step) => {
    const offset = (startOf(step) - start) / whole;
    const width = Math.max(MINIMUM_WIDTH, (endOf(step) - startOf(step)) / whole);
    return {
      name: step.name,
      status: statusOf(step),
      startedAt: step.startedAt,
      ...(step.endedAt ? { endedAt: step.endedAt } : {}),
      attempts: step.attempts,
      repeats: step.attempts <= 1 ? 'ONCE' : LOOPS.has(step.name) ? 'LOOPED' : 'RETRIED',
      offset: Math.min(offset, 1 - MINIMUM_WIDTH),
      width: Math.min(width, 1 - Math.min(offset, 1 - MINIMUM_WIDTH)),
    };
  });
}

function statusOf(step: Step): TimelineRow['status'] {
  if (step.status === 'FAILED' || step.status === 'SUCCEEDED') return step.status;
  return 'RUNNING';
}

/** How long a step took. Many take less than a second. */
export function stepTime(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return duration(new Date(0), new Date(ms));
}
