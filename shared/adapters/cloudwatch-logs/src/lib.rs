//! The logs of builds in the linked accounts.

use std::collections::VecDeque;

use application::{
    linked_accounts::sessions::Session,
    runs::build_log::{LogEvents, ReadLogs},
};
use aws_sdk_cloudwatchlogs::Client;
use domain::Result;
use sts::{Accounts, call};

/// So many pages are read: the service may answer with fewer events than it is asked for, even with none.
const MOST_PAGES: usize = 5;

/// The logs in the linked accounts.
#[derive(Clone, Debug)]
pub struct Logs {
    accounts: Accounts,
}

impl Logs {
    /// The logs in `accounts`.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }
}

impl ReadLogs for Logs {
    async fn end(
        &self,
        session: &Session,
        group: &str,
        stream: &str,
        most: usize,
    ) -> Result<Option<LogEvents>> {
        let client = Client::new(&self.accounts.config(session, &session.access.region).await?);
        let mut messages = VecDeque::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = client
                .get_log_events()
                .log_group_name(group)
                .log_stream_name(stream)
                .limit(i32::try_from(most - messages.len()).unwrap_or(i32::MAX))
                // The last ones. A page that goes on wants to hear it again.
                .start_from_head(false)
                .set_next_token(token.clone())
                .send()
                .await;
            let call = call("logs:GetLogEvents", session);
            let Some(page) = call.found(page, "ResourceNotFoundException")? else {
                return Ok(None);
            };
            for event in page.events.unwrap_or_default().into_iter().rev() {
                messages.push_front(event.message.unwrap_or_default());
            }
            // The same token again: there is nothing before.
            let begun = page.next_backward_token.is_none() || page.next_backward_token == token;
            if begun || messages.len() >= most {
                return Ok(Some(LogEvents {
                    messages: messages.into(),
                    complete: begun,
                }));
            }
            token = page.next_backward_token;
        }
        Ok(Some(LogEvents {
            messages: messages.into(),
            complete: false,
        }))
    }
}
