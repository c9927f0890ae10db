//! A revision of a pipeline as clients see it.

use application::records::EnvironmentsById;
use domain::{
    audit::Action,
    pipeline::{Definition, Description},
    request::RequestId,
    revision::{KeptRevision, Revision},
    tags::Tags,
    team::Username,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::pipelines::StageView;

/// A revision of a pipeline: what it defines, and how it came about.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = PipelineRevision))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionView {
    /// Its number.
    pub revision: Revision,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who asked.
    pub by: Username,
    /// The request that did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// What was asked for: the id of an operation of this API. Missing for what was asked before revisions were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The earlier revision that it restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Revision>,
    /// What it changed in the revision before it, in words.
    pub changes: Vec<String>,
    /// What the pipeline is for, by this revision.
    pub description: Description,
    /// The pipeline's tags.
    pub tags: Tags,
    /// The pipeline's stages, in order. What their environments are called and where they are is missing where the environment is
    /// gone, or the pipeline does not use it any more and you may not see it.
    pub stages: Vec<StageView>,
}

impl RevisionView {
    /// What clients see of `kept`.
    #[must_use]
    pub fn new(kept: KeptRevision, environments: &EnvironmentsById) -> Self {
        let KeptRevision {
            pipeline_id: _,
            revision,
            at,
            by,
            request_id,
            action,
            restored,
            changes,
            definition,
        } = kept;
        let Definition {
            description,
            tags,
            stages,
        } = definition;
        let stages = stages.into_iter().map(|stage| {
            let environment = environments.get(&stage.environment_id);
            StageView::from(stage).in_environment(environment)
        });
        Self {
            revision,
            at,
            by,
            request_id,
            action,
            restored,
            changes,
            description,
            tags,
            stages: stages.collect(),
        }
    }
}
