//! Changing an environment.

use domain::{
    Pointer, Problems, Result,
    account::{BootstrapQualifier, PermissionsBoundary},
    environment::{ApprovalRule, Environment, HandOut, Label},
    ids::EnvironmentId,
    input::{Change, FromInput, Members},
    permissions::Caller,
    redeployment::{Cause, Redeployment, Target},
    revision::Revision,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    access::changeable_environment,
    ids,
    records::{CommitEnvironments, retrying},
    redeployments::{RedeploymentInput, RedeploymentWorkflow, Redeployments},
};

/// A change of an environment.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct ChangeEnvironment {
    /// A new label.
    pub label: Option<Label>,
    /// The whole new list of invited teams; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<TeamName>>, required = false))]
    pub invited_teams: Change<Vec<TeamName>>,
    /// Another permissions boundary; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<PermissionsBoundary>, required = false))]
    pub permissions_boundary: Change<PermissionsBoundary>,
    /// Another CDK bootstrap; null for the default one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<BootstrapQualifier>, required = false))]
    pub bootstrap_qualifier: Change<BootstrapQualifier>,
    /// Who of its team may approve what goes there; null for anybody.
    #[cfg_attr(feature = "schema", schema(value_type = Option<ApprovalRule>, required = false))]
    pub approval: Change<ApprovalRule>,
    /// Whether the platform hands out credentials for the repositories there; null for yes.
    #[cfg_attr(feature = "schema", schema(value_type = Option<HandOut>, required = false))]
    pub credentials: Change<HandOut>,
}

impl FromInput for ChangeEnvironment {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let label = members.optional("label", problems);
        let invited_teams: Option<Change<Vec<TeamName>>> = members.change("invitedTeams", problems);
        let permissions_boundary = members.change("permissionsBoundary", problems);
        let bootstrap_qualifier = members.change("bootstrapQualifier", problems);
        let approval = members.change("approval", problems);
        let credentials = members.change("credentials", problems);
        if let Some(Change::Set(teams)) = &invited_teams {
            super::check_invited(teams, &members.at("invitedTeams"), problems);
        }
        members.finish(problems);
        Some(Self {
            label: label?,
            invited_teams: invited_teams?,
            permissions_boundary: permissions_boundary?,
            bootstrap_qualifier: bootstrap_qualifier?,
            approval: approval?,
            credentials: credentials?,
        })
    }
}

/// Changes the environment `id`. A change that reaches what pipelines have deployed there redeploys them. One that changes
/// nothing writes nothing. One that reaches no pipeline starts what an earlier one asked for: that may have died between
/// writing and starting.
pub async fn change(
    store: &(impl CommitEnvironments + Redeployments),
    workflow: &impl RedeploymentWorkflow,
    caller: &Caller,
    id: &EnvironmentId,
    wanted: ChangeEnvironment,
    expected: Option<&[Revision]>,
    now: OffsetDateTime,
) -> Result<Environment> {
    let (before, after, redeployment) = retrying(async || {
        let before = changeable_environment(store, caller, id).await?;
        before.revision.check_expected(expected)?;
        let mut after = before.clone();
        apply(wanted.clone(), &mut after);
        if after == before {
            return Ok((before, after, None));
        }
        let redeployment = if before.reaches_pipelines(&after) {
            Some(Redeployment {
                id: ids::redeployment_id()?,
                target: Target::Environment(id.clone()),
                cause: Cause::EnvironmentChanged {
                    environment_id: id.clone(),
                },
                requested_by: caller.username.clone(),
                requested_at: now,
                cancellation: None,
            })
        } else {
            None
        };
        let (after, transition) = before.changed(after, redeployment, now);
        store.commit_environment(&transition, None).await?;
        Ok((before, after, transition.redeployment))
    })
    .await?;
    match &redeployment {
        Some(redeployment) => workflow.start(&RedeploymentInput::from(redeployment)).await?,
        None => start_again(store, workflow, &before).await?,
    }
    Ok(after)
}

fn apply(wanted: ChangeEnvironment, environment: &mut Environment) {
    let ChangeEnvironment {
        label,
        invited_teams,
        permissions_boundary,
        bootstrap_qualifier,
        approval,
        credentials,
    } = wanted;
    if let Some(label) = label {
        environment.label = label;
    }
    let present = environment.invited_teams.iter().cloned().collect();
    let invited = invited_teams.apply(Some(present));
    environment.invited_teams = invited.unwrap_or_default().into_iter().collect();
    environment.permissions_boundary = permissions_boundary.apply(environment.permissions_boundary.take());
    environment.bootstrap_qualifier = bootstrap_qualifier
        .apply(Some(environment.bootstrap_qualifier.clone()))
        .unwrap_or_default();
    environment.credentials = credentials
        .apply(Some(environment.credentials))
        .unwrap_or_default();
    environment.approval = approval.apply(Some(environment.approval)).unwrap_or_default();
}

/// Starts the redeployment that the last change asked for, unless somebody has cancelled it. Where it was started, that is
/// the same execution.
async fn start_again(
    store: &impl Redeployments,
    workflow: &impl RedeploymentWorkflow,
    environment: &Environment,
) -> Result<()> {
    let Some(id) = &environment.redeployment_id else {
        return Ok(());
    };
    match store.redeployment(id).await? {
        Some(recorded) if recorded.cancellation.is_none() => {
            workflow.start(&RedeploymentInput::from(&recorded)).await
        }
        // Cancelled, or so long ago that its record is gone.
        _ => Ok(()),
    }
}
