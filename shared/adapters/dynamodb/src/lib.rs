//! The platform's records in one DynamoDB table.
//!
//! `docs/architecture.md` lists keys and access patterns; `keys` is the one place that spells them. There is no index and no
//! scan: an entity has one row that is the truth, and listing rows beside it, written in the same transaction, that say
//! where it is listed. Reads are strongly consistent.

mod approvals;
mod audit;
mod capacity;
mod deliveries;
mod deployments;
mod environments;
mod history;
mod idempotency;
mod keys;
mod listings;
mod outbox;
mod pipelines;
mod rate_limit;
mod redeployments;
mod revisions;
mod rows;
mod transaction;

pub use outbox::{audited, recorded};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use domain::quota::PipelineQuotas;

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
    quotas: Option<PipelineQuotas>,
}

impl Table {
    /// The table `name` in the platform's own account.
    #[must_use]
    pub fn from_config(config: &SdkConfig, name: String) -> Self {
        Self {
            client: Client::new(config),
            name,
            quotas: None,
        }
    }

    /// The same, in which no more pipelines are made than `quotas` allow.
    #[must_use]
    pub fn within(self, quotas: PipelineQuotas) -> Self {
        Self {
            quotas: Some(quotas),
            ..self
        }
    }
}
