//! `GET /pipelines`

use application::{
    listing::Listings,
    pipelines::list::{self, Filter},
};
use domain::{
    Result,
    environment::EnvironmentId,
    names::Prefix,
    pipeline::{Pipeline, PipelineStatus, Strategy},
    team::TeamName,
};

use super::PipelineView;
use crate::{Answer, Request};

/// Handles the request.
pub async fn handle(store: &impl Listings<Pipeline>, prefix: &Prefix, request: Request) -> Result<Answer> {
    let mut query = request.query();
    let page = query.page();
    let filter = Filter {
        team: query.one("team", |team| TeamName::parse(team)),
        environment_id: query.one("environmentId", |id| EnvironmentId::parse(id)),
        strategy: query.one("strategy", Strategy::parse),
        status: query.one("status", PipelineStatus::parse),
        tags: query.many("tag", |tag| {
            let (key, value) = tag
                .split_once(':')
                .ok_or("must be a key and a value, joined by a colon")?;
            Ok((key.to_owned(), value.to_owned()))
        }),
        text: query.one("q", |text| Ok(text.to_owned())),
    };
    query.finish()?;
    let page = list::list(store, &request.caller, &filter, &page).await?;
    Ok(Answer::list(page, |pipeline| {
        PipelineView::new(prefix, &pipeline)
    }))
}
