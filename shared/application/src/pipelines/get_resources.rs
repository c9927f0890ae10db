//! What stands in a stage's account: the application's stack.
//!
//! The stack is found by the name that the rendered repository gives it. Developers may name it otherwise in app.py: then it is
//! not found, and the answer is that of a stage in which nothing stands yet.

use domain::{
    Error, Result,
    account::{AccountId, Region},
    environment::Label,
    ids::{EnvironmentId, PipelineId, StageName},
    names::PipelineNames,
    permissions::Caller,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    access::{used, with_stages},
    linked_accounts::sessions::Session,
    platform::Platform,
    records::{EnvironmentsOfPipelines, Pipelines},
};

/// Reads the applications' stacks.
pub trait ReadApplications: Sync {
    /// The stack `name`, if there is one.
    fn application(
        &self,
        session: &Session,
        region: &Region,
        name: &str,
    ) -> impl Future<Output = Result<Option<ApplicationStack>>> + Send;

    /// The resources of the stack, in CloudFormation's order; those that it has deleted are left out.
    fn resources(
        &self,
        session: &Session,
        region: &Region,
        stack_id: &str,
    ) -> impl Future<Output = Result<Vec<StackResource>>> + Send;
}

/// A stack as CloudFormation tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationStack {
    /// Its ARN.
    pub id: String,
    /// Where it is, in CloudFormation's words.
    pub status: String,
    /// Why, if CloudFormation says so.
    pub reason: Option<String>,
    /// When it was created.
    pub created_at: Option<OffsetDateTime>,
    /// When it was last updated, if ever.
    pub updated_at: Option<OffsetDateTime>,
    pub outputs: Vec<StackOutput>,
}

/// An output of a stack.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackOutput {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it is, in the developers' words.
    pub description: Option<String>,
}

/// A resource of a stack.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account, once it has one.
    pub physical_id: Option<String>,
    /// What it is, such as `AWS::S3::Bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is, in CloudFormation's words.
    pub status: String,
    /// Why, if CloudFormation says so.
    pub status_reason: Option<String>,
    /// When its status last changed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub changed_at: Option<OffsetDateTime>,
}

/// What stands in a stage's account.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StageResources {
    /// The stage.
    pub stage: StageName,
    /// The environment that it is deployed to.
    pub environment_id: EnvironmentId,
    /// What people call that environment.
    pub environment_label: Label,
    /// The environment's account.
    pub account_id: AccountId,
    /// The environment's region.
    pub region: Region,
    /// The application's stack, by the name that the rendered repository gives it.
    pub stack_name: String,
    /// The stack's ARN; none if there is no stack of that name: nothing has been deployed yet, or developers renamed it in app.py.
    pub stack_id: Option<String>,
    /// Where the stack is, in CloudFormation's words, such as `UPDATE_COMPLETE`.
    pub status: Option<String>,
    /// Why, if CloudFormation says so.
    pub status_reason: Option<String>,
    /// When the stack was created.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
    /// When the stack was last updated, if ever.
    #[serde(with = "time::serde::rfc3339::option")]
    pub updated_at: Option<OffsetDateTime>,
    /// The stack's outputs.
    pub outputs: Vec<StackOutput>,
    /// The stack's resources; none while there is no stack.
    pub resources: Vec<StackResource>,
    /// The stack in AWS's console, for those who may sign in to the account.
    pub console_url: Option<String>,
}

/// What the request calls in the stage's account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::ApplicationStacks,
    actions: &[
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
    ],
}];

/// What stands in the account of the stage `stage` of the pipeline `id`.
pub async fn get_resources(
    store: &(impl Pipelines + EnvironmentsOfPipelines),
    applications: &impl ReadApplications,
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    stage: &StageName,
) -> Result<StageResources> {
    let (pipeline, environments) = with_stages(store, caller, id).await?;
    let stage = pipeline
        .stages
        .iter()
        .find(|known| known.name == *stage)
        .ok_or_else(|| Error::not_found("stage", &stage))?;
    let environment = used(&environments, &stage.environment_id, id)?;
    let session = platform.session(environment, &pipeline, &caller.username, CALLS)?;
    let name = PipelineNames::of(&platform.prefix, &pipeline).stage_stack(&stage.name);
    let region = &environment.region;
    let stack = applications.application(&session, region, &name).await?;
    let resources = match &stack {
        Some(stack) => applications.resources(&session, region, &stack.id).await?,
        None => Vec::new(),
    };
    let mut answer = StageResources {
        stage: stage.name.clone(),
        environment_id: environment.id.clone(),
        environment_label: environment.label.clone(),
        account_id: environment.account_id.clone(),
        region: region.clone(),
        stack_name: name,
        stack_id: None,
        status: None,
        status_reason: None,
        created_at: None,
        updated_at: None,
        outputs: Vec::new(),
        resources,
        console_url: None,
    };
    if let Some(stack) = stack {
        answer.console_url = Some(console_url(region, &stack.id));
        answer.stack_id = Some(stack.id);
        answer.status = Some(stack.status);
        answer.status_reason = stack.reason;
        answer.created_at = stack.created_at;
        answer.updated_at = stack.updated_at;
        answer.outputs = stack.outputs;
    }
    Ok(answer)
}

fn console_url(region: &Region, stack_id: &str) -> String {
    // The two characters of an ARN that a query within a fragment does not take as they are.
    let id = stack_id.replace(':', "%3A").replace('/', "%2F");
    format!(
        "https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/stacks/stackinfo?stackId={id}"
    )
}
