//! CloudFormation. Time passes by [`World::tick`].

use application::{
    linked_accounts::{
        sessions::Session,
        stacks::{DescribeStacks, FoundStack, ReadTemplates},
    },
    workflow::{
        check_stack::{StackEvent, StackEvents},
        deploy_stack::{ChangeStacks, Created, NewStack, StackChange, Updated},
        render_repository::RenderedStack,
    },
};
use domain::{Error, Result, account::Region};

use super::World;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) role_arn: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) template: String,
    pub(crate) protected: bool,
}

impl Stack {
    /// A stack that the CDK or an earlier deployment left.
    pub(crate) fn left(name: &str, status: &str) -> Self {
        Self {
            id: format!("{name}/old"),
            name: name.to_owned(),
            status: status.to_owned(),
            role_arn: Some(format!(
                "arn:aws:iam::111111111111:role/cdk-{}",
                "hnb659fds-cfn-exec-role-111111111111-eu-west-1"
            )),
            token: None,
            template: String::new(),
            protected: false,
        }
    }
}

impl World {
    /// CloudFormation gets done with what it is at.
    pub(crate) fn tick(&self) {
        let mut state = self.state();
        let failing = state.failing_resource;
        let undeletable = state.failing_deletion;
        for stack in &mut state.stacks {
            stack.status = match stack.status.as_str() {
                "CREATE_IN_PROGRESS" if failing => "ROLLBACK_IN_PROGRESS",
                "CREATE_IN_PROGRESS" => "CREATE_COMPLETE",
                "ROLLBACK_IN_PROGRESS" => "ROLLBACK_COMPLETE",
                "DELETE_IN_PROGRESS" if undeletable => "DELETE_FAILED",
                "DELETE_IN_PROGRESS" => "DELETE_COMPLETE",
                "UPDATE_IN_PROGRESS" => "UPDATE_COMPLETE",
                "UPDATE_ROLLBACK_IN_PROGRESS" => "UPDATE_ROLLBACK_COMPLETE",
                settled => settled,
            }
            .to_owned();
        }
    }

    fn change(&self, change: &StackChange<'_>, status: &str) {
        let mut state = self.state();
        let stack = state
            .stacks
            .iter_mut()
            .find(|stack| stack.id == change.stack_id)
            .unwrap();
        status.clone_into(&mut stack.status);
        stack.token = Some(change.token.to_owned());
    }
}

impl DescribeStacks for &World {
    async fn describe(&self, _: &Session, _: &Region, stack: &str) -> Result<Option<FoundStack>> {
        let found = self.calls.call("DescribeStacks", || {
            let state = self.state();
            let named = |found: &&Stack| found.name == stack && found.status != "DELETE_COMPLETE";
            let found = state
                .stacks
                .iter()
                .find(|found| found.id == stack || named(found));
            Ok(found.cloned().map(|found| FoundStack {
                id: found.id,
                status: found.status,
                reason: None,
                role_arn: found.role_arn,
                termination_protection: found.protected,
            }))
        });
        // Lets a concurrent step go on.
        tokio::task::yield_now().await;
        found
    }
}

impl ReadTemplates for &World {
    async fn template(&self, _: &Session, _: &Region, stack_id: &str) -> Result<String> {
        self.calls.call("GetTemplate", || {
            let state = self.state();
            let stack = state.stacks.iter().find(|stack| stack.id == stack_id);
            // As `CloudFormation` tells it.
            Ok(stack.unwrap().template.replace(|c: char| !c.is_ascii(), "?"))
        })
    }
}

impl ChangeStacks for &World {
    async fn create(&self, _: &Session, new: &NewStack<'_>) -> Result<Created> {
        self.calls.call("CreateStack", || {
            let mut state = self.state();
            let name = &new.stack.name;
            if state
                .stacks
                .iter()
                .any(|stack| stack.name == *name && stack.status != "DELETE_COMPLETE")
            {
                return Ok(Created::Exists);
            }
            let id = format!(
                "{name}/{}",
                state.stacks.iter().filter(|stack| stack.name == *name).count()
            );
            state.stacks.push(Stack {
                id: id.clone(),
                name: name.clone(),
                status: "CREATE_IN_PROGRESS".to_owned(),
                role_arn: Some(new.role_arn.to_owned()),
                token: Some(new.token.to_owned()),
                template: new.template.to_owned(),
                protected: false,
            });
            Ok(Created::Begun(id))
        })
    }

    async fn update(&self, _: &Session, new: &NewStack<'_>) -> Result<Updated> {
        self.calls.call("UpdateStack", || {
            let mut state = self.state();
            let failing = state.failing_resource;
            let stack = state
                .stacks
                .iter_mut()
                .find(|stack| stack.name == new.stack.name && stack.status != "DELETE_COMPLETE")
                .unwrap();
            if stack.status.ends_with("_IN_PROGRESS") {
                return Err(Error::ConcurrentChange("the stack"));
            }
            if stack.template == new.template {
                return Ok(Updated::NothingToDo);
            }
            stack.token = Some(new.token.to_owned());
            if failing {
                "UPDATE_ROLLBACK_IN_PROGRESS".clone_into(&mut stack.status);
            } else {
                "UPDATE_IN_PROGRESS".clone_into(&mut stack.status);
                new.template.clone_into(&mut stack.template);
            }
            Ok(Updated::Begun)
        })
    }

    async fn delete(&self, _: &Session, change: &StackChange<'_>) -> Result<()> {
        self.calls.call("DeleteStack", || {
            self.change(change, "DELETE_IN_PROGRESS");
            Ok(())
        })
    }

    async fn continue_rollback(&self, _: &Session, change: &StackChange<'_>) -> Result<()> {
        self.calls.call("ContinueUpdateRollback", || {
            self.change(change, "UPDATE_ROLLBACK_IN_PROGRESS");
            Ok(())
        })
    }

    async fn last_request(&self, _: &Session, _: &RenderedStack, stack_id: &str) -> Result<Option<String>> {
        self.calls.call("DescribeStackEvents", || {
            let state = self.state();
            Ok(state
                .stacks
                .iter()
                .find(|stack| stack.id == stack_id)
                .unwrap()
                .token
                .clone())
        })
    }
}

impl StackEvents for &World {
    async fn last_operation(&self, _: &Session, _: &Region, _: &str) -> Result<Vec<StackEvent>> {
        let event = |id: &str, kind: &str, status: &str, reason: Option<&str>| StackEvent {
            logical_id: id.to_owned(),
            resource_type: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let stack = "AWS::CloudFormation::Stack";
        self.calls.call("DescribeStackEvents", || {
            Ok(vec![
                event("sales", stack, "CREATE_IN_PROGRESS", Some("User Initiated")),
                event("Key", "AWS::KMS::Key", "CREATE_COMPLETE", None),
                event(
                    "Rule",
                    "AWS::Events::Rule",
                    "CREATE_FAILED",
                    Some("Resource creation cancelled"),
                ),
                event(
                    "Bucket",
                    "AWS::S3::Bucket",
                    "CREATE_FAILED",
                    Some("the name is taken"),
                ),
                event("Role", "AWS::IAM::Role", "CREATE_FAILED", Some("quota")),
                event(
                    "sales",
                    stack,
                    "ROLLBACK_FAILED",
                    Some("The following resource(s) failed: [Bucket]"),
                ),
            ])
        })
    }
}
