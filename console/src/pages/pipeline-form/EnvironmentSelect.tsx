import Select, { type SelectProps } from '@cloudscape-design/components/select';

import type { Schemas } from '../../api/client';
import { form as texts } from '../../texts/pipelineForm';
import { environmentStatus } from '../../texts/status';

type Environment = Schemas['Environment'];

/** Chooses an environment. Those that cannot be used are shown with the reason. */
export function EnvironmentSelect({
  environments,
  value,
  refusal,
  loading,
  ariaLabel,
  invalid,
  onChange,
}: {
  environments: readonly Environment[];
  value: string;
  refusal: (environment: Environment) => string | undefined;
  loading: boolean;
  ariaLabel?: string;
  invalid?: boolean;
  onChange: (environmentId: string) => void;
}) {
  const options = environments
    .map((environment): SelectProps.Option => {
      const reason = refusal(environment);
      return {
        value: environment.id,
        label: environment.label,
        labelTag: environment.status === 'READY' ? '' : environmentStatus[environment.status],
        description: `${environment.accountId} · ${environment.region} · ${environment.team}`,
        disabled: reason !== undefined,
        ...(reason && { disabledReason: reason, tags: [reason] }),
      };
    })
    // What can be used comes first.
    .sort((one, other) => Number(one.disabled) - Number(other.disabled));
  const chosen = environments.find(({ id }) => id === value);
  return (
    <Select
      // An environment that is not seen any more is known by its id.
      selectedOption={value ? { value, label: chosen?.label ?? value } : null}
      options={options}
      placeholder={texts.environmentPlaceholder}
      filteringType={options.length > 6 ? 'auto' : 'none'}
      filteringAriaLabel={texts.environmentSearch}
      statusType={loading ? 'loading' : 'finished'}
      empty={texts.noEnvironments}
      expandToViewport
      {...(ariaLabel && { ariaLabel })}
      invalid={invalid ?? false}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
    />
  );
}
