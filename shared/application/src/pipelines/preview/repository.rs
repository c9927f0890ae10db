//! What becomes of the repository.

use std::collections::BTreeMap;

use differences::unified;
use domain::{
    Result, blueprint::Blueprint, ids::DeploymentId, names::PipelineNames, repository::MAIN_BRANCH,
};
use rendering::Repository;
use serde::Serialize;

use super::PreviewProblem;
use crate::{
    artifacts::FindArtifacts,
    linked_accounts::sessions::Session,
    workflow::commit_repository::{
        ReadRepositories,
        survey::{Conflict, Due, Edit, Found, MergedFile, Prospect, Surveyor, TagChanges, repository_tags},
    },
};

/// What becomes of the repository.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryPreview {
    /// Its name.
    pub name: String,
    /// Whether it is created.
    pub created: bool,
    /// The description, if it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<TextChange>,
    /// What its tags become. Tags that somebody else set stay.
    pub tags: TagsPreview,
    /// The branches that stages are delivered from, main first. If one of them contradicts the change, none of them gets it.
    pub branches: Vec<BranchPreview>,
}

/// A text that changes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextChange {
    pub before: String,
    pub after: String,
}

/// What tags become.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagsPreview {
    /// Those that are new or get another value.
    pub set: BTreeMap<String, String>,
    /// The keys of those that are gone.
    pub removed: Vec<String>,
}

/// What becomes of a branch.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BranchPreview {
    /// Its name.
    pub name: String,
    /// Its present head; missing if it is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Whether it is created: main with the first commit, others from what main is then.
    pub created: bool,
    /// The files that one commit writes; none if the branch is as it should be.
    pub files: Vec<FilePreview>,
}

/// What becomes of a file.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePreview {
    /// Its path.
    pub path: String,
    /// What happens to it.
    pub action: FileAction,
    /// The change of the branch's file, as `git diff` writes it. With a conflict, what a pull request would offer: the platform's lines
    /// where both sides changed the same ones.
    pub diff: String,
    /// Where developers' changes contradict the platform's; missing if both fit together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictPreview>,
}

/// What happens to a file.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileAction {
    Added,
    Changed,
}

/// Where developers' changes contradict the platform's.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictPreview {
    /// The file and the place in it, in words.
    pub detail: String,
    /// The lines of the branch's file; empty where there is no such file, or where it is no text.
    pub lines: Vec<LineRange>,
}

/// Lines of a file, from 1.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineRange {
    pub first: usize,
    pub last: usize,
}

impl RepositoryPreview {
    /// The problem where a branch contradicts the change.
    pub(super) fn contradiction(&self) -> Option<PreviewProblem> {
        let branches = self.branches.iter().filter_map(|branch| {
            let conflicts: Vec<&str> = branch
                .files
                .iter()
                .filter_map(|file| Some(file.conflict.as_ref()?.detail.as_str()))
                .collect();
            (!conflicts.is_empty()).then(|| format!("{} in {}", branch.name, conflicts.join(", ")))
        });
        let branches: Vec<String> = branches.collect();
        (!branches.is_empty()).then(|| PreviewProblem {
            code: "RepositoryConflict".to_owned(),
            detail: format!(
                "developers changed the same lines as this change on the branch {}. The deployment would leave every branch as it is, \
                 and offer the change in a pull request: merge that and deploy the pipeline again",
                branches.join("; ")
            ),
            command: None,
            environment_id: None,
            account_id: None,
        })
    }
}

/// What `deployment` would do in the repository of the pipeline `blueprint`. Without a session there is none yet.
pub(super) async fn preview<A: FindArtifacts, H: ReadRepositories>(
    artifacts: &A,
    host: &H,
    blueprint: &Blueprint,
    deployment: DeploymentId,
    session: Option<Session>,
) -> Result<RepositoryPreview> {
    let rendered = rendering::repository(blueprint)?;
    let Some(session) = session else {
        return Ok(created(blueprint, &rendered));
    };
    let surveyor = Surveyor::new(artifacts, host, blueprint, &rendered, deployment, session);
    let preview = match surveyor.prospect().await? {
        Prospect::Create => created(blueprint, &rendered),
        Prospect::Begin => RepositoryPreview {
            created: false,
            tags: TagsPreview::default(),
            ..created(blueprint, &rendered)
        },
        Prospect::Edit(edit) => {
            let Edit {
                owned,
                description,
                survey,
            } = *edit;
            let TagChanges { set, removed } = surveyor.tag_changes(&owned);
            let found = survey.found.iter().map(branch);
            let missing = survey.missing.iter().map(|name| created_branch(name, Vec::new()));
            let wanted = blueprint.description.as_str();
            RepositoryPreview {
                name: surveyor.name.clone(),
                created: false,
                description: (description != wanted).then(|| TextChange {
                    before: description,
                    after: wanted.to_owned(),
                }),
                tags: TagsPreview { set, removed },
                branches: found.chain(missing).collect(),
            }
        }
    };
    Ok(preview)
}

/// A repository that is begun: all files on `main`, and the branches of stages made from it.
fn created(blueprint: &Blueprint, rendered: &Repository) -> RepositoryPreview {
    let files = rendered.files().iter().map(|file| FilePreview {
        path: file.path.clone(),
        action: FileAction::Added,
        diff: unified(&file.path, None, Some(&file.content)),
        conflict: None,
    });
    let main = created_branch(MAIN_BRANCH, files.collect());
    let stages = blueprint.stages.iter().map(|stage| &stage.name);
    let others = blueprint.strategy.branches_beside_main(stages).into_iter();
    RepositoryPreview {
        name: PipelineNames::from(blueprint).repository(),
        created: true,
        description: None,
        tags: TagsPreview {
            set: repository_tags(blueprint),
            removed: Vec::new(),
        },
        branches: [main]
            .into_iter()
            .chain(others.map(|name| created_branch(name, Vec::new())))
            .collect(),
    }
}

fn created_branch(name: &str, files: Vec<FilePreview>) -> BranchPreview {
    BranchPreview {
        name: name.to_owned(),
        head: None,
        created: true,
        files,
    }
}

fn branch(found: &Found<'_>) -> BranchPreview {
    let files = match &found.due {
        Due::Made => Vec::new(),
        Due::Files { files, .. } => files.iter().map(file).collect(),
    };
    BranchPreview {
        name: found.branch.to_owned(),
        head: Some(found.head.clone()),
        created: false,
        files,
    }
}

fn file(merged: &MergedFile<'_>) -> FilePreview {
    let MergedFile {
        path,
        theirs,
        content,
        conflict,
    } = merged;
    let lines = match conflict {
        Some(Conflict::Lines(lines)) => lines.as_slice(),
        Some(Conflict::Deleted | Conflict::NoText) | None => &[],
    };
    let lines = lines
        .iter()
        .map(|&(first, last)| LineRange { first, last })
        .collect();
    FilePreview {
        path: (*path).to_owned(),
        action: if theirs.is_some() || matches!(conflict, Some(Conflict::NoText)) {
            FileAction::Changed
        } else {
            FileAction::Added
        },
        diff: unified(path, theirs.as_deref(), Some(content)),
        conflict: merged
            .conflict_in_words()
            .map(|detail| ConflictPreview { detail, lines }),
    }
}
