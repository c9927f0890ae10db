//! Linking an account and region.

use std::collections::BTreeSet;

use domain::{
    Error, Pointer, Problems, Result,
    account::{AccountId, BootstrapQualifier, PermissionsBoundary, Region},
    audit::{Action, AuditEntry, Subject},
    environment::{
        ApprovalRule, Environment, EnvironmentStatus, HandOut, Label, SelfMutation, UNVERIFIED_DAYS,
    },
    input::{FromInput, Members},
    lifecycle::UnverifiedLinks,
    permissions::Caller,
    revision::Revision,
    team::{TeamName, Username},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    ids,
    records::{
        CommitEnvironments, FindUnverifiedLinks,
        idempotency::{Answer, Idempotency, replayed},
        retrying,
    },
};

/// What may be linked.
#[derive(Clone, Debug)]
pub struct LinkRules {
    /// The platform's own account: what could be deployed there could change the platform.
    pub platform_account_id: AccountId,
    /// A user may have so many links that wait for their first verification.
    pub unverified_links: usize,
}

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
    /// Teams that may see it and use it in pipelines: what their pipelines deliver is deployed there with the rights of the CDK
    /// bootstrap, by default an administrator's.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<TeamName>>, max_items = 40))]
    pub invited_teams: Vec<TeamName>,
    /// Bounds every role that pipelines create there.
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The CDK bootstrap used there.
    #[cfg_attr(feature = "schema", schema(value_type = Option<BootstrapQualifier>))]
    pub bootstrap_qualifier: BootstrapQualifier,
    /// Whose cdk-trunk pipelines may have it as their CICD environment. Whoever can push to such a pipeline is administrator of the
    /// account, and of every account that trusts it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<SelfMutation>))]
    pub self_mutation: SelfMutation,
    /// Who of its team may approve what goes there.
    #[cfg_attr(feature = "schema", schema(value_type = Option<ApprovalRule>))]
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
        let self_mutation = members.optional("selfMutation", problems);
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
            self_mutation: self_mutation?.unwrap_or_default(),
            approval: approval?.unwrap_or_default(),
        })
    }
}

/// Links an account and region for one of the caller's teams. The answer does not say whether somebody else has linked them: the first
/// verification that finds one of the links ready decides whose they are.
pub async fn link(
    store: &(impl CommitEnvironments + FindUnverifiedLinks),
    rules: &LinkRules,
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
    if wanted.account_id == rules.platform_account_id {
        let at = Pointer::root().child("accountId");
        return Err(Problems::one(&at, "is the platform's own account, which cannot be linked").into());
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
        self_mutation: wanted.self_mutation,
        approval: wanted.approval,
        credentials: HandOut::default(),
        external_id: ids::external_id()?,
        unverified_since: Some(now),
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
    let linked = retrying(async || {
        let beside = room_for_one_more(store, rules, &caller.username, now).await?;
        let (environment, transition) = environment.clone().linked(beside);
        let subject = Subject::Environment(environment.id.clone());
        let entry = AuditEntry::accepted(caller, subject, Action::LinkEnvironment, now);
        let transition = transition.audited(entry);
        let answer = Answer::to(request, &environment)?;
        store.commit_environment(&transition, answer.as_ref()).await?;
        Ok(environment)
    })
    .await;
    match linked {
        Ok(environment) => Ok(environment),
        // The same request, sent twice at once, may have been first: then its answer is the answer to this one.
        Err(error) => replayed(store, request).await?.ok_or(error),
    }
}

/// The links of `user` that wait for a verification, once there is room for another one. Links that have expired are removed.
async fn room_for_one_more(
    store: &(impl CommitEnvironments + FindUnverifiedLinks),
    rules: &LinkRules,
    user: &Username,
    now: OffsetDateTime,
) -> Result<UnverifiedLinks> {
    let (mut links, environments) = store.unverified_links(user).await?;
    let (expired, waiting): (Vec<Environment>, Vec<Environment>) = environments
        .into_iter()
        .partition(|environment| environment.has_expired(now));
    if waiting.len() >= rules.unverified_links {
        return Err(Error::QuotaExceeded(format!(
            "{} of your links wait for their first verification, which is the most that a user may have: verify them with POST \
             /environments/{{id}}/verification, or unlink those that you do not need. Others end by themselves after {UNVERIFIED_DAYS} days",
            waiting.len()
        )));
    }
    if !expired.is_empty() {
        for environment in expired {
            store.commit_environment(&environment.unlinked(), None).await?;
        }
        (links, _) = store.unverified_links(user).await?;
    }
    Ok(links)
}
