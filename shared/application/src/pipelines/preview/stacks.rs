//! What becomes of the CICD stack and of those that it needs in other regions.

use cicd_template::{Stack, Stacks};
use differences::{StackDifference, difference};
use domain::{
    Error, Result,
    account::{AccountId, Region},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::Value;

use super::{Earlier, PreviewProblem, settled};
use crate::{
    linked_accounts::{
        sessions::Session,
        stacks::{CONCURRENT_STACKS, FoundStack, Phase, ReadTemplates, template_digest},
    },
    workflow::plan::Plan,
};

/// What becomes of a stack.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackPreview {
    /// Its name.
    pub name: String,
    /// Its account: that of the CICD environment.
    pub account_id: AccountId,
    /// Its region.
    pub region: Region,
    /// What happens to it.
    pub action: StackActionPreview,
    /// Who updates it; missing unless it is updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<UpdatedBy>,
    /// What its new template is compared with; missing unless there is a stack now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<ComparedWith>,
    #[serde(flatten)]
    pub difference: StackDifference,
}

/// What happens to a stack.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StackActionPreview {
    /// It is created.
    Create,
    /// It was never completed: it is deleted and created.
    Recreate,
    /// It is updated.
    Update,
    /// It is as it should be.
    Unchanged,
    /// Nothing needs it any more; it stays until the pipeline is deleted.
    Keep,
}

/// Who updates a stack.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdatedBy {
    /// The deployment.
    Deployment,
    /// The pipeline itself, in the run that the deployment's commit starts.
    Run,
}

/// What a template is compared with.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComparedWith {
    /// The template that is deployed.
    Deployed,
    /// What the platform rendered before the change. A pipeline that updates itself has other things in its stack: what its developers
    /// added, or it has not run yet since the last change.
    Rendered,
}

type Previewed = std::result::Result<StackPreview, PreviewProblem>;

/// What becomes of the stacks of a pipeline.
pub(super) async fn preview(
    accounts: &impl ReadTemplates,
    session: &Session,
    plan: &Plan,
    earlier: Option<&Earlier<'_>>,
) -> Result<Vec<Previewed>> {
    let stacks = cicd_template::stacks(&plan.blueprint)?;
    let looks = stacks.in_order().map(async |stack| {
        let preview = match earlier {
            None => Ok(created(stack, StackActionPreview::Create)),
            Some(earlier) => present(accounts, session, plan, earlier, stack).await,
        };
        settled(preview, plan)
    });
    let mut previews: Vec<Previewed> = stream::iter(looks)
        .buffered(CONCURRENT_STACKS)
        .try_collect()
        .await?;
    previews.extend(
        earlier
            .into_iter()
            .flat_map(|earlier| kept(earlier, &stacks))
            .map(Ok),
    );
    Ok(previews)
}

/// What becomes of a stack of a pipeline that there is.
async fn present(
    accounts: &impl ReadTemplates,
    session: &Session,
    plan: &Plan,
    earlier: &Earlier<'_>,
    stack: &Stack,
) -> Result<StackPreview> {
    let Some(found) = accounts.describe(session, &stack.region, &stack.name).await? else {
        return Ok(created(stack, StackActionPreview::Create));
    };
    if !found.made_for_pipelines(&plan.cicd) {
        return Err(Error::StackNotOurs(stack.name.clone()));
    }
    match found.phase() {
        Phase::Gone => Ok(created(stack, StackActionPreview::Create)),
        Phase::Broken => Ok(created(stack, StackActionPreview::Recreate)),
        Phase::Usable | Phase::Busy | Phase::Stuck => {
            updated(accounts, session, plan, earlier, stack, &found).await
        }
    }
}

async fn updated(
    accounts: &impl ReadTemplates,
    session: &Session,
    plan: &Plan,
    earlier: &Earlier<'_>,
    stack: &Stack,
    found: &FoundStack,
) -> Result<StackPreview> {
    let deployed = accounts.template(session, &stack.region, &found.id).await?;
    let updates_itself = plan.blueprint.strategy.updates_itself();
    let rendered = earlier
        .stacks
        .in_order()
        .find(|rendered| rendered.name == stack.name);
    let (present, compared_with) = match rendered {
        Some(rendered) if updates_itself && !earlier.deployed(&stack.name, &deployed) => {
            (rendered.template.as_str(), ComparedWith::Rendered)
        }
        _ => (deployed.as_str(), ComparedWith::Deployed),
    };
    let difference = difference(&parsed(present), &parsed(&stack.template));
    let by = if updates_itself {
        UpdatedBy::Run
    } else {
        UpdatedBy::Deployment
    };
    let (action, updated_by) = if difference.is_empty() {
        (StackActionPreview::Unchanged, None)
    } else {
        (StackActionPreview::Update, Some(by))
    };
    Ok(StackPreview {
        updated_by,
        compared_with: Some(compared_with),
        ..of(stack, action, difference)
    })
}

impl Earlier<'_> {
    /// Whether the stack `name` has the template that the platform rendered last.
    fn deployed(&self, name: &str, template: &str) -> bool {
        let last = self.pipeline.deployed_templates.get(name);
        last.is_some() && last == template_digest(template).as_ref()
    }
}

/// The stacks that the pipeline had and does not need any more. No step deletes them.
fn kept<'a>(earlier: &'a Earlier<'_>, stacks: &'a Stacks) -> impl Iterator<Item = StackPreview> + 'a {
    let needed = |stack: &&Stack| stacks.in_order().any(|needed| needed.name == stack.name);
    let kept = earlier.stacks.in_order().filter(move |stack| !needed(stack));
    kept.map(|stack| of(stack, StackActionPreview::Keep, StackDifference::default()))
}

fn created(stack: &Stack, action: StackActionPreview) -> StackPreview {
    of(stack, action, difference(&Value::Null, &parsed(&stack.template)))
}

fn of(stack: &Stack, action: StackActionPreview, difference: StackDifference) -> StackPreview {
    StackPreview {
        name: stack.name.clone(),
        account_id: stack.account_id.clone(),
        region: stack.region.clone(),
        action,
        updated_by: None,
        compared_with: None,
        difference,
    }
}

/// A template; null for what is no JSON, as which the platform sends every template.
fn parsed(template: &str) -> Value {
    serde_json::from_str(template).unwrap_or_default()
}
