//! The linked accounts.

use std::collections::BTreeMap;

use application::linked_accounts::{
    bootstrap::{InspectAccount, StackSettings},
    sessions::Session,
};
use domain::Result;

use super::World;

/// The stacks that an account's owner has deployed; an account that is not in the world does not let the platform in.
pub(crate) type Account = BTreeMap<String, StackSettings>;

fn text(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The stack of the platform's role.
pub(crate) fn role(pipelines: &str) -> StackSettings {
    StackSettings {
        parameters: text(&[("BootstrapStackName", "CDKToolkit")]),
        outputs: text(&[("Pipelines", pipelines)]),
    }
}

/// The stack of a bootstrap.
pub(crate) fn bootstrap(version: &str, parameters: &[(&str, &str)]) -> StackSettings {
    StackSettings {
        parameters: text(&[&[("Qualifier", "hnb659fds")], parameters].concat()),
        outputs: text(&[("BootstrapVersion", version)]),
    }
}

impl InspectAccount for &World {
    async fn stack_settings(&self, session: &Session, stack: &str) -> Result<Option<StackSettings>> {
        self.calls.call("DescribeStacks", || {
            let state = self.state();
            let account = state.accounts.get(session.access.account_id.as_str());
            let account = account.ok_or_else(|| {
                session
                    .access
                    .not_assumable("User is not authorized to perform: sts:AssumeRole")
            })?;
            Ok(account.get(stack).cloned())
        })
    }
}
