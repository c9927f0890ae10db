import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import TokenGroup from '@cloudscape-design/components/token-group';

import type { Schemas } from '../../api/client';
import { linking as texts } from '../../texts/environments';
import { type Settings, USUAL_QUALIFIER, withTyped } from './settings';

export interface SettingsFieldsProps {
  settings: Settings;
  /** Changes settings, and forgets what was wrong with them. */
  change: (patch: Partial<Settings>) => void;
  problems: Readonly<Record<string, string>>;
  disabled?: boolean;
}

export function LabelField({ settings, change, problems, disabled }: SettingsFieldsProps) {
  return (
    <FormField label={texts.label} description={texts.labelHint} errorText={problems.label}>
      <Input
        value={settings.label}
        disabled={disabled ?? false}
        autoComplete={false}
        onChange={({ detail }) => change({ label: detail.value })}
      />
    </FormField>
  );
}

export function InvitedTeamsField({
  settings,
  change,
  problems,
  disabled,
  typed,
  setTyped,
}: SettingsFieldsProps & { typed: string; setTyped: (typed: string) => void }) {
  const add = () => {
    if (typed.trim()) change({ invitedTeams: withTyped(settings, typed).invitedTeams });
    setTyped('');
  };
  return (
    <FormField
      label={texts.invited}
      description={texts.invitedHint}
      errorText={problems.invitedTeams}
      secondaryControl={
        <Button disabled={disabled ?? false} formAction="none" onClick={add}>
          {texts.addTeam}
        </Button>
      }
    >
      <SpaceBetween size="xs">
        <Input
          value={typed}
          placeholder={texts.invitedPlaceholder}
          disabled={disabled ?? false}
          autoComplete={false}
          onKeyDown={(event) => {
            if (event.detail.key === 'Enter') {
              event.preventDefault();
              add();
            }
          }}
          onChange={({ detail }) => setTyped(detail.value)}
        />
        <TokenGroup
          items={settings.invitedTeams.map((team) => ({
            label: team,
            dismissLabel: texts.removeTeam(team),
            disabled: disabled ?? false,
          }))}
          onDismiss={({ detail }) =>
            change({ invitedTeams: settings.invitedTeams.filter((_, index) => index !== detail.itemIndex) })
          }
        />
      </SpaceBetween>
    </FormField>
  );
}

export function ApprovalField({ settings, change, problems, disabled }: SettingsFieldsProps) {
  return (
    <FormField label={texts.approval} errorText={problems.approval}>
      <RadioGroup
        value={settings.approval}
        items={(['ANYBODY', 'FOUR_EYES'] as const).map((value) => ({
          value,
          ...texts.approvals[value],
          disabled: disabled ?? false,
        }))}
        onChange={({ detail }) => change({ approval: detail.value as Schemas['ApprovalRule'] })}
      />
    </FormField>
  );
}

export function SelfMutationField({ settings, change, problems, disabled }: SettingsFieldsProps) {
  return (
    <FormField label={texts.selfMutation} errorText={problems.selfMutation}>
      <RadioGroup
        value={settings.selfMutation}
        items={(['OWN_TEAM', 'INVITED'] as const).map((value) => ({
          value,
          ...texts.selfMutations[value],
          disabled: disabled ?? false,
        }))}
        onChange={({ detail }) => change({ selfMutation: detail.value as Schemas['SelfMutation'] })}
      />
    </FormField>
  );
}

export function CredentialsField({ settings, change, problems, disabled }: SettingsFieldsProps) {
  return (
    <FormField label={texts.credentials} errorText={problems.credentials}>
      <Toggle
        checked={settings.credentials === 'ENABLED'}
        disabled={disabled ?? false}
        onChange={({ detail }) => change({ credentials: detail.checked ? 'ENABLED' : 'DISABLED' })}
      >
        {texts.credentialsToggle}
      </Toggle>
    </FormField>
  );
}

export function BootstrapFields({ settings, change, problems, disabled }: SettingsFieldsProps) {
  const optional = (label: string) => (
    <span>
      {label} <i>– {texts.optional}</i>
    </span>
  );
  return (
    <SpaceBetween size="l">
      <FormField
        label={optional(texts.boundary)}
        description={texts.boundaryHint}
        errorText={problems.permissionsBoundary}
      >
        <Input
          value={settings.permissionsBoundary}
          disabled={disabled ?? false}
          autoComplete={false}
          onChange={({ detail }) => change({ permissionsBoundary: detail.value })}
        />
      </FormField>
      <FormField
        label={optional(texts.qualifier)}
        description={texts.qualifierHint}
        errorText={problems.bootstrapQualifier}
      >
        <Input
          value={settings.bootstrapQualifier}
          placeholder={USUAL_QUALIFIER}
          disabled={disabled ?? false}
          autoComplete={false}
          onChange={({ detail }) => change({ bootstrapQualifier: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  );
}
