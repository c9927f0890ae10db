//! What the stacks say with which an account's owner made it ready.

use application::linked_accounts::{
    bootstrap::{InspectAccount, StackSettings},
    sessions::Session,
};
use aws_sdk_cloudformation::types::Stack;
use domain::Result;

use crate::Stacks;

impl InspectAccount for Stacks {
    async fn stack_settings(&self, session: &Session, stack: &str) -> Result<Option<StackSettings>> {
        let found = self.find(session, &session.access.region, stack).await?;
        Ok(found.as_ref().map(settings))
    }
}

fn settings(stack: &Stack) -> StackSettings {
    let parameters = stack
        .parameters()
        .iter()
        .filter_map(|parameter| Some((parameter.parameter_key()?, parameter.parameter_value()?)));
    let outputs = stack
        .outputs()
        .iter()
        .filter_map(|output| Some((output.output_key()?, output.output_value()?)));
    StackSettings {
        parameters: owned(parameters),
        outputs: owned(outputs),
    }
}

fn owned<'a, C: FromIterator<(String, String)>>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> C {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
