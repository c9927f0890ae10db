//! The prefix that tells platforms apart.

use crate::text::{check_length, check_single_hyphens, check_slug, text_type};

text_type! {
    /// What the names of the platform's resources begin with: `[a-z][a-z0-9-]*`, 2-12, no trailing or double hyphen.
    ///
    /// A platform is deployed with a prefix without hyphens (`infra/template.yaml`), so that `acme-*` belongs to one platform. Here
    /// they are allowed: `render` draws pipelines of older platforms, too.
    Prefix, check_prefix, r"^[a-z](-?[a-z0-9])+$"
}

impl Default for Prefix {
    fn default() -> Self {
        Self("dataall".to_owned())
    }
}

fn check_prefix(text: &str) -> Result<(), String> {
    check_length(text, 2..=12)?;
    check_slug(text)?;
    check_single_hyphens(text)
}
