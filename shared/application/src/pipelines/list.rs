//! Listing the pipelines that a caller may see, with filters.

use std::collections::BTreeSet;

use domain::{
    Result,
    ids::EnvironmentId,
    listing::Listing,
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
    strategy::Strategy,
    team::TeamName,
};
use futures_util::future::try_join;

use super::get::Shown;
use crate::records::{
    Deliveries, EnvironmentsOfPipelines, environments_by_id,
    listing::{Listings, Page, PageRequest, page},
};

/// Which pipelines are wanted; all conditions hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this team, or using an environment of this team.
    pub team: Option<TeamName>,
    /// Using this environment, for CICD or a stage.
    pub environment_id: Option<EnvironmentId>,
    /// Following this strategy.
    pub strategy: Option<Strategy>,
    pub status: Option<PipelineStatus>,
    /// With all of these tags.
    pub tags: Vec<(String, String)>,
    /// With this text in name, description or id, in any case.
    pub text: Option<String>,
}

impl Filter {
    /// The listings to read: the narrowest that holds all that can be wanted.
    fn listings(&self, caller: &Caller) -> Vec<Listing> {
        if let Some(id) = &self.environment_id {
            vec![Listing::Environment(id.clone())]
        } else if let Some(team) = self.team.clone().filter(|team| caller.acts_for(team)) {
            vec![Listing::Team(team)]
        } else if let Some(strategy) = self.strategy.filter(|_| caller.is_admin()) {
            vec![Listing::Strategy(strategy)]
        } else {
            Listing::visible_to(caller)
        }
    }

    fn accepts(&self, pipeline: &Pipeline) -> bool {
        let text = |text: &String| {
            let text = text.to_lowercase();
            [
                pipeline.name.as_str(),
                pipeline.description.as_str(),
                pipeline.id.as_str(),
            ]
            .iter()
            .any(|field| field.to_lowercase().contains(&text))
        };
        self.team
            .as_ref()
            .is_none_or(|team| pipeline.reading_teams().contains(team))
            && self
                .environment_id
                .as_ref()
                .is_none_or(|id| pipeline.environment_ids().contains(id))
            && self.strategy.is_none_or(|strategy| pipeline.strategy == strategy)
            && self.status.is_none_or(|status| pipeline.status == status)
            && self
                .tags
                .iter()
                .all(|(key, value)| pipeline.tags.get(key) == Some(value))
            && self.text.as_ref().is_none_or(text)
    }
}

/// A page of the pipelines that `caller` may see and `filter` accepts, each with what is shown beside its record.
pub async fn list(
    store: &(impl Listings<Pipeline> + EnvironmentsOfPipelines + Deliveries),
    caller: &Caller,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<Shown>> {
    let Page { items, next } = page(
        store,
        &filter.listings(caller),
        request,
        |pipeline: &Pipeline, earlier| {
            caller.may_read_pipeline(pipeline)
                && filter.accepts(pipeline)
                && !Listing::any_team(earlier, |team| pipeline.reading_teams().contains(team))
        },
    )
    .await?;
    let ids: Vec<_> = items.iter().map(|pipeline| &pipeline.id).collect();
    let used: BTreeSet<_> = items.iter().flat_map(Pipeline::environment_ids).collect();
    let (mut deliveries, environments) =
        try_join(store.deliveries(&ids), environments_by_id(store, &used)).await?;
    let items = items
        .into_iter()
        .map(|pipeline| {
            let ids = pipeline.environment_ids().into_iter();
            let its = ids.filter_map(|id| Some((id.clone(), environments.get(id)?.clone())));
            Shown {
                delivery: deliveries.remove(&pipeline.id),
                environments: its.collect(),
                pipeline,
            }
        })
        .collect();
    Ok(Page { items, next })
}
