//! Reading one environment.

use domain::{
    Result,
    environment::{Environment, EnvironmentId},
    permissions::Caller,
};

use super::Environments;

/// The environment `id` as `caller` sees it.
pub async fn get(store: &impl Environments, caller: &Caller, id: &EnvironmentId) -> Result<Environment> {
    super::visible(store, caller, id).await
}
