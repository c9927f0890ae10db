//! The life of a pipeline: every rule about its status, its revisions and the deployment that holds it.
//!
//! An operation takes the record as it was read and gives a [`Transition`] to write; it reads and writes nothing itself. The
//! rules that hold throughout:
//!
//! - One deployment at a time holds a pipeline ([`Pipeline::active_deployment`]). What is asked for meanwhile waits until it has
//!   ended; then one deployment does all of it ([`completed`]).
//! - A deletion that waits ([`Pipeline::deletion`]) comes before any change, and nothing is accepted after it.
//! - A deployment whose execution has died holds nothing: whoever asks next takes its place ([`Holder`]).

mod environments;
mod holder;
mod placement;
mod transition;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

pub use self::{
    environments::{EnvironmentTransition, UnverifiedLinks},
    holder::Holder,
    placement::{Placement, stage_teams},
    transition::{Difference, Transition},
};
use crate::{
    Error, Result,
    audit::{Action, AuditEntry, AuditFacts, AuditOutcome, Subject},
    deployment::{Deployment, DeploymentStatus, Operation, RunOutcome},
    environment::Environment,
    ids::{DeploymentId, PipelineId, PipelineName},
    permissions::Caller,
    pipeline::{Definition, DeletionRequest, Orphan, Pipeline, PipelineStatus},
    request::RequestId,
    revision::{KeptRevision, Revision},
    strategy::Strategy,
    team::{TeamName, Username},
};

/// Somebody's request that changes a pipeline.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub username: Username,
    /// The request's own id.
    pub request_id: Option<RequestId>,
    /// The address that it came from.
    pub source_address: Option<String>,
    /// When it came.
    pub at: OffsetDateTime,
    /// The id of the deployment that it records, if it records one.
    pub deployment_id: DeploymentId,
    /// The revisions that it is meant for; none for whichever there is.
    pub expected: Option<&'a [Revision]>,
}

impl<'a> Request<'a> {
    /// A request of `caller`.
    #[must_use]
    pub fn of(caller: &Caller, at: OffsetDateTime, deployment_id: DeploymentId) -> Self {
        Self {
            username: caller.username.clone(),
            request_id: caller.request_id.clone(),
            source_address: caller.source_address.clone(),
            at,
            deployment_id,
            expected: None,
        }
    }

    /// The same, meant for the revisions `expected` only.
    #[must_use]
    pub fn expecting(self, expected: Option<&'a [Revision]>) -> Self {
        Self { expected, ..self }
    }

    /// The entry of the audit trail that this asked for `action`.
    fn entry(&self, pipeline: &PipelineId, action: Action, detail: String) -> AuditEntry {
        AuditEntry {
            subject: Subject::Pipeline(pipeline.clone()),
            facts: AuditFacts {
                at: self.at,
                by: self.username.clone(),
                source_address: self.source_address.clone(),
                request_id: self.request_id.clone(),
                action,
                outcome: AuditOutcome::Accepted,
                detail: Some(detail),
            },
        }
    }

    fn deployment(self, pipeline: &PipelineId, revision: Revision) -> Deployment {
        Deployment::queued(
            self.deployment_id,
            pipeline.clone(),
            revision,
            self.username,
            self.at,
        )
        .on_request(self.request_id)
    }
}

/// A pipeline that is to be.
#[derive(Clone, Debug)]
pub struct NewPipeline<'a> {
    pub id: PipelineId,
    pub name: PipelineName,
    /// The team that owns it.
    pub team: TeamName,
    /// The environment of its repository and CICD stack.
    pub cicd: &'a Environment,
    /// The teams of its stages' environments.
    pub stage_teams: BTreeSet<TeamName>,
    /// How it delivers.
    pub strategy: Strategy,
    /// What its team may change later.
    pub definition: Definition,
}

/// Creates a pipeline and queues its first deployment.
#[must_use]
pub fn create(new: NewPipeline<'_>, request: Request<'_>) -> Transition {
    let (owner, at) = (request.username.clone(), request.at);
    let entry = request.entry(
        &new.id,
        Action::CreatePipeline,
        format!("revision {}", Revision::FIRST),
    );
    let queued = request.deployment(&new.id, Revision::FIRST);
    let created = created_with(&new.definition);
    let Definition {
        description,
        tags,
        stages,
    } = new.definition;
    let pipeline = Pipeline {
        version: 0,
        id: new.id,
        name: new.name,
        description,
        tags,
        team: new.team,
        cicd_environment_id: new.cicd.id.clone(),
        cicd_account_id: new.cicd.account_id.clone(),
        cicd_region: new.cicd.region.clone(),
        cicd_team: new.cicd.team.clone(),
        strategy: new.strategy,
        stages,
        stage_teams: new.stage_teams,
        stages_closed: false,
        orphans: Vec::new(),
        status: PipelineStatus::Deploying,
        revision: Revision::FIRST,
        revisions_since: Some(Revision::FIRST),
        deployed_revision: None,
        deployed_with: BTreeMap::new(),
        deployed_templates: BTreeMap::new(),
        active_deployment: None,
        last_deployment: None,
        stack_id: None,
        deletion: None,
        counted: true,
        deleted_at: None,
        owner,
        created_at: at,
        updated_at: at,
        updated_by: None,
        updated_by_request: None,
    };
    let kept = KeptRevision {
        request_id: queued.request_id.clone(),
        ..KeptRevision::of(&pipeline, Some(Action::CreatePipeline), vec![created])
    };
    Transition::creating(held_by(pipeline, &queued), queued)
        .audited(entry)
        .keeping(kept)
}

/// What the first revision is, in words.
fn created_with(definition: &Definition) -> String {
    let names: Vec<&str> = definition
        .stages
        .iter()
        .map(|stage| stage.name.as_str())
        .collect();
    let stages = if names.len() == 1 { "stage" } else { "stages" };
    format!("created with the {stages} {}", names.join(", "))
}

/// Changes what a team may change of a pipeline. It is deployed at once, or after the deployment that is under way.
///
/// `placement` is that of the pipeline with the new definition. None if `definition` is what there is: then nothing is written.
/// [`Error::Conflict`] while the pipeline is being deleted, [`Error::Stale`] for another revision than the expected one.
pub fn change(
    before: &Pipeline,
    definition: Definition,
    placement: Placement,
    holder: &Holder,
    request: Request<'_>,
) -> Result<Option<Transition>> {
    redefine(
        before,
        definition,
        placement,
        holder,
        request,
        Redefinition::Change,
    )
}

/// Makes a new revision that defines what the earlier revision `kept` did. In all else like [`change`].
pub fn restore(
    before: &Pipeline,
    kept: KeptRevision,
    placement: Placement,
    holder: &Holder,
    request: Request<'_>,
) -> Result<Option<Transition>> {
    let KeptRevision {
        revision, definition, ..
    } = kept;
    let how = Redefinition::Restoration(revision);
    redefine(before, definition, placement, holder, request, how)
}

/// Takes stages out of a pipeline for the owners of their environment; `definition` is what is left. Like [`change`], and the way
/// into the stages counts as closed.
pub fn evict(
    before: &Pipeline,
    definition: Definition,
    placement: Placement,
    holder: &Holder,
    request: Request<'_>,
) -> Result<Option<Transition>> {
    let how = Redefinition::Eviction;
    let transition = redefine(before, definition, placement, holder, request, how)?;
    Ok(transition.map(|mut transition| {
        transition.after.stages_closed = true;
        transition
    }))
}

/// How a pipeline comes to another definition.
#[derive(Clone, Copy, Debug)]
enum Redefinition {
    Change,
    Restoration(Revision),
    Eviction,
}

impl Redefinition {
    const fn action(self) -> Action {
        match self {
            Self::Change => Action::ChangePipeline,
            Self::Restoration(_) => Action::RestoreRevision,
            Self::Eviction => Action::EvictPipeline,
        }
    }

    const fn restored(self) -> Option<Revision> {
        match self {
            Self::Restoration(revision) => Some(revision),
            Self::Change | Self::Eviction => None,
        }
    }
}

fn redefine(
    before: &Pipeline,
    definition: Definition,
    placement: Placement,
    holder: &Holder,
    request: Request<'_>,
    how: Redefinition,
) -> Result<Option<Transition>> {
    accepts_requests(before)?;
    before.revision.check_expected(request.expected)?;
    if definition == before.definition() {
        return Ok(None);
    }
    let changes = before.definition().differences(&definition);
    let (next, told) = (before.revision.next(), changes.join(", "));
    let detail = match how.restored() {
        Some(restored) => format!("revision {next} restores revision {restored}: {told}"),
        None => format!("revision {next}: {told}"),
    };
    let entry = request.entry(&before.id, how.action(), detail);
    let Definition {
        description,
        tags,
        stages,
    } = definition;
    let after = Pipeline {
        description,
        tags,
        stages,
        stage_teams: placement.stage_teams,
        orphans: placement.orphans,
        status: PipelineStatus::Deploying,
        ..revised(before, &request)
    };
    let kept = KeptRevision {
        restored: how.restored(),
        ..KeptRevision::of(&after, Some(how.action()), changes)
    };
    let transition = if holder.under_way().is_some() {
        Transition::changing(before, after)
    } else {
        let queued = request.deployment(&after.id, after.revision);
        handing_over(before, after, &queued).superseding(holder)
    };
    Ok(Some(transition.audited(entry).keeping(kept)))
}

/// Deploys the present revision again: the deployment, and what queues it. No deployment may be under way: whoever asks has
/// that one then.
///
/// [`Error::Conflict`] while the pipeline is being deleted.
pub fn redeploy(
    before: &Pipeline,
    holder: &Holder,
    request: Request<'_>,
) -> Result<(Deployment, Transition)> {
    accepts_requests(before)?;
    let detail = format!("deployment {}", request.deployment_id);
    let entry = request.entry(&before.id, Action::RedeployPipeline, detail);
    let queued = request.deployment(&before.id, before.revision);
    let transition = handing_over(before, before.clone(), &queued).superseding(holder);
    Ok((queued, transition.audited(entry)))
}

/// Whether a request for change or deployment is accepted: not any more once the pipeline is to be deleted.
pub fn accepts_requests(pipeline: &Pipeline) -> Result<()> {
    match pipeline.status {
        PipelineStatus::Deleting | PipelineStatus::Deleted => Err(Error::Conflict(format!(
            "the pipeline {} is being deleted",
            pipeline.id
        ))),
        PipelineStatus::Deploying | PipelineStatus::Deployed | PipelineStatus::Failed => Ok(()),
    }
}

/// Deletes a pipeline: at once, or after the deployment that is under way. One that failed or died is taken up again.
///
/// None if a deletion that does the same with the repository is under way already. [`Error::Conflict`] if it does otherwise,
/// [`Error::Stale`] for another revision than the expected one.
pub fn request_deletion(
    before: &Pipeline,
    holder: &Holder,
    delete_repository: bool,
    request: Request<'_>,
) -> Result<Option<Transition>> {
    match deletion_under_way(before, holder.under_way()) {
        Some(deletes) if deletes == delete_repository => return Ok(None),
        Some(deletes) => {
            return Err(Error::Conflict(format!(
                "a deletion of the pipeline {} that {} its repository is under way",
                before.id,
                if deletes { "deletes" } else { "keeps" }
            )));
        }
        None => {}
    }
    before.revision.check_expected(request.expected)?;
    let after = Pipeline {
        status: PipelineStatus::Deleting,
        ..revised(before, &request)
    };
    let repository = if delete_repository { "deleted" } else { "kept" };
    let detail = format!("the repository is {repository}");
    let entry = request.entry(&before.id, Action::DeletePipeline, detail);
    // The definition stays, but the revision is another one: whoever reads the list finds every number there was.
    let changes = vec![format!("to be deleted: the repository is {repository}")];
    let kept = KeptRevision::of(&after, Some(Action::DeletePipeline), changes);
    if holder.under_way().is_some() {
        let deletion = DeletionRequest {
            delete_repository,
            requested_by: request.username,
            request_id: request.request_id,
        };
        let after = Pipeline {
            deletion: Some(deletion),
            ..after
        };
        let transition = Transition::changing(before, after);
        return Ok(Some(transition.audited(entry).keeping(kept)));
    }
    let queued = request
        .deployment(&after.id, after.revision)
        .deleting(delete_repository);
    let transition = handing_over(before, after, &queued).superseding(holder);
    Ok(Some(transition.audited(entry).keeping(kept)))
}

/// Whether the deletion that runs or waits deletes the repository, too; none if there is no deletion.
fn deletion_under_way(pipeline: &Pipeline, under_way: Option<&Deployment>) -> Option<bool> {
    let running = under_way?;
    match running.kind {
        Operation::Delete => Some(running.delete_repository.unwrap_or_default()),
        Operation::Deploy => pipeline
            .deletion
            .as_ref()
            .map(|deletion| deletion.delete_repository),
    }
}

/// Marks `deployment` as running in the execution `execution_arn`. None if it is marked so already.
///
/// [`Error::DeploymentSuperseded`] if it has ended or does not hold the pipeline.
pub fn started(
    before: &Pipeline,
    deployment: &Deployment,
    execution_arn: &str,
    at: OffsetDateTime,
) -> Result<Option<Transition>> {
    if !holds(before, deployment) || deployment.status.ended() {
        return Err(Error::DeploymentSuperseded(deployment.id.to_string()));
    }
    if deployment.status == DeploymentStatus::Running
        && deployment.execution_arn.as_deref() == Some(execution_arn)
    {
        return Ok(None);
    }
    let running = Deployment {
        status: DeploymentStatus::Running,
        execution_arn: Some(execution_arn.to_owned()),
        started_at: Some(at),
        ..deployment.clone()
    };
    let after = Pipeline {
        last_deployment: Some(running.summary()),
        ..before.clone()
    };
    Ok(Some(Transition {
        updated: Some(running),
        ..Transition::changing(before, after)
    }))
}

/// Records how the deployment `ended` went and what its run has left, and queues under the id `next` what was asked for
/// meanwhile: the deletion, or else all changes at once.
///
/// None if `ended` does not hold the pipeline any more: then it is recorded already, or another has taken its place.
#[must_use]
pub fn completed(
    before: &Pipeline,
    ended: &Deployment,
    outcome: &RunOutcome,
    next: DeploymentId,
    at: OffsetDateTime,
) -> Option<Transition> {
    if !holds(before, ended) {
        return None;
    }
    let succeeded = ended.status == DeploymentStatus::Succeeded;
    let mut after = Pipeline {
        status: if succeeded {
            PipelineStatus::Deployed
        } else {
            PipelineStatus::Failed
        },
        active_deployment: None,
        last_deployment: Some(ended.summary()),
        ..before.clone()
    };
    let RunOutcome {
        stack_id,
        environments,
        templates,
        stages_closed,
    } = outcome.clone();
    after.stages_closed |= stages_closed;
    if succeeded {
        after.stages_closed = false;
        after.deployed_revision = Some(ended.revision);
        after.deployed_templates = templates.unwrap_or(after.deployed_templates);
        after.deployed_with = environments.unwrap_or(after.deployed_with);
    }
    after.stack_id = stack_id.or(after.stack_id);
    let transition = match waiting(before, ended, next, at) {
        Some(queued) => handing_over(before, after, &queued),
        None => Transition::changing(before, after),
    };
    Some(Transition {
        updated: Some(ended.clone()),
        ..transition
    })
}

/// Records that `recorded` has ended without a say in what becomes of the pipeline: a later deployment has taken its place.
///
/// None if it holds the pipeline, or has ended already.
#[must_use]
pub fn superseded(before: &Pipeline, recorded: &Deployment, at: OffsetDateTime) -> Option<Transition> {
    (!holds(before, recorded) && !recorded.status.ended()).then(|| Transition {
        updated: Some(recorded.clone().superseded(at)),
        ..Transition::changing(before, before.clone())
    })
}

/// The deployment of what was asked for while `ended` ran, if anything was.
fn waiting(
    pipeline: &Pipeline,
    ended: &Deployment,
    id: DeploymentId,
    at: OffsetDateTime,
) -> Option<Deployment> {
    if ended.kind == Operation::Delete || pipeline.revision <= ended.revision {
        return None;
    }
    let queued = |by: Option<&Username>, request: Option<&RequestId>| {
        let by = by.unwrap_or(&ended.requested_by).clone();
        Deployment::queued(id, pipeline.id.clone(), pipeline.revision, by, at).on_request(request.cloned())
    };
    Some(match &pipeline.deletion {
        Some(deletion) => queued(Some(&deletion.requested_by), deletion.request_id.as_ref())
            .deleting(deletion.delete_repository),
        None => queued(pipeline.updated_by.as_ref(), pipeline.updated_by_request.as_ref()),
    })
}

/// Makes the record of a pipeline whose deletion has `ended` well into what administrators may read for a while; `orphans` are
/// the application's stacks that stay.
///
/// None if it is that already. [`Error::DeploymentSuperseded`] if `ended` does not hold the pipeline.
pub fn deleted(
    before: &Pipeline,
    ended: &Deployment,
    orphans: Vec<Orphan>,
    at: OffsetDateTime,
) -> Result<Option<Transition>> {
    if before.status == PipelineStatus::Deleted {
        return Ok(None);
    }
    if !holds(before, ended) {
        return Err(Error::DeploymentSuperseded(ended.id.to_string()));
    }
    let after = Pipeline {
        status: PipelineStatus::Deleted,
        active_deployment: None,
        last_deployment: Some(ended.summary()),
        orphans,
        deletion: None,
        deleted_at: Some(at),
        ..before.clone()
    };
    Ok(Some(Transition {
        updated: Some(ended.clone()),
        ..Transition::changing(before, after)
    }))
}

fn holds(pipeline: &Pipeline, deployment: &Deployment) -> bool {
    pipeline.active_deployment.as_ref() == Some(&deployment.id)
}

/// The next revision of `before`, by the person who asks for it.
fn revised(before: &Pipeline, request: &Request<'_>) -> Pipeline {
    Pipeline {
        revision: before.revision.next(),
        revisions_since: before.revisions_since.or(Some(before.revision)),
        updated_at: request.at,
        updated_by: Some(request.username.clone()),
        updated_by_request: request.request_id.clone(),
        ..before.clone()
    }
}

/// `pipeline` as `queued` holds it from now on.
fn held_by(pipeline: Pipeline, queued: &Deployment) -> Pipeline {
    Pipeline {
        status: match queued.kind {
            Operation::Deploy => PipelineStatus::Deploying,
            Operation::Delete => PipelineStatus::Deleting,
        },
        active_deployment: Some(queued.id.clone()),
        last_deployment: Some(queued.summary()),
        // It waits no more: either it is what begins now, or nothing is to be deleted.
        deletion: None,
        ..pipeline
    }
}

fn handing_over(before: &Pipeline, after: Pipeline, queued: &Deployment) -> Transition {
    Transition {
        queued: Some(queued.clone()),
        ..Transition::changing(before, held_by(after, queued))
    }
}
