//! ARNs within a stack. The CDK writes the partition of a region that it knows as a literal and leaves that of any other
//! to CloudFormation; which it knows is a matter of its version.

use domain::account::{AccountId, Region};
use serde_json::{Value, json};

use crate::intrinsics::{concat, reference};

/// The regions of the partition `aws` that the pinned aws-cdk-lib knows (`RegionInfo.regions`), sorted.
pub(crate) const KNOWN_REGIONS: [&str; 34] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The region of a stack, as far as it shows in ARNs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Partition {
    known: bool,
}

impl Partition {
    pub(crate) fn of(region: &Region) -> Self {
        Self {
            known: KNOWN_REGIONS.binary_search(&region.as_str()).is_ok(),
        }
    }

    /// `arn:{partition}:{rest}`, where `rest` may hold references.
    pub(crate) fn arn(self, rest: impl IntoIterator<Item = Value>) -> Value {
        let partition = if self.known {
            json!("aws")
        } else {
            reference("AWS::Partition")
        };
        concat([json!("arn:"), partition, json!(":")].into_iter().chain(rest))
    }

    /// The root of `account`.
    pub(crate) fn root(self, account: &AccountId) -> Value {
        self.arn([json!(format!("iam::{account}:root"))])
    }
}

/// The ARN of a role of another account, whose partition the CDK always leaves to CloudFormation.
pub(crate) fn role_arn(account: &AccountId, name: &str) -> Value {
    concat([
        json!("arn:"),
        reference("AWS::Partition"),
        json!(format!(":iam::{account}:role/{name}")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_regions_are_sorted() {
        assert!(KNOWN_REGIONS.is_sorted());
    }
}
