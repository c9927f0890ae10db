import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';

import type { Schemas } from '../../../api/client';
import { preview as texts } from '../../../texts/preview';

type StackPreview = Schemas['StackPreview'];

interface Row {
  change: string;
  logicalId: string;
  type: string;
  what: string[];
}

const COLUMNS: TableProps.ColumnDefinition<Row>[] = [
  { id: 'change', header: texts.change, cell: ({ change }) => change },
  { id: 'resource', header: texts.resource, isRowHeader: true, cell: ({ logicalId }) => logicalId },
  { id: 'type', header: texts.type, cell: ({ type }) => type },
  {
    id: 'what',
    header: texts.what,
    cell: ({ what }) => <span className="as-written">{what.join('\n')}</span>,
  },
];

/** What becomes of a stack: its resources, and permissions apart. */
export function Stack({ stack }: { stack: StackPreview }) {
  const { name, region, action, updatedBy, comparedWith, iam } = stack;
  const rows = rowsOf(stack);
  const sentences = iam.flatMap(({ words }) => words);
  return (
    <ExpandableSection
      variant="container"
      defaultExpanded={action === 'UPDATE'}
      headerText={texts.stack(name, region)}
      headerDescription={texts.actions[action]}
    >
      <SpaceBetween size="m">
        {updatedBy === 'RUN' && <Box>{texts.byRun}</Box>}
        {comparedWith === 'RENDERED' && <Box>{texts.rendered}</Box>}
        <Table
          variant="embedded"
          items={rows}
          trackBy="logicalId"
          columnDefinitions={COLUMNS}
          wrapLines
          ariaLabels={{ tableLabel: texts.stack(name, region) }}
          empty={<Box color="text-body-secondary">{texts.noResources}</Box>}
        />
        {sentences.length > 0 && (
          <SpaceBetween size="xs">
            <Box variant="h4">{texts.permissions}</Box>
            <ul className="problem-list">
              {sentences.map((sentence, index) => (
                <li key={index} className="as-written">
                  {sentence}
                </li>
              ))}
            </ul>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </ExpandableSection>
  );
}

function rowsOf({ added, changed, replaced, removed }: StackPreview): Row[] {
  const { resourceChanges } = texts;
  const retained = (stays: boolean) => (stays ? [texts.retained] : []);
  return [
    ...added.map(({ logicalId, type }) => ({ change: resourceChanges.added, logicalId, type, what: [] })),
    ...changed.map(({ logicalId, type, properties, follows, mayBeReplaced }) => ({
      change: mayBeReplaced ? resourceChanges.perhaps : resourceChanges.changed,
      logicalId,
      type,
      what: [...properties.map(inWords), ...following(follows)],
    })),
    ...replaced.map(({ logicalId, type, properties, follows, retained: stays }) => ({
      change: resourceChanges.replaced,
      logicalId,
      type,
      what: [...properties.map(inWords), ...following(follows), ...retained(stays)],
    })),
    ...removed.map(({ logicalId, type, retained: stays }) => ({
      change: resourceChanges.removed,
      logicalId,
      type,
      what: retained(stays),
    })),
  ];
}

function inWords({ path, before, after }: Schemas['PropertyChange']): string {
  const shown = (value: unknown) => (value === undefined ? texts.none : JSON.stringify(value));
  return texts.becomes(path, shown(before), shown(after));
}

function following(follows: readonly string[] | undefined): string[] {
  return follows && follows.length > 0 ? [texts.follows(follows.join(', '))] : [];
}
