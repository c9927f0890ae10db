//! AWS accounts, regions and how the CDK was bootstrapped there.

use serde::{Deserialize, Serialize};

use crate::text::text_type;

text_type! {
    /// An AWS account id: twelve digits. A string: leading zeros are part of it.
    AccountId, check_account_id, r"^[0-9]{12}$"
}

text_type! {
    /// A region of the partition `aws`, such as `eu-west-1`.
    ///
    /// Other partitions have other ARNs and console hosts; the platform does not serve them.
    Region, check_region, r"^(af|ap|ca|eu|il|me|mx|nz|sa|us)-(central|(north|south)(east|west)?|east|west)-[1-9]$"
}

text_type! {
    /// The qualifier of a CDK bootstrap: part of the names of its roles and buckets, 1-10 of `[a-z0-9]`
    /// (the CDK takes capitals, too, but its bucket cannot be made then).
    BootstrapQualifier, check_qualifier, r"^[a-z0-9]{1,10}$"
}

text_type! {
    /// A managed policy that bounds every role created in an environment: the name of a policy in that account
    /// (with its path, if it has one), or a whole ARN.
    PermissionsBoundary, check_boundary, r"^(arn:aws:iam::(aws|[0-9]{12}):policy/)?([A-Za-z0-9_+=,.@-][A-Za-z0-9_+=,.@/-]{0,509}/)?[A-Za-z0-9_+=,.@-]{1,128}$"
}

text_type! {
    /// The external id that the platform sends when it assumes an environment's role: 2-1224 characters of
    /// `[\w+=,.@:/-]` in IAM's rules; those of the platform are UUIDs.
    ExternalId, check_external_id, r"^[A-Za-z0-9_+=,.@:/-]{2,1224}$"
}

impl BootstrapQualifier {
    /// The CDK's default, `hnb659fds`.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for BootstrapQualifier {
    fn default() -> Self {
        Self("hnb659fds".to_owned())
    }
}

impl PermissionsBoundary {
    /// The ARN of the policy, seen from `account`.
    #[must_use]
    pub fn arn(&self, account: &AccountId) -> String {
        if self.0.starts_with("arn:") {
            self.0.clone()
        } else {
            format!("arn:aws:iam::{account}:policy/{}", self.0)
        }
    }

    /// The policy's name, with its path, if it is one of `account`'s own.
    #[must_use]
    pub fn name_in(&self, account: &AccountId) -> Option<&str> {
        match self.0.strip_prefix("arn:aws:iam::") {
            Some(rest) => rest.strip_prefix(account.as_str())?.strip_prefix(":policy/"),
            None => Some(&self.0),
        }
    }
}

/// Where something is deployed: account, region and how the CDK deploys there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub account_id: AccountId,
    pub region: Region,
    /// The CDK bootstrap used there.
    #[serde(default)]
    pub bootstrap_qualifier: BootstrapQualifier,
    /// The policy that bounds every role made there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
}

impl Target {
    /// The ARN of a role of the CDK bootstrap: `deploy`, `cfn-exec`, `file-publishing`, ….
    #[must_use]
    pub fn bootstrap_role_arn(&self, kind: &str) -> String {
        format!(
            "arn:aws:iam::{}:role/{}",
            self.account_id,
            self.bootstrap_role_name(kind)
        )
    }

    /// The name of a role of the CDK bootstrap.
    #[must_use]
    pub fn bootstrap_role_name(&self, kind: &str) -> String {
        format!(
            "cdk-{}-{kind}-role-{}-{}",
            self.bootstrap_qualifier, self.account_id, self.region
        )
    }

    /// The SSM parameter that holds the version of the bootstrap.
    #[must_use]
    pub fn bootstrap_version_parameter(&self) -> String {
        format!("/cdk-bootstrap/{}/version", self.bootstrap_qualifier)
    }

    /// The bucket of the CDK bootstrap for files that CloudFormation reads.
    #[must_use]
    pub fn bootstrap_bucket(&self) -> String {
        format!(
            "cdk-{}-assets-{}-{}",
            self.bootstrap_qualifier, self.account_id, self.region
        )
    }
}

fn check_account_id(text: &str) -> Result<(), String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err("must be an AWS account id: twelve digits, as a string".to_owned())
    }
}

fn check_region(text: &str) -> Result<(), String> {
    const AREAS: [&str; 10] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us", "nz"];
    const DIRECTIONS: [&str; 9] = [
        "central",
        "east",
        "north",
        "northeast",
        "northwest",
        "south",
        "southeast",
        "southwest",
        "west",
    ];
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        [area, direction, number]
            if AREAS.contains(&area)
                && DIRECTIONS.contains(&direction)
                && matches!(number.as_bytes(), [b'1'..=b'9']) =>
        {
            Ok(())
        }
        _ => Err("must be a region of the partition aws, such as eu-west-1".to_owned()),
    }
}

fn check_qualifier(text: &str) -> Result<(), String> {
    if (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        Ok(())
    } else {
        Err("must be a CDK bootstrap qualifier: 1 to 10 lower-case letters and digits".to_owned())
    }
}

fn check_boundary(text: &str) -> Result<(), String> {
    let path = match text.strip_prefix("arn:aws:iam::") {
        Some(rest) => match rest.split_once(":policy/") {
            Some((owner, path)) if owner == "aws" || check_account_id(owner).is_ok() => path,
            _ => {
                return Err(
                    "must be the ARN of a managed policy: arn:aws:iam::123456789012:policy/name".to_owned(),
                );
            }
        },
        None => text,
    };
    // IAM counts a path with the slashes at its ends: 512 characters; here the first one is missing.
    let (folders, name) = path
        .rsplit_once('/')
        .map_or(("", path), |(folders, name)| (folders, name));
    let lengths_fit = folders.len() < 511 && (1..=128).contains(&name.len());
    let characters_fit = path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b))
        && !path.starts_with('/');
    if lengths_fit && characters_fit {
        Ok(())
    } else {
        Err("must be the name or the ARN of a managed policy".to_owned())
    }
}

fn check_external_id(text: &str) -> Result<(), String> {
    if (2..=1224).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b))
    {
        Ok(())
    } else {
        Err("must be an external id of 2 to 1224 characters".to_owned())
    }
}
