import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';

import { PageLink } from '../../../components/navigation';
import { Time } from '../../../live/Time';
import { common } from '../../../texts/common';
import { approvalDialog as texts } from '../../../texts/pipeline';
import { CommitId, Message } from '../commits';
import type { LiveStage, Pipeline, Schemas } from '../logic/types';

/** What is to be approved: the commit that waits, what stands there now, and where. */
export function ApprovalFacts({
  pipeline,
  stage,
  approval,
}: {
  pipeline: Pipeline;
  stage: LiveStage;
  approval: Schemas['Approval'];
}) {
  return (
    <KeyValuePairs
      columns={2}
      items={[
        { label: texts.commit, value: <Delivered commit={approval} /> },
        { label: texts.standsNow, value: stage.deployed ? <Delivered commit={stage.deployed} /> : texts.nothing },
        {
          label: texts.target,
          value: (
            <>
              {stage.environmentLabel}
              <Box fontSize="body-s" color="text-body-secondary">
                {stage.accountId} {stage.region}
              </Box>
            </>
          ),
        },
        { label: texts.mayAnswer, value: texts.answeringTeam(approval.team) },
        {
          label: texts.waitsSince,
          value: approval.waitingSince ? <Time at={approval.waitingSince} /> : common.none,
        },
        {
          label: texts.run,
          value: approval.runId ? (
            <PageLink href={`/pipelines/${pipeline.id}/runs/${approval.runId}`}>{approval.runId.slice(0, 8)}</PageLink>
          ) : (
            common.none
          ),
        },
      ]}
    />
  );
}

function Delivered({ commit }: { commit: Schemas['RunCommit'] }) {
  if (!commit.commitId) return <>{common.none}</>;
  return (
    <>
      <CommitId id={commit.commitId} />
      {commit.message && (
        <div className="graph-message">
          <Message text={commit.message} />
        </div>
      )}
    </>
  );
}
