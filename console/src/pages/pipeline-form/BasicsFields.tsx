import Alert from '@cloudscape-design/components/alert';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';

import { form as texts } from '../../texts/pipelineForm';
import { MAX_TAGS, newRow, type TagRow } from './draft';
import type { FieldsProps } from './fields';
import { fieldOf } from './problems';

export function BasicsFields({ draft, change, problems, fixed, teams }: FieldsProps & { teams: readonly string[] }) {
  const changeTag = (changed: TagRow) =>
    change(
      { tags: draft.tags.map((tag) => (tag.row === changed.row ? changed : tag)) },
      fieldOf.tag(changed.row),
      'tags',
    );
  return (
    <SpaceBetween size="l">
      {!fixed && teams.length === 0 && (
        <Alert type="warning" header={texts.noTeamTitle}>
          {texts.noTeam}
        </Alert>
      )}
      <Container>
        <SpaceBetween size="l">
          <FormField
            label={texts.name}
            description={fixed ? texts.strategyFixed : texts.nameHint}
            constraintText={fixed ? undefined : texts.nameRule}
            errorText={problems.name}
          >
            <Input
              value={draft.name}
              disabled={fixed}
              autoComplete={false}
              onChange={({ detail }) => change({ name: detail.value }, 'name')}
            />
          </FormField>
          <FormField label={texts.team} description={texts.teamHint} errorText={problems.team}>
            <Select
              selectedOption={draft.team ? { value: draft.team, label: draft.team } : null}
              options={teams.map((team) => ({ value: team, label: team }))}
              placeholder={texts.teamPlaceholder}
              disabled={fixed}
              filteringType={teams.length > 6 ? 'auto' : 'none'}
              onChange={({ detail }) => change({ team: detail.selectedOption.value ?? '' }, 'team')}
            />
          </FormField>
          <FormField
            label={
              <span>
                {texts.description} <i>– optional</i>
              </span>
            }
            description={texts.descriptionHint}
            errorText={problems.description}
          >
            <Textarea
              value={draft.description}
              rows={3}
              onChange={({ detail }) => change({ description: detail.value }, 'description')}
            />
          </FormField>
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" description={texts.tagsHint}>
            {texts.tags}
          </Header>
        }
      >
        <FormField errorText={problems.tags} stretch>
          <AttributeEditor
            items={draft.tags}
            definition={[
              {
                label: texts.tagKey,
                control: (tag) => (
                  <Input
                    value={tag.key}
                    ariaLabel={texts.tagKey}
                    autoComplete={false}
                    onChange={({ detail }) => changeTag({ ...tag, key: detail.value })}
                  />
                ),
                errorText: (tag) => problems[fieldOf.tag(tag.row)],
              },
              {
                label: texts.tagValue,
                control: (tag) => (
                  <Input
                    value={tag.value}
                    ariaLabel={texts.tagValue}
                    autoComplete={false}
                    onChange={({ detail }) => changeTag({ ...tag, value: detail.value })}
                  />
                ),
              },
            ]}
            addButtonText={texts.addTag}
            removeButtonText={texts.removeTag}
            removeButtonAriaLabel={(tag) => texts.removeTagOf(tag.key)}
            disableAddButton={draft.tags.length >= MAX_TAGS}
            empty={texts.noTags}
            additionalInfo={
              draft.tags.length > MAX_TAGS - 10 ? texts.tagsLeft(MAX_TAGS - draft.tags.length) : undefined
            }
            onAddButtonClick={() => change({ tags: [...draft.tags, { row: newRow(), key: '', value: '' }] }, 'tags')}
            onRemoveButtonClick={({ detail }) =>
              change({ tags: draft.tags.filter((_, index) => index !== detail.itemIndex) }, 'tags')
            }
          />
        </FormField>
      </Container>
    </SpaceBetween>
  );
}
