//! What is to be done in a repository: only reads. The step writes it; a preview shows it.

use std::{collections::BTreeMap, string::FromUtf8Error};

use domain::{
    Error, Result,
    blueprint::Blueprint,
    ids::{DeploymentId, PipelineId},
    names::{PIPELINE_TAG, PipelineNames},
    repository::MAIN_BRANCH,
};
use futures_util::future::{try_join, try_join_all, try_join3};
use rendering::Repository;

use super::{
    Branch, ReadRepositories,
    base::{Base, Seen},
    memory::{self, Files, Proposals, Rendered},
    merge::{Merge, merge},
};
use crate::{
    artifacts::FindArtifacts,
    linked_accounts::{repositories::was_made_for, sessions::Session},
};

/// Looks at a pipeline's repository for a deployment.
pub(crate) struct Surveyor<'a, A, H> {
    pub(super) artifacts: &'a A,
    pub(super) host: &'a H,
    blueprint: &'a Blueprint,
    pub(super) deployment_id: DeploymentId,
    pub(super) session: Session,
    /// The repository's name.
    pub(crate) name: String,
    /// The rendered files that an edit writes again.
    pub(super) files: Files,
}

/// A repository as it is before the deployment.
pub(crate) enum Present {
    /// There is none.
    NoRepository,
    /// It is there, without the branch `main`.
    NoMain(Owned),
    /// It is there, and this is the head of its branch `main`.
    Head(String, Owned),
}

/// What a deployment would do in a repository.
pub(crate) enum Prospect<'a> {
    /// Create it with all files.
    Create,
    /// Put all files into it: it is there and has no commit.
    Begin,
    /// Bring the edit into its branches.
    Edit(Box<Edit<'a>>),
}

/// An edit of a repository.
pub(crate) struct Edit<'a> {
    pub(crate) owned: Owned,
    /// The present description.
    pub(crate) description: String,
    pub(crate) survey: Survey<'a>,
}

/// What is known of a repository that is the pipeline's own.
pub(crate) struct Owned {
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// What was noted last.
    pub(super) last: Option<Rendered>,
}

/// What the tags of a repository become. Tags that somebody else set stay.
#[derive(Default)]
pub(crate) struct TagChanges {
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) removed: Vec<String>,
}

/// What is to be done on all branches.
pub(crate) struct Survey<'a> {
    /// Those that are there, `main` first.
    pub(crate) found: Vec<Found<'a>>,
    /// Those that are to be made from the new head of `main`.
    pub(crate) missing: Vec<&'a str>,
}

/// A branch that is there.
pub(crate) struct Found<'a> {
    pub(crate) branch: &'a str,
    pub(crate) head: String,
    pub(crate) due: Due<'a>,
}

/// What is to be done on a branch that is there.
pub(crate) enum Due<'a> {
    /// Nothing: this deployment has made its head.
    Made,
    /// These files are to be written: none where it is as it should be.
    Files {
        files: Vec<MergedFile<'a>>,
        /// Whether the branch was as it was noted last.
        as_noted: bool,
    },
}

/// A file to be written.
pub(crate) struct MergedFile<'a> {
    pub(crate) path: &'a str,
    /// The branch's; none where it is not there, or no text.
    pub(crate) theirs: Option<String>,
    /// Both sides, and the platform's where they contradict each other.
    pub(crate) content: String,
    /// Where it contradicts the branch.
    pub(crate) conflict: Option<Conflict>,
}

/// Where a file contradicts what is rendered.
pub(crate) enum Conflict {
    Deleted,
    NoText,
    /// In these lines of the branch's file: the first and the last, from 1.
    Lines(Vec<(usize, usize)>),
}

impl Found<'_> {
    pub(crate) fn conflicts(&self) -> bool {
        matches!(&self.due, Due::Files { files, .. } if files.iter().any(|file| file.conflict.is_some()))
    }

    /// Whether what was noted last is true of the branch and goes on being so.
    pub(super) fn as_noted(&self) -> bool {
        matches!(&self.due, Due::Files { files, as_noted: true } if files.is_empty())
    }
}

impl MergedFile<'_> {
    /// The path, and where the branch contradicts it.
    pub(crate) fn conflict_in_words(&self) -> Option<String> {
        let place = match self.conflict.as_ref()? {
            Conflict::Deleted => "deleted".to_owned(),
            Conflict::NoText => "no text any more".to_owned(),
            Conflict::Lines(lines) => in_words(lines),
        };
        Some(format!("{} ({place})", self.path))
    }
}

impl<'a, A: FindArtifacts, H: ReadRepositories> Surveyor<'a, A, H> {
    /// One that looks with `session` for `deployment`, which is to bring `repository` into that of the pipeline.
    pub(crate) fn new(
        artifacts: &'a A,
        host: &'a H,
        blueprint: &'a Blueprint,
        repository: &Repository,
        deployment_id: DeploymentId,
        session: Session,
    ) -> Self {
        Self {
            artifacts,
            host,
            blueprint,
            deployment_id,
            session,
            name: PipelineNames::from(blueprint).repository(),
            files: memory::edited(repository),
        }
    }

    pub(super) fn pipeline_id(&self) -> &PipelineId {
        &self.blueprint.id
    }

    pub(super) async fn branch(&self, branch: &str) -> Result<Branch> {
        self.host.branch(&self.session, &self.name, branch).await
    }

    /// The repository as it is. An error if it is another's.
    pub(super) async fn present(&self) -> Result<Present> {
        let main = self.branch(MAIN_BRANCH).await?;
        if main == Branch::NoRepository {
            return Ok(Present::NoRepository);
        }
        let owned = self.owned().await?;
        Ok(match main {
            Branch::Head(head) => Present::Head(head, owned),
            Branch::NoBranch | Branch::NoRepository => Present::NoMain(owned),
        })
    }

    /// What is known of the repository, which is there.
    pub(super) async fn owned(&self) -> Result<Owned> {
        let last = Rendered::find(self.artifacts, self.pipeline_id());
        let (tags, last) = try_join(self.require_ours(), last).await?;
        Ok(Owned { tags, last })
    }

    /// The repository's tags. Ours was set in the same call that created the repository, so only the platform's own have it.
    pub(super) async fn require_ours(&self) -> Result<BTreeMap<String, String>> {
        let tags = self.host.tags(&self.session, &self.name).await?;
        if was_made_for(self.pipeline_id(), &tags) {
            Ok(tags)
        } else {
            Err(Error::RepositoryNotOurs(self.name.clone()))
        }
    }

    /// The repository's description.
    pub(crate) async fn description(&self) -> Result<String> {
        self.host.description(&self.session, &self.name).await
    }

    /// The tags that the repository is to have.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        repository_tags(self.blueprint)
    }

    /// What its tags become.
    pub(crate) fn tag_changes(&self, owned: &Owned) -> TagChanges {
        let tags = self.tags();
        let ours = owned.last.iter().flat_map(|last| &last.tags);
        let removed = ours
            .filter(|key| owned.tags.contains_key(*key) && !tags.contains_key(*key))
            .cloned()
            .collect();
        let set = tags
            .into_iter()
            .filter(|(key, value)| owned.tags.get(key) != Some(value))
            .collect();
        TagChanges { set, removed }
    }

    /// What a deployment would do in the repository.
    pub(crate) async fn prospect(&self) -> Result<Prospect<'_>> {
        let (head, owned) = match self.present().await? {
            Present::NoRepository => return Ok(Prospect::Create),
            Present::NoMain(owned) => match &owned.last {
                None => return Ok(Prospect::Begin),
                Some(last) => (last.commit_id.clone(), owned),
            },
            Present::Head(head, owned) => (head, owned),
        };
        let proposals = Proposals::find(self.artifacts, self.pipeline_id());
        let (description, proposals, branches) =
            try_join3(self.description(), proposals, self.stage_heads()).await?;
        let survey = self
            .survey(&head, false, branches, owned.last.as_ref(), &proposals)
            .await?;
        Ok(Prospect::Edit(Box::new(Edit {
            owned,
            description,
            survey,
        })))
    }

    /// The branches beside `main` that stages are delivered from.
    pub(super) async fn stage_heads(&self) -> Result<Vec<(&str, Branch)>> {
        let stages = self.blueprint.stages.iter().map(|stage| &stage.name);
        let branches = self.blueprint.strategy.branches_beside_main(stages).into_iter();
        try_join_all(branches.map(async |branch| Ok((branch, self.branch(branch).await?)))).await
    }

    /// What is to be done on each branch, where this is the `head` of `main`, and these are the other `branches`; `begun` if this
    /// deployment has just made it.
    pub(super) async fn survey<'s>(
        &'s self,
        head: &str,
        begun: bool,
        branches: Vec<(&'s str, Branch)>,
        last: Option<&Rendered>,
        proposals: &Proposals,
    ) -> Result<Survey<'s>> {
        let mut heads = vec![(MAIN_BRANCH, head.to_owned())];
        let mut missing = Vec::new();
        for (branch, looked_for) in branches {
            match looked_for {
                Branch::Head(head) => heads.push((branch, head)),
                Branch::NoBranch | Branch::NoRepository => missing.push(branch),
            }
        }
        let seen = Seen {
            last,
            proposals,
            main: head,
        };
        let looks = heads.into_iter().map(async |(branch, head)| {
            if begun && branch == MAIN_BRANCH {
                let due = Due::Made;
                return Ok(Found { branch, head, due });
            }
            self.look(branch, head, &seen).await
        });
        Ok(Survey {
            found: try_join_all(looks).await?,
            missing,
        })
    }

    /// What is to be done on the branch with this head.
    async fn look<'f>(&'f self, branch: &'f str, head: String, seen: &Seen<'_>) -> Result<Found<'f>> {
        let (base, as_noted) = match self.base(branch, &head, seen).await? {
            Base::Made(commit_id) => {
                return Ok(Found {
                    branch,
                    head: commit_id,
                    due: Due::Made,
                });
            }
            Base::AsNoted(files) => (files, true),
            Base::Other(files) => (files, false),
        };
        let files = self.merge_files(&base, &head).await?;
        let due = Due::Files { files, as_noted };
        Ok(Found { branch, head, due })
    }

    /// A file of the repository; inside, whether it is text.
    pub(super) async fn text(
        &self,
        commit_id: &str,
        path: &str,
    ) -> Result<Option<std::result::Result<String, FromUtf8Error>>> {
        let content = self.host.file(&self.session, &self.name, commit_id, path).await?;
        Ok(content.map(String::from_utf8))
    }

    /// The files that have to be written, merged with those of the branch.
    async fn merge_files(&self, base: &Files, head: &str) -> Result<Vec<MergedFile<'_>>> {
        let changed = self
            .files
            .iter()
            .filter(|(path, ours)| base.get(*path) != Some(ours));
        let merges = changed.map(async |(path, ours)| {
            let theirs = self.text(head, path).await?;
            Ok::<_, Error>(merge_file(path, base.get(path).map(String::as_str), ours, theirs))
        });
        let merges = try_join_all(merges).await?;
        Ok(merges.into_iter().flatten().collect())
    }
}

/// The tags that the repository of a pipeline is to have.
pub(crate) fn repository_tags(blueprint: &Blueprint) -> BTreeMap<String, String> {
    let own = (PIPELINE_TAG.to_owned(), blueprint.id.to_string());
    let tags = blueprint
        .tags
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    tags.chain([own]).collect()
}

/// What becomes of a file that is rendered otherwise than it was; none where it is as it should be.
fn merge_file<'a>(
    path: &'a str,
    base: Option<&str>,
    ours: &str,
    theirs: Option<std::result::Result<String, FromUtf8Error>>,
) -> Option<MergedFile<'a>> {
    let file = |theirs: Option<String>, content: String, conflict: Option<Conflict>| {
        Some(MergedFile {
            path,
            theirs,
            content,
            conflict,
        })
    };
    match (base, theirs) {
        (None, None) => file(None, ours.to_owned(), None),
        (Some(_), None) => file(None, ours.to_owned(), Some(Conflict::Deleted)),
        (_, Some(Err(_))) => file(None, ours.to_owned(), Some(Conflict::NoText)),
        (base, Some(Ok(theirs))) => match merge(path, base.unwrap_or_default(), ours, &theirs) {
            Merge::Clean(content) if content == theirs => None,
            Merge::Clean(content) => file(Some(theirs), content, None),
            Merge::Conflict { ours, lines } => file(Some(theirs), ours, Some(Conflict::Lines(lines))),
        },
    }
}

fn in_words(lines: &[(usize, usize)]) -> String {
    let ranges: Vec<String> = lines
        .iter()
        .map(|(first, last)| {
            if first == last {
                format!("line {first}")
            } else {
                format!("lines {first}-{last}")
            }
        })
        .collect();
    ranges.join(", ")
}
