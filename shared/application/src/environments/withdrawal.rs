//! What is left when the owners of an environment withdraw their consent: pipelines, application stacks and trust, with the commands
//! that end them. The platform deletes none of it: it may hold data, and the rights to it are the owners'.

use std::collections::BTreeSet;

use domain::{
    account::AccountId,
    consent::Use,
    environment::Environment,
    ids::{PipelineId, PipelineName, StageName},
    names::PipelineNames,
    pipeline::{Orphan, Pipeline},
    prefix::Prefix,
    team::TeamName,
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::linked_accounts::bootstrap::untrust_command;

/// What is left in an environment of pipelines that may not use it any more.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawn {
    /// The pipelines that may not use the environment any more. Nobody can change, deploy or run them, or take credentials, until
    /// the stages concerned are removed or the team is invited again. The way into those stages is being closed.
    pub pipelines: Vec<WithdrawnPipeline>,
    /// Whether there are more of them than are listed here.
    pub more: bool,
    /// What ends what remains, for the account's owner. Nothing of it is needed to stop deliveries; deleting a stack deletes what it
    /// holds.
    pub commands: Vec<OwnersCommand>,
}

/// A pipeline that may not use an environment any more.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WithdrawnPipeline {
    /// Its id.
    pub id: PipelineId,
    /// Its name.
    pub name: PipelineName,
    /// The team that owns it.
    pub team: TeamName,
    /// Its stages in the environment.
    pub stages: Vec<StageName>,
    /// Whether the environment holds its repository and CICD stack.
    pub cicd: bool,
}

/// A command for the account's owner.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnersCommand {
    /// What it ends.
    pub ends: String,
    /// The command.
    pub command: String,
}

/// Whether `pipeline` uses `environment` without its owners letting it.
pub(super) fn is_refused(environment: &Environment, pipeline: &Pipeline) -> bool {
    let wanted = if pipeline.cicd_environment_id == environment.id {
        Use::Cicd(pipeline.strategy)
    } else {
        Use::Stage
    };
    environment.refusal(&pipeline.team, wanted).is_some()
}

impl Withdrawn {
    /// What is left in `environment` of those of `users` that may not use it any more, none if all may. `more` says that there are
    /// more users than `users`.
    pub(super) fn of(
        prefix: &Prefix,
        environment: &Environment,
        users: &[Pipeline],
        more: bool,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let (refused, allowed): (Vec<&Pipeline>, Vec<&Pipeline>) = users
            .iter()
            .partition(|pipeline| is_refused(environment, pipeline));
        if refused.is_empty() {
            return None;
        }
        let mut commands: Vec<_> = refused
            .iter()
            .flat_map(|pipeline| stacks(prefix, environment, pipeline))
            .collect();
        if !more {
            commands.extend(untrust(environment, &refused, &allowed));
        }
        if refused.iter().any(|pipeline| hosts(environment, pipeline)) {
            commands.push(revoke(prefix, environment, now));
        }
        let pipelines = refused.into_iter().map(|pipeline| WithdrawnPipeline {
            id: pipeline.id.clone(),
            name: pipeline.name.clone(),
            team: pipeline.team.clone(),
            stages: stages(environment, pipeline).cloned().collect(),
            cicd: hosts(environment, pipeline),
        });
        Some(Self {
            pipelines: pipelines.collect(),
            more,
            commands,
        })
    }
}

fn hosts(environment: &Environment, pipeline: &Pipeline) -> bool {
    pipeline.cicd_environment_id == environment.id
}

fn stages<'p>(environment: &'p Environment, pipeline: &'p Pipeline) -> impl Iterator<Item = &'p StageName> {
    let there = pipeline
        .stages
        .iter()
        .filter(|stage| stage.environment_id == environment.id);
    there.map(|stage| &stage.name)
}

fn stacks(prefix: &Prefix, environment: &Environment, pipeline: &Pipeline) -> Vec<OwnersCommand> {
    let names = PipelineNames::of(prefix, pipeline);
    let command = |stage: &StageName| {
        let stack = Orphan {
            stage: stage.clone(),
            account_id: environment.account_id.clone(),
            region: environment.region.clone(),
            stack_name: names.stage_stack(stage),
            manual_approval: false,
        };
        OwnersCommand {
            ends: format!(
                "the application of {} in its stage {stage}, with its data",
                pipeline.name
            ),
            command: stack.command(),
        }
    };
    stages(environment, pipeline).map(command).collect()
}

/// Ends that the account trusts the CICD accounts which only refused pipelines need.
fn untrust(environment: &Environment, refused: &[&Pipeline], allowed: &[&Pipeline]) -> Option<OwnersCommand> {
    let accounts = |pipelines: &[&Pipeline]| -> BTreeSet<AccountId> {
        let accounts = pipelines.iter().map(|pipeline| pipeline.cicd_account_id.clone());
        accounts.collect()
    };
    let needed = accounts(allowed);
    let mut ended = accounts(refused);
    ended.retain(|account| !needed.contains(account) && *account != environment.account_id);
    if ended.is_empty() {
        return None;
    }
    let named: Vec<&str> = ended.iter().map(AccountId::as_str).collect();
    Some(OwnersCommand {
        ends: format!(
            "that the account trusts the CICD account(s) {}: pipelines there cannot deploy here any more",
            named.join(", ")
        ),
        command: untrust_command(&environment.target(), &ended),
    })
}

/// Ends the sessions that were begun until now: credentials that were handed out live for up to an hour.
fn revoke(prefix: &Prefix, environment: &Environment, now: OffsetDateTime) -> OwnersCommand {
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": now.format(&Rfc3339).unwrap_or_default()}},
        }],
    });
    OwnersCommand {
        ends: "credentials for repositories that were handed out until now; else they end within an hour"
            .to_owned(),
        command: format!(
            "aws iam put-role-policy --role-name {} --policy-name revoke-older-sessions --policy-document '{policy}'",
            prefix.environment_role(&environment.region)
        ),
    }
}
