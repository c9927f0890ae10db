//! Reading one environment.

use domain::{Result, environment::Environment, ids::EnvironmentId, permissions::Caller};

use crate::{access::visible_environment, records::Environments};

/// The environment `id` as `caller` sees it.
pub async fn get(store: &impl Environments, caller: &Caller, id: &EnvironmentId) -> Result<Environment> {
    visible_environment(store, caller, id).await
}
