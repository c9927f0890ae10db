//! The applications' stacks in the stages' accounts: read, never changed.

use application::{
    linked_accounts::sessions::Session,
    pipelines::get_resources::{ApplicationStack, ReadApplications, StackOutput, StackResource},
};
use aws_sdk_cloudformation::{
    primitives::DateTime,
    types::{Output, ResourceStatus, Stack, StackResourceSummary},
};
use domain::{Result, account::Region, clock};
use sts::call;
use time::OffsetDateTime;

use crate::Stacks;

impl ReadApplications for Stacks {
    async fn application(
        &self,
        session: &Session,
        region: &Region,
        name: &str,
    ) -> Result<Option<ApplicationStack>> {
        Ok(self.find(session, region, name).await?.map(stack))
    }

    async fn resources(
        &self,
        session: &Session,
        region: &Region,
        stack_id: &str,
    ) -> Result<Vec<StackResource>> {
        let client = self.client(session, region).await?;
        let mut resources = Vec::new();
        let mut next_token = None;
        loop {
            let page = client
                .list_stack_resources()
                .stack_name(stack_id)
                .set_next_token(next_token)
                .send()
                .await
                .map_err(|error| call("cloudformation:ListStackResources", session).failed(error))?;
            let there = page
                .stack_resource_summaries()
                .iter()
                .filter(|resource| resource.resource_status() != Some(&ResourceStatus::DeleteComplete));
            resources.extend(there.map(resource));
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(resources);
            }
        }
    }
}

fn stack(stack: Stack) -> ApplicationStack {
    ApplicationStack {
        outputs: stack.outputs().iter().map(output).collect(),
        created_at: stack.creation_time().and_then(time),
        updated_at: stack.last_updated_time().and_then(time),
        id: stack.stack_id.unwrap_or_default(),
        status: stack
            .stack_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        reason: stack.stack_status_reason,
    }
}

fn output(output: &Output) -> StackOutput {
    StackOutput {
        key: output.output_key().unwrap_or_default().to_owned(),
        value: output.output_value().unwrap_or_default().to_owned(),
        description: output.description().map(str::to_owned),
    }
}

fn resource(resource: &StackResourceSummary) -> StackResource {
    let status = resource.resource_status().map(ResourceStatus::as_str);
    StackResource {
        logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: resource.physical_resource_id().map(str::to_owned),
        kind: resource.resource_type().unwrap_or_default().to_owned(),
        status: status.unwrap_or_default().to_owned(),
        status_reason: resource.resource_status_reason().map(str::to_owned),
        changed_at: resource.last_updated_timestamp().and_then(time),
    }
}

fn time(time: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(time.as_nanos())
        .ok()
        .map(clock::to_millisecond)
}
