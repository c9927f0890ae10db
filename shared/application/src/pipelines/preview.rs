//! What creating or changing a pipeline would do. Nothing is written: the same code decides as when it is done, and looks at
//! repository, stacks and accounts as the deployment will.

mod repository;
mod stacks;

use domain::{
    Error, Result,
    account::AccountId,
    environment::Environment,
    ids::{EnvironmentId, PipelineId},
    permissions::Caller,
    pipeline::{Orphan, Pipeline},
    quota::PipelineQuotas,
    revision::Revision,
    team::Username,
};
use futures_util::future::try_join3;
use serde::Serialize;
use time::OffsetDateTime;

pub use self::{
    repository::{
        BranchPreview, ConflictPreview, FileAction, FilePreview, LineRange, RepositoryPreview, TagsPreview,
        TextChange,
    },
    stacks::{ComparedWith, StackActionPreview, StackPreview, UpdatedBy},
};
use super::{
    Decided,
    change::{ChangePipeline, ChangePipelines, Decision},
    create::{self, CreatePipeline},
};
use crate::{
    artifacts::FindArtifacts,
    blueprint::blueprint,
    deployments::holder::Executions,
    linked_accounts::{
        bootstrap::InspectAccount,
        session_policy::{Calls, On, SessionPolicy},
        sessions::Session,
        stacks::ReadTemplates,
    },
    me::PipelinesOfTeams,
    platform::Platform,
    records::{Deployments, EnvironmentsById, EnvironmentsOfPipelines, Pipelines},
    workflow::{
        commit_repository::ReadRepositories,
        plan::Plan,
        prepare::{Readiness, look_at_accounts},
    },
};

/// What a preview calls in the CICD account, beside what looking at an account takes. It only reads.
pub(crate) const CALLS: &[Calls] = &[
    Calls {
        on: On::Repository,
        actions: &[
            "codecommit:GetRepository",
            "codecommit:ListTagsForResource",
            "codecommit:GetCommit",
            "codecommit:GetBranch",
            "codecommit:GetFile",
            "codecommit:GetMergeConflicts",
        ],
    },
    Calls {
        on: On::Stacks,
        actions: &["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
    },
];

/// What creating or changing a pipeline would do.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Whether nothing would happen: the pipeline is as it is wanted.
    pub unchanged: bool,
    /// The pipeline. A pipeline that is to be created gets an id of its own: this one only shows what names look like.
    pub pipeline_id: PipelineId,
    /// The revision that the pipeline would get.
    pub revision: Revision,
    /// Whether nothing is known that would keep the deployment from success: there are no problems.
    pub deployable: bool,
    /// Everything that the deployment would fail with, each with what fixes it. The rest shows what it does once that is fixed.
    pub problems: Vec<PreviewProblem>,
    /// What becomes of the repository; missing if nothing would happen, or if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<RepositoryPreview>,
    /// What becomes of the CICD stack and of those that it needs in other regions; those that cannot be read are missing.
    pub stacks: Vec<StackPreview>,
    /// The application stacks that would be left behind; the platform does not delete them.
    pub orphans: Vec<OrphanPreview>,
    /// The application stacks that an earlier change has left behind and that a stage would take over again.
    pub taken_over: Vec<Orphan>,
    /// The revision that it was compared with: a change that is meant for it does what is said here.
    #[serde(skip)]
    pub present: Option<Revision>,
}

/// Something that the deployment would fail with.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewProblem {
    /// The name of the error that the deployment would end in.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// The command that fixes it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The environment that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_id: Option<EnvironmentId>,
    /// That environment's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
}

/// An application stack that would be left behind.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrphanPreview {
    /// The stack and where it is.
    #[serde(flatten)]
    pub orphan: Orphan,
    /// The command by which the account's owner deletes it, with the account's credentials.
    pub command: String,
}

impl Preview {
    fn unchanged(pipeline: &Pipeline) -> Self {
        Self {
            unchanged: true,
            pipeline_id: pipeline.id.clone(),
            revision: pipeline.revision,
            deployable: true,
            problems: Vec::new(),
            repository: None,
            stacks: Vec::new(),
            orphans: Vec::new(),
            taken_over: Vec::new(),
            present: Some(pipeline.revision),
        }
    }
}

/// What previewing works with: nothing of it can write.
#[derive(Debug)]
pub struct Previews<'a, S, W, A, H, C> {
    /// The records.
    pub store: &'a S,
    pub executions: &'a W,
    /// The artifacts bucket.
    pub artifacts: &'a A,
    pub repositories: &'a H,
    /// Stacks in the linked accounts.
    pub accounts: &'a C,
    pub platform: &'a Platform,
    pub quotas: PipelineQuotas,
}

impl<S, W, A, H, C> Previews<'_, S, W, A, H, C>
where
    S: Pipelines + Deployments + EnvironmentsOfPipelines + PipelinesOfTeams,
    W: Executions,
    A: FindArtifacts,
    H: ReadRepositories,
    C: InspectAccount + ReadTemplates,
{
    /// What creating a pipeline would do.
    pub async fn create(
        &self,
        caller: &Caller,
        wanted: CreatePipeline,
        now: OffsetDateTime,
    ) -> Result<Preview> {
        let decided = create::decide(self.store, &self.platform.prefix, caller, wanted, now).await?;
        self.check_quotas(&decided).await?;
        self.preview(&caller.username, decided).await
    }

    /// What changing the pipeline `id` would do.
    pub async fn change(
        &self,
        caller: &Caller,
        id: &PipelineId,
        wanted: ChangePipeline,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<Preview> {
        let pipelines = ChangePipelines {
            store: self.store,
            executions: self.executions,
            prefix: &self.platform.prefix,
        };
        match pipelines.decide(caller, id, wanted, expected, now).await? {
            Decision::Unchanged(pipeline) => Ok(Preview::unchanged(&pipeline)),
            Decision::Change(decided) => self.preview(&caller.username, *decided).await,
        }
    }

    /// Checks what the table checks while it writes a new pipeline.
    async fn check_quotas(&self, decided: &Decided) -> Result<()> {
        let Pipeline {
            team,
            cicd_environment_id: cicd,
            ..
        } = &decided.transition.after;
        let counts = self.store.pipelines_of_teams(&[team.clone()].into()).await?;
        let users = decided.environments.get(cicd);
        self.quotas.check(
            team,
            counts.get(team).copied().unwrap_or_default(),
            cicd,
            users
                .map(|environment| environment.pipeline_count)
                .unwrap_or_default(),
        )
    }

    async fn preview(&self, user: &Username, decided: Decided) -> Result<Preview> {
        let Decided {
            transition,
            environments,
        } = &decided;
        let (before, after) = (transition.before.as_ref(), &transition.after);
        let plan = Plan::of(
            &self.platform.prefix,
            &self.platform.account_id,
            after,
            environments,
        )?;
        let deployment = crate::ids::deployment_id()?;
        let policy = SessionPolicy::of(CALLS, &plan.cicd, (&plan.blueprint).into())?;
        let session = Session::of_request(plan.cicd.clone(), user, policy);
        let earlier = before.map(|before| Earlier::of(self.platform, before, environments));
        let earlier = earlier.transpose()?;

        let (readiness, repository, stacks) = try_join3(
            look_at_accounts(
                self.accounts,
                &plan,
                used(after, environments),
                |access, policy| Session::of_request(access, user, policy),
            ),
            async {
                let prospect = repository::preview(
                    self.artifacts,
                    self.repositories,
                    &plan.blueprint,
                    deployment,
                    earlier.is_some().then(|| session.clone()),
                );
                settled(prospect.await, &plan)
            },
            stacks::preview(self.accounts, &session, &plan, earlier.as_ref()),
        )
        .await?;
        let mut problems = of_accounts(readiness, environments, &plan);
        let repository = match repository {
            Ok(repository) => {
                problems.extend(repository.contradiction());
                Some(repository)
            }
            Err(problem) => {
                add(&mut problems, problem);
                None
            }
        };
        let mut previewed = Vec::new();
        for stack in stacks {
            match stack {
                Ok(stack) => previewed.push(stack),
                Err(problem) => add(&mut problems, problem),
            }
        }
        let (orphans, taken_over) = orphans(before, after);
        Ok(Preview {
            unchanged: false,
            pipeline_id: after.id.clone(),
            revision: after.revision,
            deployable: problems.is_empty(),
            problems,
            repository,
            stacks: previewed,
            orphans,
            taken_over,
            present: before.map(|before| before.revision),
        })
    }
}

/// The pipeline before the change.
struct Earlier<'a> {
    pipeline: &'a Pipeline,
    /// The stacks as the platform renders them for it.
    stacks: cicd_template::Stacks,
}

impl<'a> Earlier<'a> {
    fn of(platform: &Platform, pipeline: &'a Pipeline, environments: &EnvironmentsById) -> Result<Self> {
        let blueprint = blueprint(&platform.prefix, pipeline, environments)?;
        Ok(Self {
            pipeline,
            stacks: cicd_template::stacks(&blueprint)?,
        })
    }
}

/// The environments that `pipeline` uses.
fn used<'e>(
    pipeline: &Pipeline,
    environments: &'e EnvironmentsById,
) -> impl Iterator<Item = &'e Environment> + use<'e> {
    let ids: Vec<EnvironmentId> = pipeline.environment_ids().into_iter().cloned().collect();
    ids.into_iter().filter_map(|id| environments.get(&id))
}

/// What was found, or the problem that a person can fix; other errors stay errors.
fn settled<T>(found: Result<T>, plan: &Plan) -> Result<std::result::Result<T, PreviewProblem>> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(
            error @ (Error::EnvironmentRoleNotAssumable { .. }
            | Error::AccessDenied { .. }
            | Error::RepositoryNotOurs(_)
            | Error::StackNotOurs(_)),
        ) => Ok(Err(PreviewProblem::of(&error, plan))),
        Err(error) => Err(error),
    }
}

impl PreviewProblem {
    /// The problem in the CICD environment that `error` tells of.
    fn of(error: &Error, plan: &Plan) -> Self {
        let command = match error {
            Error::PipelinesNotAllowed { command, .. } => Some(command.clone()),
            _ => None,
        };
        let detail = match error {
            Error::PipelinesNotAllowed { detail, .. } => detail.clone(),
            other => other.to_string(),
        };
        Self {
            code: error.name().to_owned(),
            detail,
            command,
            environment_id: Some(plan.cicd.environment_id.clone()),
            account_id: Some(plan.cicd.account_id.clone()),
        }
    }
}

fn of_accounts(readiness: Readiness, environments: &EnvironmentsById, plan: &Plan) -> Vec<PreviewProblem> {
    let Readiness {
        problems,
        not_allowed,
    } = readiness;
    let found = problems.into_iter().map(|(id, problem)| PreviewProblem {
        code: problem.code,
        detail: problem.detail,
        command: problem.command,
        account_id: environments
            .get(&id)
            .map(|environment| environment.account_id.clone()),
        environment_id: Some(id),
    });
    let not_allowed = not_allowed.map(|error| PreviewProblem::of(&error, plan));
    found.chain(not_allowed).collect()
}

/// Adds a problem of the CICD account. What the platform is not let into cannot be read either, which is not said twice.
fn add(problems: &mut Vec<PreviewProblem>, problem: PreviewProblem) {
    let follows = matches!(
        problem.code.as_str(),
        "EnvironmentRoleNotAssumable" | "AccessDenied"
    );
    let known = problems.iter().any(|known| {
        known.code == problem.code && known.detail == problem.detail
            || follows
                && known.environment_id == problem.environment_id
                && matches!(
                    known.code.as_str(),
                    "EnvironmentRoleNotAssumable" | "AccessDenied" | "PipelinesNotAllowed"
                )
    });
    if !known {
        problems.push(problem);
    }
}

/// The application stacks that are left behind, and those that are taken over again.
fn orphans(before: Option<&Pipeline>, after: &Pipeline) -> (Vec<OrphanPreview>, Vec<Orphan>) {
    let known = before.map(|before| before.orphans.as_slice()).unwrap_or_default();
    let missing = |orphan: &&Orphan, among: &[Orphan]| !among.iter().any(|other| other.same_stack(orphan));
    let left = after.orphans.iter().filter(|orphan| missing(orphan, known));
    let taken_over = known.iter().filter(|orphan| missing(orphan, &after.orphans));
    let orphans = left.map(|orphan| OrphanPreview {
        command: orphan.command(),
        orphan: orphan.clone(),
    });
    (orphans.collect(), taken_over.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::CALLS;

    #[test]
    fn a_preview_only_reads() {
        for action in CALLS.iter().flat_map(|calls| calls.actions) {
            let (_, call) = action.split_once(':').unwrap_or_default();
            let reads = ["Get", "List", "Describe"]
                .iter()
                .any(|verb| call.starts_with(verb));
            assert!(reads, "{action}");
        }
    }
}
