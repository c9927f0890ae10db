//! Stages that are not kept apart: those that share an account share the roles of its CDK bootstrap, too.

use std::{collections::BTreeMap, fmt};

use crate::{account::AccountId, environment::Environment, ids::StageName, pipeline::Pipeline};

/// An account in which a pipeline has several stages, or a stage beside its CICD stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedAccount {
    pub account_id: AccountId,
    /// The pipeline's stages there, in order.
    pub stages: Vec<StageName>,
    /// Whether the CICD stack is there, too.
    pub cicd: bool,
}

/// The accounts that `pipeline` uses for more than one thing, as far as its environments are known.
pub fn shared_accounts<'e>(
    pipeline: &Pipeline,
    environments: impl IntoIterator<Item = &'e Environment>,
) -> Vec<SharedAccount> {
    let accounts: BTreeMap<_, _> = environments
        .into_iter()
        .map(|environment| (&environment.id, &environment.account_id))
        .collect();
    let mut stages: BTreeMap<&AccountId, Vec<StageName>> = BTreeMap::new();
    for stage in &pipeline.stages {
        if let Some(account) = accounts.get(&stage.environment_id) {
            stages.entry(account).or_default().push(stage.name.clone());
        }
    }
    let shared = stages.into_iter().map(|(account_id, stages)| SharedAccount {
        account_id: account_id.clone(),
        cicd: *account_id == pipeline.cicd_account_id,
        stages,
    });
    shared
        .filter(|account| account.cicd || account.stages.len() > 1)
        .collect()
}

impl fmt::Display for SharedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.stages.iter().map(StageName::as_str).collect();
        let (stages, are) = match names.as_slice() {
            [one] => (format!("the stage {one}"), "is"),
            [first @ .., last] => (format!("the stages {} and {last}", first.join(", ")), "are"),
            [] => return Ok(()),
        };
        let account = &self.account_id;
        if self.cicd {
            write!(
                f,
                "{stages} {are} in the account of the CICD stack, {account}: a deployment there can change the pipeline itself. \
                 An account of its own keeps a stage apart"
            )
        } else {
            write!(
                f,
                "{stages} {are} in one account, {account}: a deployment of one can change the others. An account of its own keeps \
                 a stage apart"
            )
        }
    }
}
