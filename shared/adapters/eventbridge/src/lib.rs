//! The platform's event bus in EventBridge.

use application::{audit::AnnounceAudit, deliveries::record::Announce, deployments::close::AnnounceEnd};
use aws_clients::Call;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use domain::{
    Error, Result,
    event::{AuditEntryAdded, Ended, RunEvent},
    names::EventBusArn,
    prefix::Prefix,
};
use serde::Serialize;

/// The platform's event bus.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    arn: EventBusArn,
    source: String,
}

impl EventBus {
    /// The bus `arn` of the platform `prefix`, in the platform's own account.
    #[must_use]
    pub fn from_config(config: &SdkConfig, arn: EventBusArn, prefix: &Prefix) -> Self {
        Self {
            client: Client::new(config),
            arn,
            source: prefix.event_source(),
        }
    }
}

impl Announce for EventBus {
    async fn announce(&self, event: &RunEvent) -> Result<()> {
        self.put(event.detail_type(), event).await
    }
}

impl AnnounceEnd for EventBus {
    async fn announce_end(&self, event: &Ended) -> Result<()> {
        self.put(event.detail_type(), event).await
    }
}

impl AnnounceAudit for EventBus {
    async fn announce_audit(&self, event: &AuditEntryAdded) -> Result<()> {
        self.put(AuditEntryAdded::DETAIL_TYPE, event).await
    }
}

impl EventBus {
    async fn put(&self, detail_type: &str, event: &(impl Serialize + Sync)) -> Result<()> {
        let call = Call::own("events:PutEvents");
        let detail = serde_json::to_string(event)
            .map_err(|error| Error::Internal(format!("an event cannot be written: {error}")))?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(self.arn.as_str())
            .source(&self.source)
            .detail_type(detail_type)
            .detail(detail)
            .build();
        let answer = self
            .client
            .put_events()
            .entries(entry)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        if answer.failed_entry_count() == 0 {
            return Ok(());
        }
        // The call itself succeeds even if EventBridge takes nothing.
        let refusal = answer.entries().iter().find_map(|entry| entry.error_code());
        let refusal = refusal.unwrap_or("no reason given").to_owned();
        Err(match refusal.as_str() {
            "ThrottlingException" => Error::Throttled {
                operation: call.operation,
                source: refusal.into(),
            },
            _ => Error::ServiceUnavailable {
                operation: call.operation,
                source: refusal.into(),
            },
        })
    }
}
