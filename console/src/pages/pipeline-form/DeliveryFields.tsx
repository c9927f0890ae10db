import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';

import type { Schemas } from '../../api/client';
import { PageLink } from '../../components/navigation';
import { form as texts } from '../../texts/pipelineForm';
import type { Strategy } from './draft';
import { EnvironmentSelect } from './EnvironmentSelect';
import type { FieldsProps } from './fields';
import { cicdRefusal } from './usability';

export interface EnvironmentsProps {
  environments: readonly Schemas['Environment'][];
  loading: boolean;
  refresh: () => void;
}

export function DeliveryFields({
  draft,
  change,
  problems,
  environments,
  loading,
  refresh,
}: FieldsProps & EnvironmentsProps) {
  return (
    <Container>
      <SpaceBetween size="l">
        <FormField label={texts.strategy} errorText={problems.strategy} stretch>
          <Tiles
            value={draft.strategy}
            columns={1}
            items={(['cdk-trunk', 'trunk', 'gitflow'] as const).map((value) => ({ value, ...texts.strategies[value] }))}
            onChange={({ detail }) =>
              // Whether an environment can be used depends on the strategy.
              change({ strategy: detail.value as Strategy }, 'strategy', 'cicdEnvironmentId')
            }
          />
        </FormField>
        <FormField
          label={texts.cicdEnvironment}
          description={texts.cicdEnvironmentHint}
          errorText={problems.cicdEnvironmentId}
          constraintText={<PageLink href="/environments/new">{texts.linkEnvironment}</PageLink>}
          secondaryControl={
            <Button iconName="refresh" ariaLabel={texts.refreshEnvironments} loading={loading} onClick={refresh} />
          }
        >
          <EnvironmentSelect
            environments={environments}
            value={draft.cicdEnvironmentId}
            refusal={(environment) => cicdRefusal(environment, draft.team, draft.strategy)}
            loading={loading}
            onChange={(cicdEnvironmentId) => change({ cicdEnvironmentId }, 'cicdEnvironmentId')}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
