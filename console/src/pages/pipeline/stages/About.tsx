import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { useQuery } from '@tanstack/react-query';

import { allEnvironmentsQuery } from '../../../api/environments';
import { PageLink } from '../../../components/navigation';
import { Tags } from '../../../components/tags';
import { Time } from '../../../live/Time';
import { common } from '../../../texts/common';
import { overview as texts } from '../../../texts/pipeline';
import type { Pipeline } from '../logic/types';

export function About({ pipeline }: { pipeline: Pipeline }) {
  const environments = useQuery(allEnvironmentsQuery).data?.items;
  const cicd = environments?.find(({ id }) => id === pipeline.cicdEnvironmentId)?.label ?? pipeline.cicdEnvironmentId;
  const { description, tags, repositoryName, updatedBy } = pipeline;
  return (
    <Container fitHeight header={<Header variant="h2">{texts.title}</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          {
            label: texts.description,
            value: <span className="as-written">{description || texts.noDescription}</span>,
          },
          { label: texts.strategy, value: pipeline.strategy },
          { label: texts.team, value: pipeline.team },
          {
            label: texts.owner,
            value: (
              <>
                {pipeline.owner}, <Time at={pipeline.createdAt} />
              </>
            ),
          },
          {
            label: texts.changed,
            value: (
              <>
                <Time at={pipeline.updatedAt} /> {updatedBy && texts.changedBy(updatedBy)}
              </>
            ),
          },
          {
            label: texts.cicd,
            value: <PageLink href={`/environments/${pipeline.cicdEnvironmentId}`}>{cicd}</PageLink>,
          },
          { label: texts.stack, value: pipeline.stackName },
          { label: texts.repository, value: repositoryName ?? common.none },
          { label: texts.tags, value: Object.keys(tags).length > 0 ? <Tags tags={tags} /> : common.none },
        ]}
      />
    </Container>
  );
}
