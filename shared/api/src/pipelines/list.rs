//! `GET /pipelines`

use application::{
    pipelines::list::{self, Filter},
    records::{Deliveries, EnvironmentsOfPipelines, listing::Listings},
};
use domain::{
    Result,
    ids::EnvironmentId,
    pipeline::{Pipeline, PipelineStatus},
    prefix::Prefix,
    strategy::Strategy,
    team::TeamName,
};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
#[cfg_attr(feature = "schema", utoipa::path(
    get,
    path = "/pipelines",
    operation_id = "listPipelines",
    tag = "pipelines",
    summary = "List the pipelines that you may see",
    params(
        ("limit" = Option<u8>, Query, description = "At most so many items: 1-100, by default 20", minimum = 1, maximum = 100),
        ("nextToken" = Option<crate::query::NextToken>, Query, description = "Where the last page ended"),
        ("team" = Option<domain::team::TeamName>, Query, description = "Of this team, or using an environment of this team"),
        ("environmentId" = Option<domain::ids::EnvironmentId>, Query, description = "Using this environment"),
        ("strategy" = Option<domain::strategy::Strategy>, Query, description = "Following this strategy"),
        ("status" = Option<crate::query::ListedStatus>, Query, description = "In this status"),
        ("tag" = Option<Vec<crate::query::TagFilter>>, Query, max_items = 40, description = "With this tag, as key:value. Repeat it to ask for several tags: a pipeline must have all of them"),
        ("q" = Option<crate::query::SearchText>, Query, description = "With this text in name, description or id"),
    ),
    responses(
        crate::problem::ProblemResponses,
        (status = 200, description = "A page", body = crate::answer::List<super::PipelineView>),
    ),
))]
pub async fn handle(
    store: &(impl Listings<Pipeline> + EnvironmentsOfPipelines + Deliveries),
    prefix: &Prefix,
    request: Request,
) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    let filter = Filter {
        team: query.one("team", |team| TeamName::parse(team)),
        environment_id: query.one("environmentId", |id| EnvironmentId::parse(id)),
        strategy: query.one("strategy", Strategy::parse),
        status: query.one("status", PipelineStatus::parse),
        tags: query.tags(),
        text: query.search_text(),
    };
    query.finish()?;
    let page = list::list(store, &request.caller, &filter, &page).await?;
    Ok(Answer::list(page, |shown| {
        PipelineView::shown(prefix, &shown, &request.caller)
    }))
}
