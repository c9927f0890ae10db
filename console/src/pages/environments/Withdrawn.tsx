import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useEffect, useRef } from 'react';

import type { Schemas } from '../../api/client';
import { Command } from '../../components/Command';
import { PageLink } from '../../components/navigation';
import { environment as texts } from '../../texts/environments';

/** What is left of pipelines whose team is not invited any more. */
export function Withdrawn({ withdrawn, onDismiss }: { withdrawn: Schemas['Withdrawn']; onDismiss: () => void }) {
  const { pipelines, commands, more } = withdrawn;
  const place = useRef<HTMLDivElement>(null);
  // It appears above the button that was pressed.
  useEffect(() => {
    place.current?.focus();
  }, []);
  return (
    <div ref={place} tabIndex={-1} className="comes-into-view">
      <Alert type="warning" header={texts.withdrawnTitle} dismissible onDismiss={onDismiss}>
        <SpaceBetween size="m">
          <Box>
            {texts.withdrawnEffect} {more && texts.withdrawnMore}
          </Box>
          <Table
            variant="embedded"
            items={pipelines}
            trackBy="id"
            ariaLabels={{ tableLabel: texts.withdrawnTitle }}
            columnDefinitions={[
              {
                id: 'pipeline',
                header: texts.withdrawnColumns.pipeline,
                isRowHeader: true,
                cell: ({ id, name }) => <PageLink href={`/pipelines/${id}`}>{name}</PageLink>,
              },
              { id: 'team', header: texts.withdrawnColumns.team, cell: ({ team }) => team },
              { id: 'stages', header: texts.withdrawnColumns.stages, cell: ({ stages }) => stages.join(', ') },
              { id: 'cicd', header: texts.withdrawnColumns.cicd, cell: ({ cicd }) => (cicd ? texts.yes : texts.no) },
            ]}
          />
          {commands.length > 0 && (
            <SpaceBetween size="s">
              <Box variant="strong">{texts.withdrawnCommands}</Box>
              <Box>{texts.withdrawnCommandsHint}</Box>
              {commands.map(({ ends, command }) => (
                <SpaceBetween key={command} size="xxs">
                  <Box>{ends}</Box>
                  <Command text={command} what={texts.command} />
                </SpaceBetween>
              ))}
            </SpaceBetween>
          )}
        </SpaceBetween>
      </Alert>
    </div>
  );
}
