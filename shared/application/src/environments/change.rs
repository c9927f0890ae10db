//! Changing an environment.

use std::collections::BTreeSet;

use domain::{
    Pointer, Problems, Result,
    account::{BootstrapQualifier, PermissionsBoundary},
    audit::{Action, AuditEntry, Subject},
    environment::{ApprovalRule, Environment, HandOut, Label, SelfMutation},
    ids::EnvironmentId,
    input::{Change, FromInput, Members},
    permissions::Caller,
    pipeline::Pipeline,
    prefix::Prefix,
    redeployment::{Cause, Redeployment, Target},
    revision::Revision,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    users::users_of,
    withdrawal::{Withdrawn, is_refused},
};
use crate::{
    access::changeable_environment,
    ids,
    records::{CommitEnvironments, listing::Listings, retrying},
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
    #[cfg_attr(feature = "schema", schema(value_type = Label, required = false))]
    pub label: Option<Label>,
    /// The whole new list of invited teams; null for none. To invite a team lets its pipelines deploy here with the rights of the
    /// CDK bootstrap, by default an administrator's. To leave one out ends at once that its pipelines are changed, deployed or run and
    /// that their credentials are handed out.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<TeamName>>, required = false, max_items = 40))]
    pub invited_teams: Change<Vec<TeamName>>,
    /// Another permissions boundary; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<PermissionsBoundary>, required = false))]
    pub permissions_boundary: Change<PermissionsBoundary>,
    /// Another CDK bootstrap; null for the default one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<BootstrapQualifier>, required = false))]
    pub bootstrap_qualifier: Change<BootstrapQualifier>,
    /// Whose cdk-trunk pipelines may have it as their CICD environment: whoever can push to one is administrator of the account, and
    /// of every account that trusts it. Null for its own team's.
    #[cfg_attr(feature = "schema", schema(value_type = Option<SelfMutation>, required = false))]
    pub self_mutation: Change<SelfMutation>,
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
        let label = members.if_there("label", problems);
        let invited_teams: Option<Change<Vec<TeamName>>> = members.change("invitedTeams", problems);
        let permissions_boundary = members.change("permissionsBoundary", problems);
        let bootstrap_qualifier = members.change("bootstrapQualifier", problems);
        let self_mutation = members.change("selfMutation", problems);
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
            self_mutation: self_mutation?,
            approval: approval?,
            credentials: credentials?,
        })
    }
}

/// What changing environments works with.
#[derive(Debug)]
pub struct ChangeEnvironments<'a, S> {
    /// The records.
    pub store: &'a S,
    /// The platform's prefix.
    pub prefix: &'a Prefix,
}

/// At most so many pipelines of an environment are looked at when its owners change what they let them do.
const LOOKED_AT: usize = 200;

impl<S: CommitEnvironments + Listings<Pipeline>> ChangeEnvironments<'_, S> {
    /// Changes the environment `id`: its record, and what is left of pipelines that may not use it any more, where the change says
    /// who may. A change that reaches what pipelines have deployed there, or what they may do there, redeploys them. One that changes
    /// nothing writes nothing.
    pub async fn change(
        &self,
        caller: &Caller,
        id: &EnvironmentId,
        wanted: ChangeEnvironment,
        expected: Option<&[Revision]>,
        now: OffsetDateTime,
    ) -> Result<(Environment, Option<Withdrawn>)> {
        let asks_consent = wanted.invited_teams != Change::Keep || wanted.self_mutation != Change::Keep;
        let (after, users) = retrying(async || {
            let before = changeable_environment(self.store, caller, id).await?;
            let users = if asks_consent && before.pipeline_count > 0 {
                users_of(self.store, id, LOOKED_AT).await?
            } else {
                Vec::new()
            };
            let mut after = before.clone();
            apply(wanted.clone(), &mut after);
            if after == before {
                // Whichever revision was expected: the same change may have come before, and its answer been lost.
                return Ok((after, users));
            }
            before.revision.check_expected(expected)?;
            let redeployment = if before.reaches_pipelines(&after) || consent_changes(&before, &after, &users)
            {
                Some(Redeployment {
                    id: ids::redeployment_id()?,
                    target: Target::Environment(id.clone()),
                    cause: Cause::EnvironmentChanged {
                        environment_id: id.clone(),
                    },
                    requested_by: caller.username.clone(),
                    requested_at: now,
                    teams: None,
                    listed_for: BTreeSet::from([before.team.clone()]),
                    cancellation: None,
                })
            } else {
                None
            };
            let (after, transition) = before.changed(after, redeployment, now);
            let subject = Subject::Environment(id.clone());
            let entry = AuditEntry::accepted(caller, subject, Action::ChangeEnvironment, now)
                .saying(before.differences(&after).join(", "));
            let transition = transition.audited(entry);
            self.store.commit_environment(&transition, None).await?;
            Ok((after, users))
        })
        .await?;
        let more = users.len() == LOOKED_AT;
        let withdrawn = Withdrawn::of(self.prefix, &after, &users, more, now);
        Ok((after, withdrawn))
    }
}

/// Whether one of `users` may use the environment after the change and could not before, or the other way round.
fn consent_changes(before: &Environment, after: &Environment, users: &[Pipeline]) -> bool {
    let changes = |pipeline: &Pipeline| is_refused(before, pipeline) != is_refused(after, pipeline);
    users.iter().any(changes) || users.len() == LOOKED_AT
}

fn apply(wanted: ChangeEnvironment, environment: &mut Environment) {
    let ChangeEnvironment {
        label,
        invited_teams,
        permissions_boundary,
        bootstrap_qualifier,
        self_mutation,
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
    environment.self_mutation = self_mutation
        .apply(Some(environment.self_mutation))
        .unwrap_or_default();
    environment.credentials = credentials
        .apply(Some(environment.credentials))
        .unwrap_or_default();
    environment.approval = approval.apply(Some(environment.approval)).unwrap_or_default();
}
