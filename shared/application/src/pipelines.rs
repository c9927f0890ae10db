//! Creating, reading, changing and deleting pipelines.

pub mod browse_files;
pub mod change;
pub mod create;
pub mod delete;
pub mod get;
pub mod get_resources;
mod hand_out;
pub mod issue_credentials;
pub mod list;
pub mod list_branches;
pub mod live_stages;
pub mod preview;
mod protection;
pub mod repository;
mod size;
pub mod stages;

use domain::lifecycle::Transition;

use crate::records::EnvironmentsById;

/// What a request would write, and the environments of the pipeline before and after it.
pub(crate) struct Decided {
    pub(crate) transition: Transition,
    pub(crate) environments: EnvironmentsById,
}
