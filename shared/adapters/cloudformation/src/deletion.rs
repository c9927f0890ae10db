//! What the deletion of stacks asks of CloudFormation.

use application::{
    linked_accounts::{
        sessions::Session,
        stacks::{FoundStack, Phase, unprotect_command},
    },
    workflow::{
        delete_stack::DeleteStacks,
        deletion::PlannedStack,
        prepare_deletion::{InspectStacks, StackBucket},
    },
};
use aws_clients::{code, message};
use aws_sdk_cloudformation::Client;
use domain::{Error, Result, account::Region};
use sts::call;

use crate::{Stacks, events};

const BUCKET: &str = "AWS::S3::Bucket";

impl InspectStacks for Stacks {
    async fn buckets(
        &self,
        session: &Session,
        region: &Region,
        stack: &FoundStack,
    ) -> Result<Vec<StackBucket>> {
        let client = self.client(session, region).await?;
        if stack.phase() == Phase::Gone {
            left_behind(&client, session, &stack.id).await
        } else {
            present(&client, session, &stack.id).await
        }
    }
}

/// The buckets of a stack that is there.
async fn present(client: &Client, session: &Session, stack_id: &str) -> Result<Vec<StackBucket>> {
    let mut pages = client
        .list_stack_resources()
        .stack_name(stack_id)
        .into_paginator()
        .items()
        .send();
    let mut buckets = Vec::new();
    while let Some(resource) = pages.next().await {
        let resource =
            resource.map_err(|error| call("cloudformation:ListStackResources", session).failed(error))?;
        if let (Some(BUCKET), Some(logical_id), Some(name)) = (
            resource.resource_type.as_deref(),
            resource.logical_resource_id,
            resource.physical_resource_id,
        ) {
            buckets.push(StackBucket { logical_id, name });
        }
    }
    Ok(buckets)
}

/// The buckets that a deleted stack has left behind: its events tell.
async fn left_behind(client: &Client, session: &Session, stack_id: &str) -> Result<Vec<StackBucket>> {
    let mut buckets = Vec::new();
    let mut next_token = None;
    loop {
        let page = events::page(client, session, stack_id, next_token).await?;
        for event in page.stack_events.into_iter().flatten() {
            let skipped = event
                .resource_status
                .is_some_and(|status| status.as_str() == "DELETE_SKIPPED");
            if let (true, Some(BUCKET), Some(logical_id), Some(name)) = (
                skipped,
                event.resource_type.as_deref(),
                event.logical_resource_id,
                event.physical_resource_id,
            ) {
                buckets.push(StackBucket { logical_id, name });
            }
        }
        next_token = page.next_token;
        if next_token.is_none() {
            return Ok(buckets);
        }
    }
}

impl DeleteStacks for Stacks {
    async fn begin_deletion(
        &self,
        session: &Session,
        stack: &PlannedStack,
        role_arn: &str,
        token: &str,
    ) -> Result<()> {
        let answer = self
            .client(session, &stack.region)
            .await?
            .delete_stack()
            .stack_name(&stack.stack_id)
            .role_arn(role_arn)
            .client_request_token(token)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // An untyped error: the message is all there is to know it by.
            Err(error)
                if code(&error) == Some("ValidationError")
                    && message(&error).contains("TerminationProtection") =>
            {
                Err(Error::StackProtected {
                    stack: stack.name.clone(),
                    command: unprotect_command(&stack.name, &stack.region),
                })
            }
            Err(error) => Err(call("cloudformation:DeleteStack", session).failed(error)),
        }
    }

    async fn last_token(&self, session: &Session, region: &Region, stack_id: &str) -> Result<Option<String>> {
        let client = self.client(session, region).await?;
        events::last_token(&client, session, stack_id).await
    }
}
