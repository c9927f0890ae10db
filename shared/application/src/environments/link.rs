//! Linking an account and region.

use std::collections::BTreeSet;

use domain::{
    Error, Pointer, Problems, Result,
    account::{AccountId, BootstrapQualifier, PermissionsBoundary, Region},
    environment::{ApprovalRule, Environment, EnvironmentStatus, Label},
    input::{FromInput, Members},
    permissions::Caller,
    revision::Revision,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    ids,
    records::{
        CommitEnvironments,
        idempotency::{Answer, Idempotency, replayed},
    },
};

/// A request to link an account and region.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct LinkEnvironment {
    /// What people call it.
    pub label: Label,
    /// The account.
    pub account_id: AccountId,
    /// The region.
    pub region: Region,
    /// The team that owns it.
    pub team: TeamName,
    /// Teams that may see it and use it in pipelines.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub invited_teams: Vec<TeamName>,
    /// Bounds every role that pipelines create there.
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The CDK bootstrap used there.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub bootstrap_qualifier: BootstrapQualifier,
    /// Who of its team may approve what goes there.
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub approval: ApprovalRule,
}

impl FromInput for LinkEnvironment {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let label = members.required("label", problems);
        let account_id = members.required("accountId", problems);
        let region = members.required("region", problems);
        let team = members.required("team", problems);
        let invited_teams: Option<Option<Vec<TeamName>>> = members.optional("invitedTeams", problems);
        let permissions_boundary = members.optional("permissionsBoundary", problems);
        let bootstrap_qualifier = members.optional("bootstrapQualifier", problems);
        let approval = members.optional("approval", problems);
        if let Some(Some(teams)) = &invited_teams {
            super::check_invited(teams, &members.at("invitedTeams"), problems);
        }
        members.finish(problems);
        Some(Self {
            label: label?,
            account_id: account_id?,
            region: region?,
            team: team?,
            invited_teams: invited_teams?.unwrap_or_default(),
            permissions_boundary: permissions_boundary?,
            bootstrap_qualifier: bootstrap_qualifier?.unwrap_or_default(),
            approval: approval?.unwrap_or_default(),
        })
    }
}

/// Links an account and region for one of the caller's teams.
pub async fn link(
    store: &impl CommitEnvironments,
    caller: &Caller,
    wanted: LinkEnvironment,
    request: Option<&Idempotency>,
    now: OffsetDateTime,
) -> Result<Environment> {
    if let Some(answered) = replayed(store, request).await? {
        return Ok(answered);
    }
    if !caller.acts_for(&wanted.team) {
        return Err(Error::Forbidden(format!(
            "you are not in the team {}",
            wanted.team
        )));
    }
    let environment = Environment {
        version: 0,
        id: ids::environment_id()?,
        label: wanted.label,
        account_id: wanted.account_id,
        region: wanted.region,
        team: wanted.team,
        invited_teams: wanted.invited_teams.into_iter().collect::<BTreeSet<_>>(),
        permissions_boundary: wanted.permissions_boundary,
        bootstrap_qualifier: wanted.bootstrap_qualifier,
        approval: wanted.approval,
        external_id: ids::external_id()?,
        status: EnvironmentStatus::Pending,
        problems: Vec::new(),
        redeployment_id: None,
        verified_at: None,
        pipelines: None,
        pipeline_count: 0,
        revision: Revision::FIRST,
        owner: caller.username.clone(),
        created_at: now,
        updated_at: now,
    };
    let (environment, transition) = environment.linked();
    let answer = Answer::to(request, &environment)?;
    match store.commit_environment(&transition, answer.as_ref()).await {
        Ok(()) => Ok(environment),
        // The twin of this request may have been first: then its answer is ours.
        Err(error) => replayed(store, request).await?.ok_or(error),
    }
}
