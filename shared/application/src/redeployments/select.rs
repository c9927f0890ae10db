//! `SelectPipelines`: writes which pipelines a redeployment means, a page at a time.
//!
//! It reads listing rows, and records only where somebody asked who may not deploy all of them: a page costs a query, however many
//! pages there are. A page is an object of its own, so that a try that comes again writes the same one.

use std::{collections::BTreeSet, num::NonZeroU32};
use time::OffsetDateTime;

use domain::{
    Error, Result,
    ids::{PipelineId, RedeploymentId},
    listing::Listing,
    pipeline::Pipeline,
    redeployment::Target,
    team::TeamName,
};
use serde::{Deserialize, Serialize};

use super::Redeployments;
use crate::{
    artifacts::{WriteArtifacts, put_json},
    records::listing::{Entry, Listings},
    step::Step,
};

/// A page holds at most so many pipelines.
pub const PAGE: usize = 1_000;

/// Reads in which order pipelines are listed, without their records.
pub trait PipelineRows: Sync {
    /// Up to `limit` pipelines of `listing` after the row `after`, in order. Fewer than `limit` means the end.
    fn pipeline_rows(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<PipelineRow>>> + Send;
}

/// A listing row of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineRow {
    /// The row's sort key: where to go on after it.
    pub key: String,
    pub id: PipelineId,
}

/// The step's input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectPipelinesInput {
    pub redeployment_id: RedeploymentId,
    /// The pipelines that are meant.
    pub target: Target,
    /// How far the selection is.
    pub selection: Selection,
}

/// `$.selection` in the state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// How many pages are written.
    pub pages: u32,
    /// How many pipelines they hold.
    pub pipelines: usize,
    /// The last row that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether all pages are written.
    pub complete: bool,
    /// At most so many deployments run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrent_deployments: Option<NonZeroU32>,
}

/// An element of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selected {
    pub pipeline_id: PipelineId,
}

/// The key of the page `number`, from 1, in the artifacts bucket.
#[must_use]
pub fn page_key(redeployment: &RedeploymentId, number: u32) -> String {
    format!("redeployments/{redeployment}/pages/{number:06}.json")
}

/// The step with what it works with.
#[derive(Debug)]
pub struct SelectPipelines<R, W> {
    pub records: R,
    /// Where the pages go.
    pub artifacts: W,
    /// At most so many deployments run at once.
    pub concurrent_deployments: NonZeroU32,
}

impl<R: Redeployments + PipelineRows + Listings<Pipeline>, W: WriteArtifacts> Step for SelectPipelines<R, W> {
    const NAME: &'static str = "SelectPipelines";
    type Input = SelectPipelinesInput;
    type Output = Selection;

    /// : writes the next page, if there is one and nobody has cancelled the redeployment.
    async fn run(&self, input: SelectPipelinesInput, _: OffsetDateTime) -> Result<Selection> {
        let SelectPipelinesInput {
            redeployment_id,
            target,
            selection:
                Selection {
                    pages,
                    pipelines,
                    after,
                    ..
                },
        } = input;
        let concurrent_deployments = Some(self.concurrent_deployments);
        let redeployment = self.records.redeployment(&redeployment_id).await?;
        let redeployment = redeployment.ok_or_else(|| Error::not_found("redeployment", &redeployment_id))?;
        if redeployment.cancellation.is_some() {
            return Ok(Selection {
                pages: 0,
                pipelines: 0,
                after: None,
                complete: true,
                concurrent_deployments,
            });
        }
        let Rows { page, last, complete } = self
            .rows(target, redeployment.teams.as_ref(), after.as_deref())
            .await?;
        let number = if page.is_empty() { pages } else { pages + 1 };
        if !page.is_empty() {
            put_json(&self.artifacts, &page_key(&redeployment_id, number), &page).await?;
        }
        Ok(Selection {
            pages: number,
            pipelines: pipelines + page.len(),
            after: last.or(after).filter(|_| !complete),
            complete,
            concurrent_deployments,
        })
    }
}

impl<R: Redeployments + PipelineRows + Listings<Pipeline>, W: WriteArtifacts> SelectPipelines<R, W> {
    /// The next pipelines of `target`, of which those count that `teams` may deploy.
    async fn rows(
        &self,
        target: Target,
        teams: Option<&BTreeSet<TeamName>>,
        after: Option<&str>,
    ) -> Result<Rows> {
        let listing = match target {
            Target::Pipeline(id) => {
                return Ok(Rows {
                    last: Some(id.to_string()),
                    page: vec![Selected { pipeline_id: id }],
                    complete: true,
                });
            }
            Target::Environment(id) => Listing::Environment(id),
            Target::Strategy(strategy) => Listing::Strategy(strategy),
            Target::All => Listing::All,
        };
        if let Some(teams) = teams {
            let entries: Vec<Entry<Pipeline>> = self.records.entries(&listing, after, PAGE).await?;
            let may_deploy =
                |pipeline: &Pipeline| teams.contains(&pipeline.team) || teams.contains(&pipeline.cicd_team);
            return Ok(Rows {
                complete: entries.len() < PAGE,
                last: entries.last().map(|entry| entry.key.clone()),
                page: entries
                    .into_iter()
                    .filter_map(|entry| entry.record)
                    .filter(may_deploy)
                    .map(|pipeline| Selected {
                        pipeline_id: pipeline.id,
                    })
                    .collect(),
            });
        }
        let rows = self.records.pipeline_rows(&listing, after, PAGE).await?;
        Ok(Rows {
            complete: rows.len() < PAGE,
            last: rows.last().map(|row| row.key.clone()),
            page: rows
                .into_iter()
                .map(|row| Selected { pipeline_id: row.id })
                .collect(),
        })
    }
}

/// What was read for a page.
struct Rows {
    page: Vec<Selected>,
    /// The last row.
    last: Option<String>,
    /// Whether no row comes after it.
    complete: bool,
}
