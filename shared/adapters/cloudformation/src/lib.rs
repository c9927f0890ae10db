//! The pipelines' stacks in CloudFormation.

mod applications;
mod bootstrap;
mod deletion;
mod events;
mod template;

use application::{
    linked_accounts::{
        sessions::Session,
        stacks::{DescribeStacks, FoundStack, ReadTemplates},
    },
    workflow::{
        deploy_stack::{ChangeStacks, Created, NewStack, StackChange, Updated},
        render_repository::RenderedStack,
    },
};
use aws_clients::{code, message};
use aws_sdk_cloudformation::{
    Client,
    types::{Capability, Stack, TemplateStage},
};
use domain::{Error, Result, account::Region};
use sts::{Accounts, call};

/// As the CDK has them acknowledged: a pipeline's roles are its own, and CDK applications may use macros.
const CAPABILITIES: [Capability; 3] = [
    Capability::CapabilityIam,
    Capability::CapabilityNamedIam,
    Capability::CapabilityAutoExpand,
];

/// The stacks in the linked accounts.
#[derive(Clone, Debug)]
pub struct Stacks {
    accounts: Accounts,
}

impl Stacks {
    /// The stacks in `accounts`.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }

    async fn client(&self, session: &Session, region: &Region) -> Result<Client> {
        Ok(Client::new(&self.accounts.config(session, region).await?))
    }

    /// A stack by its name or its id, if there is one.
    async fn find(&self, session: &Session, region: &Region, stack: &str) -> Result<Option<Stack>> {
        let client = self.client(session, region).await?;
        match client.describe_stacks().stack_name(stack).send().await {
            Ok(answer) => Ok(answer.stacks.and_then(|stacks| stacks.into_iter().next())),
            // An untyped error: the message is all there is to know it by.
            Err(error)
                if code(&error) == Some("ValidationError") && message(&error).contains("does not exist") =>
            {
                Ok(None)
            }
            Err(error) => Err(call("cloudformation:DescribeStacks", session).failed(error)),
        }
    }
}

impl DescribeStacks for Stacks {
    async fn describe(&self, session: &Session, region: &Region, stack: &str) -> Result<Option<FoundStack>> {
        let found = self.find(session, region, stack).await?;
        Ok(found.map(|found| FoundStack {
            id: found.stack_id.unwrap_or_default(),
            status: found
                .stack_status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            reason: found.stack_status_reason,
            role_arn: found.role_arn,
            termination_protection: found.enable_termination_protection.unwrap_or_default(),
        }))
    }
}

impl ReadTemplates for Stacks {
    async fn template(&self, session: &Session, region: &Region, stack_id: &str) -> Result<String> {
        let answer = self
            .client(session, region)
            .await?
            .get_template()
            .stack_name(stack_id)
            .template_stage(TemplateStage::Original)
            .send()
            .await
            .map_err(|error| call("cloudformation:GetTemplate", session).failed(error))?;
        Ok(answer.template_body.unwrap_or_default())
    }
}

impl ChangeStacks for Stacks {
    async fn create(&self, session: &Session, new: &NewStack<'_>) -> Result<Created> {
        let (body, url) = self.body_or_url(session, new).await?;
        // As the CDK creates it: no tags, no termination protection, a failed creation is rolled back.
        let answer = self
            .client(session, &new.stack.region)
            .await?
            .create_stack()
            .stack_name(&new.stack.name)
            .set_template_body(body)
            .set_template_url(url)
            .role_arn(new.role_arn)
            .client_request_token(new.token)
            // The buckets are retained when the stack is deleted; what a failed creation made must go all the same, for
            // those of support stacks have fixed names and would be in the way of the next try.
            .retain_except_on_create(true)
            .set_capabilities(Some(CAPABILITIES.to_vec()))
            .send()
            .await;
        match answer {
            Ok(answer) => answer
                .stack_id
                .map(Created::Begun)
                .ok_or_else(|| Error::Internal("cloudformation:CreateStack gave no stack id".to_owned())),
            Err(error) => match code(&error) {
                Some("AlreadyExistsException" | "TokenAlreadyExistsException") => Ok(Created::Exists),
                _ => Err(call("cloudformation:CreateStack", session).failed(error)),
            },
        }
    }

    async fn update(&self, session: &Session, new: &NewStack<'_>) -> Result<Updated> {
        let (body, url) = self.body_or_url(session, new).await?;
        let answer = self
            .client(session, &new.stack.region)
            .await?
            .update_stack()
            .stack_name(&new.stack.name)
            .set_template_body(body)
            .set_template_url(url)
            .role_arn(new.role_arn)
            .client_request_token(new.token)
            .set_capabilities(Some(CAPABILITIES.to_vec()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Updated::Begun),
            // An untyped error, too.
            Err(error)
                if code(&error) == Some("ValidationError")
                    && message(&error).contains("No updates are to be performed") =>
            {
                Ok(Updated::NothingToDo)
            }
            // An earlier try got through, or somebody else was faster: the next try sees it.
            Err(error)
                if code(&error) == Some("TokenAlreadyExistsException")
                    || message(&error).contains("_IN_PROGRESS state and can not be updated")
                    || message(&error).contains("_IN_PROGRESS state and cannot be updated") =>
            {
                Err(Error::ConcurrentChange("the stack"))
            }
            Err(error) => Err(call("cloudformation:UpdateStack", session).failed(error)),
        }
    }

    async fn delete(&self, session: &Session, change: &StackChange<'_>) -> Result<()> {
        self.client(session, &change.stack.region)
            .await?
            .delete_stack()
            .stack_name(change.stack_id)
            .role_arn(change.role_arn)
            .client_request_token(change.token)
            .send()
            .await
            .map_err(|error| call("cloudformation:DeleteStack", session).failed(error))?;
        Ok(())
    }

    async fn continue_rollback(&self, session: &Session, change: &StackChange<'_>) -> Result<()> {
        self.client(session, &change.stack.region)
            .await?
            .continue_update_rollback()
            .stack_name(change.stack_id)
            .role_arn(change.role_arn)
            .client_request_token(change.token)
            .send()
            .await
            .map_err(|error| call("cloudformation:ContinueUpdateRollback", session).failed(error))?;
        Ok(())
    }

    async fn last_request(
        &self,
        session: &Session,
        stack: &RenderedStack,
        stack_id: &str,
    ) -> Result<Option<String>> {
        let client = self.client(session, &stack.region).await?;
        events::last_token(&client, session, stack_id).await
    }
}
