//! `/pipelines`

pub mod branches;
pub mod change;
pub mod create;
pub mod credentials;
pub mod delete;
pub mod files;
pub mod get;
pub mod list;
pub mod preview;
pub mod resources;
pub mod stages;
mod view;

pub use view::{PipelineView, StageView};

use domain::{Error, Result, ids::PipelineId};

use crate::{Request, query::Query};

/// The pipeline that a request's path names.
pub(crate) fn id(request: &Request) -> Result<PipelineId> {
    request.id("pipelineId", "pipeline")
}

/// Whether the request is a dry run.
fn dry_run(query: &mut Query<'_>) -> bool {
    let wanted = query.one("dryRun", |text| {
        text.parse::<bool>()
            .map_err(|_| "must be true or false".to_owned())
    });
    wanted.unwrap_or_default()
}

/// Refuses a dry run where it would be done: it is for the function that can write nothing.
fn no_dry_run(request: &Request) -> Result<()> {
    let mut query = request.query();
    let dry_run = dry_run(&mut query);
    query.finish()?;
    if dry_run {
        return Err(Error::Internal(
            "a dry run came to the function that writes".to_owned(),
        ));
    }
    Ok(())
}
