//! What the owners of environments let pipelines do there. It counts whoever calls: what is asked is whether the *pipeline's* team
//! may use an environment, not whether its user may see it.
//!
//! It is asked when a pipeline is created or edited, at the start of every deployment and run, and when credentials are handed
//! out. An invitation that is withdrawn ends all of that at once.

use std::collections::BTreeMap;

use crate::{
    Error, Result,
    environment::{Environment, SelfMutation},
    ids::{EnvironmentId, StageName},
    pipeline::{Pipeline, Stage},
    strategy::Strategy,
    team::TeamName,
};

/// What a pipeline wants of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It holds the repository and the CICD stack.
    Cicd(Strategy),
    /// A stage is delivered to it.
    Stage,
}

impl Environment {
    /// Why pipelines of `team` may not have this `wanted` of the environment; none if they may.
    #[must_use]
    pub fn refusal(&self, team: &TeamName, wanted: Use) -> Option<String> {
        let Self {
            id,
            label,
            team: owner,
            ..
        } = self;
        if *team == *owner {
            return None;
        }
        if !self.invited_teams.contains(team) {
            return Some(format!(
                "the team {team} may not use the environment {id} ({label}): its team, {owner}, has not invited {team}"
            ));
        }
        match wanted {
            Use::Cicd(strategy)
                if strategy.updates_itself() && self.self_mutation == SelfMutation::OwnTeam =>
            {
                Some(format!(
                    "the team {team} may not have {strategy} pipelines in the environment {id} ({label}): who pushes to one \
                     becomes administrator of the account. Take another strategy, or ask its team, {owner}, to set \
                     selfMutation to INVITED"
                ))
            }
            Use::Cicd(_) | Use::Stage => None,
        }
    }
}

/// An environment that a pipeline uses and whose owners do not let it, or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    pub environment_id: EnvironmentId,
    /// The stages that must not be delivered to any more: all of them where it is the CICD environment.
    pub stages: Vec<StageName>,
    /// Why, in words.
    pub reason: String,
}

/// The environments of `pipeline` that it may not use, among `environments`, which are all that it uses.
#[must_use]
pub fn withdrawals(
    pipeline: &Pipeline,
    environments: &BTreeMap<EnvironmentId, Environment>,
) -> Vec<Withdrawal> {
    let names = |stages: &mut dyn Iterator<Item = &Stage>| stages.map(|stage| stage.name.clone()).collect();
    let refused = |id: &EnvironmentId, wanted: Use| environments.get(id)?.refusal(&pipeline.team, wanted);
    if let Some(reason) = refused(&pipeline.cicd_environment_id, Use::Cicd(pipeline.strategy)) {
        return vec![Withdrawal {
            environment_id: pipeline.cicd_environment_id.clone(),
            stages: names(&mut pipeline.stages.iter()),
            reason,
        }];
    }
    let ids = pipeline.environment_ids();
    let withdrawn = ids.into_iter().filter_map(|id| {
        Some(Withdrawal {
            environment_id: id.clone(),
            reason: refused(id, Use::Stage)?,
            stages: names(&mut pipeline.stages.iter().filter(|stage| stage.environment_id == *id)),
        })
    });
    withdrawn.collect()
}

/// Checks that `pipeline` may use all its `environments`. [`Error::EnvironmentNotAllowed`] if not.
pub fn check(pipeline: &Pipeline, environments: &BTreeMap<EnvironmentId, Environment>) -> Result<()> {
    let withdrawals = withdrawals(pipeline, environments);
    if withdrawals.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = withdrawals
        .into_iter()
        .map(|withdrawal| {
            if withdrawal.environment_id == pipeline.cicd_environment_id {
                format!(
                    "{}. It holds the pipeline's repository and CICD stack",
                    withdrawal.reason
                )
            } else {
                let stages: Vec<&str> = withdrawal.stages.iter().map(StageName::as_str).collect();
                format!(
                    "{}. Ask that team, or change the pipeline to be without its stage {}",
                    withdrawal.reason,
                    stages.join(", ")
                )
            }
        })
        .collect();
    Err(Error::EnvironmentNotAllowed(reasons.join(". ")))
}
