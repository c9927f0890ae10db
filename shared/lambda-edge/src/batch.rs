//! Handling the items of a batch, each on its own: what fails comes again alone, and the log says why.

use std::{fmt::Display, panic::AssertUnwindSafe};

use domain::{Error, Result};
use futures_util::{FutureExt as _, future::LocalBoxFuture};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{invocation::Invocation, panics, telemetry::causes};

/// What handles an item and says what became of it.
///
/// Not generic: each function would compile Lambda's runtime and its HTTP client for itself.
pub(crate) type Handler<'h> = dyn Fn(Value) -> LocalBoxFuture<'h, Result<String>> + 'h;

/// What `work` says of an item, in words.
pub(crate) fn told<O: Display>(
    work: &impl AsyncFn(Value) -> Result<O>,
    item: Value,
) -> LocalBoxFuture<'_, Result<String>> {
    Box::pin(async move { Ok(work(item).await?.to_string()) })
}

/// An item of a batch.
pub(crate) struct Item {
    /// By what the event source knows it.
    pub(crate) id: String,
    /// The id of the event in it; what comes of it has that as its request.
    pub(crate) event_id: String,
    /// What kind of event it is.
    pub(crate) detail_type: String,
    /// How often it has been handed out, this time included, if the event source tells.
    pub(crate) received: Option<String>,
    /// What is to be handled, if it can be read.
    pub(crate) body: Result<Value>,
}

/// What Lambda reads of a batch: the items that must come again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// Handles the batches of an event source, whose `items` are in its events, until Lambda ends the function.
pub(crate) fn serve<'h, E: DeserializeOwned + 'h>(
    work: &'h Handler<'h>,
    items: fn(E) -> Vec<Item>,
) -> LocalBoxFuture<'h, std::result::Result<(), lambda_runtime::Error>> {
    Box::pin(lambda_runtime::run(service_fn(
        move |event: LambdaEvent<E>| async move {
            let LambdaEvent { payload, context } = event;
            Ok::<_, lambda_runtime::Error>(answer(work, items(payload), &context).await)
        },
    )))
}

/// Handles the items of a batch, each on its own, so that one that fails keeps none behind it waiting; those that failed.
pub(crate) async fn answer<'h>(work: &'h Handler<'h>, items: Vec<Item>, context: &Context) -> Answer {
    let mut batch_item_failures = Vec::new();
    for item in items {
        let item_identifier = item.id.clone();
        if handle(work, item, context).await.is_err() {
            batch_item_failures.push(Failure { item_identifier });
        }
    }
    Answer { batch_item_failures }
}

/// An item failed; the log says why.
struct Failed;

/// Handles one item and logs how that went.
async fn handle<'h>(work: &'h Handler<'h>, item: Item, context: &Context) -> std::result::Result<(), Failed> {
    let Item {
        id,
        event_id,
        detail_type,
        received,
        body,
    } = item;
    let mut invocation = Invocation::begin(context);
    invocation.tell("requestId", &event_id);
    let handled = AssertUnwindSafe(invocation.within_time(async { work(body?).await }))
        .catch_unwind()
        .await;
    invocation.end();
    let _within = invocation.span().enter();
    let failure = match handled {
        Ok(Ok(outcome)) => {
            tracing::info!(
                eventId = event_id,
                detailType = detail_type,
                messageId = id,
                received,
                %outcome,
                "event handled"
            );
            return Ok(());
        }
        Ok(Err(error)) => error,
        Err(panic) => panics::error("the handling of events".to_owned(), &*panic),
    };
    let (error, detail, causes) = (failure.name(), detail(&failure), causes(&failure));
    tracing::error!(
        eventId = event_id,
        detailType = detail_type,
        messageId = id,
        received,
        error,
        detail,
        causes,
        "event failed"
    );
    Err(Failed)
}

/// The error in words; of an event that is wrong every problem with its place.
fn detail(error: &Error) -> String {
    match error {
        Error::Invalid(problems) => problems.to_string(),
        error => error.to_string(),
    }
}
