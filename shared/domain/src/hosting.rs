//! What an account's owner lets the platform keep there, and which pipelines may have their CICD stack there.

use serde::{Deserialize, Serialize};

use crate::{
    Pointer, Problems, Result, account::AccountId, environment::Environment, ids::EnvironmentId,
    strategy::Strategy,
};

/// The pipelines that an environment's owner lets the platform keep there: the parameter `Pipelines` of the stack that the owner
/// deployed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HostedPipelines {
    /// None: the platform only reads.
    None,
    /// Those that deliver to other accounts.
    Delivering,
    /// Those that change this account, too: they update their own stack, or have a stage here. Whoever can push to one of them
    /// is administrator of the account.
    SelfMutating,
}

impl HostedPipelines {
    /// All values, from the least to the most.
    pub const ALL: [Self; 3] = [Self::None, Self::Delivering, Self::SelfMutating];

    /// The value of the parameter.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Delivering => "delivering",
            Self::SelfMutating => "self-mutating",
        }
    }

    /// What the parameter's value says. A value that nobody knows allows nothing.
    #[must_use]
    pub fn of_parameter(value: &str) -> Self {
        let named = Self::ALL.into_iter().find(|hosted| hosted.parameter() == value);
        named.unwrap_or(Self::None)
    }

    /// What an owner allows who chooses it.
    #[must_use]
    pub const fn allows(self) -> &'static str {
        match self {
            Self::None => {
                "The platform only reads here: the version and the trust of the CDK bootstrap, and the applications' stacks. \
                 Enough for an account that pipelines of other accounts deliver to."
            }
            Self::Delivering => {
                "The platform also keeps pipelines here: repositories, and stacks with CodePipelines that deliver to other accounts. \
                 It hands them to a role of its own that can create nothing else, and their roles may do nothing in this account but \
                 run the pipelines. Enough for the strategies trunk and gitflow without a stage in this account."
            }
            Self::SelfMutating => {
                "As before, and pipelines may use the roles of the CDK bootstrap of this account: for the strategy cdk-trunk, whose \
                 pipelines update themselves, and for stages in this account. Whoever can push to such a repository can do here \
                 whatever the bootstrap's execution role can: by default, everything."
            }
        }
    }

    /// The least that the account of a pipeline's CICD stack must allow for `strategy` with stages in these `accounts`.
    pub fn needed<'a>(
        strategy: Strategy,
        cicd: &AccountId,
        accounts: impl IntoIterator<Item = &'a AccountId>,
    ) -> Self {
        if strategy.updates_itself() || accounts.into_iter().any(|account| account == cicd) {
            Self::SelfMutating
        } else {
            Self::Delivering
        }
    }

    /// Why a pipeline that needs this may not be kept in an environment whose owner has `allowed` less.
    #[must_use]
    pub fn refused(self, environment: &EnvironmentId, account: &AccountId, allowed: Self) -> String {
        let what = match self {
            Self::SelfMutating => "pipelines that update themselves or deliver to that account itself",
            Self::Delivering | Self::None => "pipelines",
        };
        format!(
            "the owner of the environment {environment} (account {account}) does not let the platform keep {what} there: the stack of \
             its role says Pipelines={}, and Pipelines={} is needed",
            allowed.parameter(),
            self.parameter()
        )
    }

    const fn rank(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Delivering => 1,
            Self::SelfMutating => 2,
        }
    }

    /// Whether this allows what `needed` allows.
    #[must_use]
    pub const fn covers(self, needed: Self) -> bool {
        self.rank() >= needed.rank()
    }
}

/// Why `cicd` may not be the CICD environment of a pipeline with `strategy` and stages in `accounts`, as far as is known of what its owner
/// allows from its last verification. None if it may, or if that is not known: the deployment looks itself.
#[must_use]
pub fn refusal<'a>(
    cicd: &Environment,
    strategy: Strategy,
    accounts: impl IntoIterator<Item = &'a AccountId>,
) -> Option<String> {
    let needed = HostedPipelines::needed(strategy, &cicd.account_id, accounts);
    let allowed = cicd.pipelines.filter(|allowed| !allowed.covers(needed))?;
    Some(format!(
        "{}. Its team {} finds the command that allows it in setupChoices of GET /environments/{}, and verifies the environment \
         afterwards",
        needed.refused(&cicd.id, &cicd.account_id, allowed),
        cicd.team,
        cicd.id
    ))
}

/// Refuses `cicd` as the CICD environment of a new pipeline, if there is a [`refusal`].
pub fn check<'a>(
    cicd: &Environment,
    strategy: Strategy,
    accounts: impl IntoIterator<Item = &'a AccountId>,
) -> Result<()> {
    match refusal(cicd, strategy, accounts) {
        None => Ok(()),
        Some(detail) => Err(Problems::one(&Pointer::root().child("cicdEnvironmentId"), detail).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use super::*;

    #[test]
    fn what_changes_the_cicd_account_needs_the_most() {
        let [cicd, other] = ["111111111111", "222222222222"].map(|id| AccountId::parse(id).unwrap());
        for (strategy, stages, needed) in [
            (Strategy::CdkTrunk, vec![&other], HostedPipelines::SelfMutating),
            (Strategy::Trunk, vec![&other], HostedPipelines::Delivering),
            (Strategy::Gitflow, vec![&other], HostedPipelines::Delivering),
            (
                Strategy::Trunk,
                vec![&other, &cicd],
                HostedPipelines::SelfMutating,
            ),
        ] {
            assert_eq!(
                HostedPipelines::needed(strategy, &cicd, stages),
                needed,
                "{strategy:?}"
            );
        }
    }

    #[test]
    fn a_value_covers_itself_and_what_is_less() {
        for (at, allowed) in HostedPipelines::ALL.into_iter().enumerate() {
            for (below, needed) in HostedPipelines::ALL.into_iter().enumerate() {
                assert_eq!(allowed.covers(needed), below <= at);
            }
            assert_eq!(HostedPipelines::of_parameter(allowed.parameter()), allowed);
        }
        assert_eq!(HostedPipelines::of_parameter("everything"), HostedPipelines::None);
    }
}
