//! Where a branch contradicts an edit: what is wanted goes on a branch of its own, with a pull request.

use domain::{Error, Result, error::Contradiction, repository::MAIN_BRANCH};

use super::{
    Branch, Committed, Committer, EditRepositories, NewPullRequest, RepositoryHost,
    memory::{Proposal, Proposals},
    survey::MergedFile,
};
use crate::artifacts::{FindArtifacts, WriteArtifacts};

/// A branch that the files contradict.
pub(super) struct Contradicted<'a> {
    pub(super) branch: &'a str,
    pub(super) head: &'a str,
    /// The files that the branch would get, those without a conflict included.
    pub(super) files: &'a [MergedFile<'a>],
}

impl<A, H> Committer<'_, A, H>
where
    A: FindArtifacts + WriteArtifacts,
    H: RepositoryHost + EditRepositories,
{
    /// Offers what is wanted on a branch, once.
    pub(super) async fn propose(
        &self,
        proposals: &mut Proposals,
        contradicted: &Contradicted<'_>,
    ) -> Result<Contradiction> {
        let into = contradicted.branch;
        let mut branch = format!("{}/r{}", self.plan.blueprint.prefix, self.plan.revision);
        if into != MAIN_BRANCH {
            branch = format!("{branch}-{into}");
        }
        let proposal = match proposals.0.get(into) {
            // Developers may be at work on it.
            Some(present) if present.branch == branch && present.files == self.survey.files => {
                present.clone()
            }
            _ => {
                let proposal = self.new_proposal(branch, contradicted).await?;
                proposals.0.insert(into.to_owned(), proposal.clone());
                proposals
                    .keep(self.survey.artifacts, self.survey.pipeline_id())
                    .await?;
                proposal
            }
        };
        let files = contradicted.files.iter();
        let conflicts: Vec<String> = files.filter_map(MergedFile::conflict_in_words).collect();
        Ok(Contradiction {
            branch: into.to_owned(),
            conflicts: conflicts.join(", "),
            proposal: proposal.branch,
            pull_request: proposal.pull_request_id,
        })
    }

    async fn new_proposal(&self, branch: String, contradicted: &Contradicted<'_>) -> Result<Proposal> {
        const MOVED: Error = Error::ConcurrentChange("the branch of the proposal");
        let Contradicted {
            branch: into,
            head,
            files,
        } = contradicted;
        self.create_branch(&branch, head).await?;
        let Branch::Head(tip) = self.survey.branch(&branch).await? else {
            return Err(MOVED);
        };
        let blueprint = &self.plan.blueprint;
        // It names the branch, so that proposals for branches that are equal are different commits.
        let title = format!(
            "Revision {} of the pipeline {} for {into}",
            self.plan.revision, blueprint.name
        );
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|file| (file.path, file.content.as_str()))
            .collect();
        let message = format!("{title}\n\n{}\n", self.trailer);
        let commit_id = match self.commit(&branch, Some(&tip), &message, &files).await? {
            Committed::Made(commit_id) => commit_id,
            Committed::NothingToDo => tip,
            Committed::BranchMoved => return Err(MOVED),
        };
        let description = format!(
            "The pipeline was changed, and the branch {into} contradicts the change. This is what the platform wants: \
             {into}, with the platform's lines where both sides changed the same ones. Edit it until it is right and \
             merge it into {into}, then deploy the pipeline again: POST /pipelines/{}/deployments",
            blueprint.id
        );
        let pull_request_id = self
            .survey
            .host
            .open_pull_request(
                &self.survey.session,
                &NewPullRequest {
                    repository: &self.survey.name,
                    title: &title,
                    description: &description,
                    branch: &branch,
                    into,
                    token: &format!("{}-r{}-{commit_id}", blueprint.id, self.plan.revision),
                },
            )
            .await?;
        Ok(Proposal {
            deployment_id: self.survey.deployment_id.clone(),
            branch,
            commit_id,
            pull_request_id,
            files: self.survey.files.clone(),
        })
    }
}
