import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';

import { Command } from '../../components/Command';
import { settings as texts } from '../../texts/pipeline';
import type { Orphan } from './logic/types';

const ORPHAN_COLUMNS: TableProps.ColumnDefinition<Orphan>[] = [
  {
    id: 'stack',
    header: texts.stack,
    isRowHeader: true,
    minWidth: 240,
    cell: ({ stackName, command }) => (
      <SpaceBetween size="xxs">
        <span>{stackName}</span>
        <Command text={command} what={texts.theCommand(stackName)} />
      </SpaceBetween>
    ),
  },
  { id: 'stage', header: texts.stage, cell: ({ stage }) => stage },
  { id: 'account', header: texts.account, cell: ({ accountId }) => accountId },
  { id: 'region', header: texts.region, cell: ({ region }) => region },
];

/** The stacks that stages have left, with the commands that delete them. */
export function LeftOver({ orphans }: { orphans: readonly Orphan[] }) {
  return (
    <div id="left-over">
      <Table
        header={
          <Header variant="h2" counter={`(${orphans.length})`} description={texts.orphansText}>
            {texts.orphans}
          </Header>
        }
        ariaLabels={{ tableLabel: texts.orphans }}
        items={orphans}
        columnDefinitions={ORPHAN_COLUMNS}
        wrapLines
        empty={<Box color="text-body-secondary">{texts.noOrphans}</Box>}
      />
    </div>
  );
}
