import Table from '@cloudscape-design/components/table';
import Header from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';

import { difference as texts } from '../../texts/pipelineForm';
import type { Difference } from './differences';

interface Row {
  what: string;
  before: ReactNode;
  after: ReactNode;
  effect: string;
}

function rowOf(told: Difference, label: (environmentId: string) => string): Row {
  const row = (what: string, before: ReactNode, after: ReactNode, effect = ''): Row => ({
    what,
    before,
    after,
    effect,
  });
  const written = (text: string) => (text ? <span className="as-written">{text}</span> : texts.none);
  switch (told.kind) {
    case 'description':
      return row(texts.description, written(told.before), written(told.after));
    case 'tag-added':
      return row(texts.tag(told.key), texts.none, written(told.after));
    case 'tag-removed':
      return row(texts.tag(told.key), written(told.before), texts.none);
    case 'tag-changed':
      return row(texts.tag(told.key), written(told.before), written(told.after));
    case 'stage-added': {
      const approval = told.approval ? texts.approval : texts.noApproval;
      return row(
        texts.stage(told.stage),
        texts.none,
        `${label(told.environmentId)}, ${approval}`,
        texts.stageAddedEffect,
      );
    }
    case 'stage-removed':
      return row(texts.stage(told.stage), label(told.environmentId), texts.none, texts.stageRemovedEffect);
    case 'stage-moved':
      return row(texts.stage(told.stage), label(told.before), label(told.after), texts.stageMovedEffect);
    case 'approval-added':
      return row(texts.stage(told.stage), texts.noApproval, texts.approval);
    case 'approval-removed':
      return row(texts.stage(told.stage), texts.approval, texts.noApproval, texts.approvalRemovedEffect);
    case 'order':
      return row(texts.order, told.before.join(' → '), told.after.join(' → '));
  }
}

/** What differs between two definitions, line by line. */
export function DifferencesTable({
  differences,
  label,
  title,
}: {
  differences: readonly Difference[];
  /** What people call an environment. */
  label: (environmentId: string) => string;
  title: string;
}) {
  const rows = differences.map((told) => rowOf(told, label));
  return (
    <Table
      variant="container"
      header={<Header variant="h2">{title}</Header>}
      items={rows}
      ariaLabels={{ tableLabel: title }}
      wrapLines
      columnDefinitions={[
        { id: 'what', header: texts.what, isRowHeader: true, cell: (row) => row.what, minWidth: 120 },
        { id: 'before', header: texts.before, cell: (row) => row.before, minWidth: 110 },
        { id: 'after', header: texts.after, cell: (row) => row.after, minWidth: 110 },
        ...(rows.some(({ effect }) => effect)
          ? [{ id: 'effect', header: texts.effect, cell: (row: Row) => row.effect, minWidth: 200 }]
          : []),
      ]}
    />
  );
}
