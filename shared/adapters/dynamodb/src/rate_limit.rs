//! Counts of requests: a row for each user and window, which expires by itself.

use application::rate_limit::{CountRequests, Window};
use aws_clients::Call;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::{Error, Result, team::Username};

use crate::{
    Table, capacity,
    keys::Key,
    rows::{EXPIRES_AT, key_item, number},
};

impl CountRequests for Table {
    async fn count_request(&self, user: &Username, counted: &str, window: Window) -> Result<u32> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_item(Key::rate(user, counted, window.begin))))
            .update_expression(format!("ADD requests :one SET {EXPIRES_AT} = :end"))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", number(window.end))
            .return_values(ReturnValue::UpdatedNew)
            .return_consumed_capacity(capacity::WANTED)
            .send()
            .await
            .map_err(|error| Call::own("dynamodb:UpdateItem").failed(error))?;
        capacity::written(&answer.consumed_capacity);
        let attributes = answer.attributes.unwrap_or_default();
        let requests = attributes.get("requests").and_then(|value| value.as_n().ok());
        requests
            .and_then(|requests| requests.parse().ok())
            .ok_or_else(|| Error::Internal("dynamodb:UpdateItem gave no count of requests".to_owned()))
    }
}
