import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { Schemas } from '../../../api/client';
import { preview as texts } from '../../../texts/preview';
import { Diff } from './Diff';

type Repository = Schemas['RepositoryPreview'];
type File = Schemas['FilePreview'];

/** What becomes of the repository, branch by branch. */
export function Files({ repository }: { repository: Repository }) {
  return (
    <Container header={<Header variant="h3">{texts.files}</Header>}>
      <SpaceBetween size="m">
        {repository.created && <Box>{texts.repositoryCreated(repository.name)}</Box>}
        {repository.branches.map((branch) => (
          <Branch key={branch.name} branch={branch} />
        ))}
      </SpaceBetween>
    </Container>
  );
}

function Branch({ branch }: { branch: Schemas['BranchPreview'] }) {
  const { name, created, files } = branch;
  if (files.length === 0) {
    return <Box>{created ? texts.branchCreated(name) : texts.branchUnchanged(name)}</Box>;
  }
  return (
    <SpaceBetween size="xs">
      <Box variant="h4">{texts.branch(name)}</Box>
      {files.map((file) => (
        // The files of a new repository are many, and none of them is a surprise.
        <ChangedFile key={file.path} file={file} open={!created} />
      ))}
    </SpaceBetween>
  );
}

function ChangedFile({ file, open }: { file: File; open: boolean }) {
  const { path, diff, conflict } = file;
  return (
    <ExpandableSection defaultExpanded={open} headerText={texts.file(path, stateOf(file))}>
      <SpaceBetween size="xs">
        {conflict && <Alert type="warning">{texts.conflictHint(conflict.detail)}</Alert>}
        <Diff path={path} diff={diff} conflicts={conflict?.lines ?? []} />
      </SpaceBetween>
    </ExpandableSection>
  );
}

function stateOf({ action, conflict }: File): string {
  if (conflict) return texts.conflict;
  return action === 'ADDED' ? texts.added : texts.changed;
}
