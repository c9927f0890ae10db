import { pipeline as texts } from '../../texts/pipeline';
import type { Pipeline } from './logic/types';

/** Whether the person may change and run the pipeline: only those read where its repository is. */
export function isOperator(pipeline: Pipeline): boolean {
  return Boolean(pipeline.repositoryName);
}

/** Why nothing of the pipeline can be changed or run now, if so. */
export function whyNot(pipeline: Pipeline): string | undefined {
  if (!isOperator(pipeline)) return texts.notOperator(pipeline.team);
  if (pipeline.status === 'DELETING' || pipeline.status === 'DELETED') return texts.deletingReason;
  return undefined;
}

/** The properties of a button that does nothing for `reason`, if there is one. */
export function disabled(reason: string | undefined) {
  return reason === undefined ? {} : { disabled: true, disabledReason: reason };
}
