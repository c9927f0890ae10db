//! The template with which accounts' owners deploy the platform's role: the platform hands it out itself, so that its commands can
//! be run wherever the owner is.

use std::{fmt::Write as _, sync::LazyLock};

use sha2::{Digest as _, Sha256};

/// The template, as it is in the repository.
pub const TEMPLATE: &str = include_str!("../../../../infra/environment.yaml");

/// So many hexadecimal digits of its SHA-256 tell one version from another.
const VERSION_LENGTH: usize = 12;

static DIGEST: LazyLock<String> = LazyLock::new(|| {
    Sha256::digest(TEMPLATE)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
});

/// The version of [`TEMPLATE`], by its content.
#[must_use]
pub fn version() -> &'static str {
    &DIGEST[..VERSION_LENGTH]
}

/// Where the template is, of an API that is at `api_url`.
#[must_use]
pub fn url(api_url: &str) -> String {
    format!("{api_url}/environment-template/{}", version())
}
