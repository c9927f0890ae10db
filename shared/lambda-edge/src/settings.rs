//! Settings from the function's environment; `infra/template.yaml` sets them.

use std::{env, fmt::Display, str::FromStr};

use domain::{account::AccountId, names::Prefix};

/// A setting that is missing or wrong: the function cannot start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The text of the setting `name`.
pub fn text(name: &str) -> Result<String, Error> {
    env::var(name).map_err(|error| format!("the setting {name}: {error}").into())
}

/// The setting `name`, parsed.
pub fn parsed<T: FromStr<Err: Display>>(name: &str) -> Result<T, Error> {
    text(name)?
        .parse()
        .map_err(|error| format!("the setting {name} {error}").into())
}

/// The platform's prefix.
pub fn prefix() -> Result<Prefix, Error> {
    parsed("PREFIX")
}

/// The platform's own account.
pub fn platform_account_id() -> Result<AccountId, Error> {
    parsed("PLATFORM_ACCOUNT_ID")
}
