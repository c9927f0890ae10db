import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { Command } from '../../components/Command';
import { PageButton } from '../../components/navigation';
import { failureAdvice, otherFailure } from '../../texts/failures';
import { pipeline as texts } from '../../texts/pipeline';
import type { Schemas } from '../../api/client';
import { sentence, withCommands } from './logic/sentences';
import type { Pipeline } from './logic/types';

/** What the pipeline is going through: a deployment that goes on or failed, and what removed stages have left behind. */
export function Situation({ pipeline }: { pipeline: Pipeline }) {
  const { lastDeployment, orphans, status } = pipeline;
  const warnings = pipeline.warnings ?? [];
  const path = `/pipelines/${pipeline.id}`;
  const deployment = lastDeployment && `${path}/deployments/${lastDeployment.id}`;
  const failure = status === 'FAILED' ? lastDeployment?.failure : undefined;
  const goesOn = status === 'DEPLOYING' || status === 'DELETING';
  if (!failure && !goesOn && orphans.length === 0 && warnings.length === 0) return null;
  const showDeployment = deployment && <PageButton href={deployment}>{texts.showDeployment}</PageButton>;
  return (
    <SpaceBetween size="s">
      {failure && (
        <Alert
          type="error"
          header={texts.failedTitle(lastDeployment?.kind ?? 'DEPLOY', failure.error)}
          action={showDeployment}
        >
          <Failure failure={failure} />
        </Alert>
      )}
      {goesOn && (
        <Alert
          type="info"
          header={status === 'DELETING' ? texts.deletingTitle : texts.deployingTitle(pipeline.revision)}
          action={showDeployment}
        />
      )}
      {warnings.length > 0 && (
        <Alert type="warning" header={texts.warningsTitle}>
          <ul className="problem-list">
            {warnings.map((warning) => (
              <li key={warning}>{sentence(warning)}</li>
            ))}
          </ul>
        </Alert>
      )}
      {orphans.length > 0 && (
        <Alert
          type="warning"
          header={texts.orphansTitle(orphans.length)}
          action={<PageButton href={`${path}/settings#left-over`}>{texts.showOrphans}</PageButton>}
        >
          {texts.orphansText}
        </Alert>
      )}
    </SpaceBetween>
  );
}

/** Why a deployment failed, in the words of the platform, and what to do about it. */
export function Failure({ failure }: { failure: Schemas['Failure'] }) {
  const { text, commands } = withCommands(failure.cause);
  return (
    <SpaceBetween size="xs">
      <span className="as-written">{sentence(text)}</span>
      {commands.map((command) => (
        <Command key={command} text={command} what={texts.theFix} />
      ))}
      <div>
        <Box variant="strong">{texts.whatToDo}:</Box> {failureAdvice[failure.error] ?? otherFailure}
      </div>
    </SpaceBetween>
  );
}
