//! Settings from the function's environment. `infra/template.yaml` sets them, for each function only those that it asks for.

use std::{env, fmt::Display, num::NonZeroU32, str::FromStr};

use application::platform::Platform;
use domain::{account::AccountId, names::EventBusArn, prefix::Prefix, quota::PipelineQuotas};

/// A setting that is missing or wrong: the function cannot start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The text of the setting `name`.
pub(crate) fn text(name: &str) -> Result<String, Error> {
    env::var(name).map_err(|error| format!("the setting {name}: {error}").into())
}

/// The setting `name`, parsed.
fn parsed<T: FromStr<Err: Display>>(name: &str) -> Result<T, Error> {
    text(name)?
        .parse()
        .map_err(|error| format!("the setting {name} {error}").into())
}

/// The table with the platform's records.
pub fn table_name() -> Result<String, Error> {
    text("TABLE_NAME")
}

/// The bucket where the steps of a deployment leave files for each other.
pub fn artifacts_bucket() -> Result<String, Error> {
    text("ARTIFACTS_BUCKET")
}

/// The function that answers dry runs.
pub fn preview_function() -> Result<String, Error> {
    text("PREVIEW_FUNCTION")
}

/// The state machine that deploys and deletes pipelines.
pub fn state_machine_arn() -> Result<String, Error> {
    text("STATE_MACHINE_ARN")
}

/// The state machine that redeploys many pipelines.
pub fn redeployment_state_machine_arn() -> Result<String, Error> {
    text("REDEPLOYMENT_STATE_MACHINE_ARN")
}

/// The platform's event bus.
pub fn event_bus_arn() -> Result<EventBusArn, Error> {
    parsed("EVENT_BUS_ARN")
}

/// How many deployments of a redeployment run at a time.
pub fn concurrent_deployments() -> Result<NonZeroU32, Error> {
    parsed("CONCURRENT_DEPLOYMENTS")
}

/// How many links of a user may wait for their first verification.
pub fn unverified_links() -> Result<usize, Error> {
    parsed("UNVERIFIED_LINKS")
}

/// How many calls that change something a user may send within a minute.
pub fn writes_per_minute() -> Result<u32, Error> {
    parsed("WRITES_PER_MINUTE")
}

/// How many redeployments a user who is no administrator may ask for within an hour.
pub fn redeployments_per_hour() -> Result<u32, Error> {
    parsed("REDEPLOYMENTS_PER_HOUR")
}

/// How many pipelines there may be.
pub fn pipeline_quotas() -> Result<PipelineQuotas, Error> {
    Ok(PipelineQuotas {
        team: parsed("PIPELINES_PER_TEAM")?,
        cicd_environment: parsed("PIPELINES_PER_CICD_ENVIRONMENT")?,
    })
}

/// Whether the platform hands out credentials for repositories.
pub fn hand_out_credentials() -> Result<bool, Error> {
    parsed("HAND_OUT_CREDENTIALS")
}

/// How often a user may ask for credentials of one pipeline within an hour.
pub fn credentials_per_hour() -> Result<u32, Error> {
    parsed("CREDENTIALS_PER_HOUR")
}

/// The platform's prefix.
pub fn prefix() -> Result<Prefix, Error> {
    parsed("PREFIX")
}

/// The platform's own account.
pub fn platform_account_id() -> Result<AccountId, Error> {
    parsed("PLATFORM_ACCOUNT_ID")
}

/// The platform as linked accounts know it.
pub fn platform() -> Result<Platform, Error> {
    Ok(Platform {
        prefix: prefix()?,
        account_id: platform_account_id()?,
    })
}

/// The clients of the user pool whose tokens the API accepts, with commas between them.
pub fn user_pool_client_ids() -> Result<String, Error> {
    text("USER_POOL_CLIENT_IDS")
}
