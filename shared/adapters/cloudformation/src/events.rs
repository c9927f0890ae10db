//! What happened to a stack.

use application::{
    linked_accounts::sessions::Session,
    workflow::check_stack::{StackEvent, StackEvents},
};
use aws_sdk_cloudformation::{Client, operation::describe_stack_events::DescribeStackEventsOutput, types};
use domain::{Result, account::Region};
use sts::call;

use crate::Stacks;

/// A page of the events of a stack, the newest first.
pub(crate) async fn page(
    client: &Client,
    session: &Session,
    stack_id: &str,
    next_token: Option<String>,
) -> Result<DescribeStackEventsOutput> {
    client
        .describe_stack_events()
        .stack_name(stack_id)
        .set_next_token(next_token)
        .send()
        .await
        .map_err(|error| call("cloudformation:DescribeStackEvents", session).failed(error))
}

/// The token of the request that the newest event of a stack is about; none if there is no event, or none was given.
pub(crate) async fn last_token(client: &Client, session: &Session, stack_id: &str) -> Result<Option<String>> {
    let page = page(client, session, stack_id, None).await?;
    Ok(page
        .stack_events
        .into_iter()
        .flatten()
        .next()
        .and_then(|event| event.client_request_token))
}

impl StackEvents for Stacks {
    async fn last_operation(
        &self,
        session: &Session,
        region: &Region,
        stack_id: &str,
    ) -> Result<Vec<StackEvent>> {
        let client = self.client(session, region).await?;
        let mut operation = Vec::new();
        let mut token = None;
        let mut next_token = None;
        'pages: loop {
            let page = page(&client, session, stack_id, next_token).await?;
            for event in page.stack_events.into_iter().flatten() {
                let newest: &Option<String> = token.get_or_insert_with(|| event.client_request_token.clone());
                if event.client_request_token != *newest {
                    break 'pages;
                }
                let begins = begins_operation(&event);
                operation.push(read(event));
                if begins {
                    break 'pages;
                }
            }
            next_token = page.next_token;
            if next_token.is_none() {
                break;
            }
        }
        operation.reverse();
        Ok(operation)
    }
}

/// Whether it is the event with which an operation begins: CloudFormation says so in the reason.
fn begins_operation(event: &types::StackEvent) -> bool {
    event.physical_resource_id == event.stack_id
        && event
            .resource_status_reason
            .as_deref()
            .is_some_and(|reason| reason.eq_ignore_ascii_case("User Initiated"))
}

fn read(event: types::StackEvent) -> StackEvent {
    StackEvent {
        logical_id: event.logical_resource_id.unwrap_or_default(),
        resource_type: event.resource_type.unwrap_or_default(),
        status: event
            .resource_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        reason: event.resource_status_reason,
    }
}
