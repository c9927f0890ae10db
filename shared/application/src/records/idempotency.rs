//! Idempotency keys: the same key and request give the same answer, for a day.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Error, Result, team::Username};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How long an answer is kept, in seconds.
pub const KEPT_FOR_SECONDS: i64 = 24 * 60 * 60;

/// A request that carries an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Who sent it: keys of different people are different keys.
    pub owner: Username,
    /// What was asked for; with the ids in the path, so that a key is bound to one thing.
    pub operation: String,
    /// The key as sent.
    pub key: String,
    /// A hash of the request's body.
    pub fingerprint: String,
}

impl Idempotency {
    /// A request of `owner` for `operation` with `body` under `key`.
    #[must_use]
    pub fn new(owner: &Username, operation: String, key: String, body: Option<&Value>) -> Self {
        let text = body.map(Value::to_string).unwrap_or_default();
        let fingerprint = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        Self {
            owner: owner.clone(),
            operation,
            key,
            fingerprint,
        }
    }
}

/// What was answered when a key came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The request's fingerprint then.
    pub fingerprint: String,
    /// The record that was answered, as JSON.
    pub snapshot: String,
}

/// Finds what was answered before.
pub trait KeptAnswers: Sync {
    /// The answer kept for the owner, operation and key of `request`, if there is one.
    fn kept(&self, request: &Idempotency) -> impl Future<Output = Result<Option<Kept>>> + Send;
}

/// The record answered when this request came first, if it did.
pub async fn replayed<T: DeserializeOwned>(
    store: &impl KeptAnswers,
    request: Option<&Idempotency>,
) -> Result<Option<T>> {
    let Some(request) = request else { return Ok(None) };
    let Some(kept) = store.kept(request).await? else {
        return Ok(None);
    };
    if kept.fingerprint != request.fingerprint {
        return Err(Error::IdempotencyKeyReused);
    }
    serde_json::from_str(&kept.snapshot)
        .map(Some)
        .map_err(|error| Error::Internal(format!("a kept answer cannot be read: {error}")))
}

/// A record that is kept as the answer to a request.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub request: &'a Idempotency,
    /// The record, as JSON.
    pub snapshot: String,
}

impl<'a> Answer<'a> {
    /// `record` as the answer to `request`; none for a request without a key.
    pub fn to<T: Serialize>(request: Option<&'a Idempotency>, record: &T) -> Result<Option<Self>> {
        request
            .map(|request| {
                let snapshot = serde_json::to_string(record)
                    .map_err(|error| Error::Internal(format!("a record cannot be written: {error}")))?;
                Ok(Self { request, snapshot })
            })
            .transpose()
    }
}

/// Keeps answers to requests that write nothing else.
pub trait KeepAnswers: KeptAnswers {
    /// Keeps `answer`. [`Error::ConcurrentChange`] if there is one for that key.
    fn keep(&self, answer: &Answer<'_>) -> impl Future<Output = Result<()>> + Send;
}

/// What was answered when this request came first, or what `act` answers, which is kept. For acts in another service: what
/// comes twice at the same moment is for that service to tell apart.
pub async fn once<T: Serialize + DeserializeOwned + Sync>(
    store: &impl KeepAnswers,
    request: Option<&Idempotency>,
    act: impl AsyncFnOnce() -> Result<T>,
) -> Result<T> {
    if let Some(answered) = replayed(store, request).await? {
        return Ok(answered);
    }
    match act().await {
        Ok(answer) => {
            let kept = async {
                match Answer::to(request, &answer)? {
                    Some(answer) => store.keep(&answer).await,
                    None => Ok(()),
                }
            };
            if let Err(error) = kept.await {
                // It is done, and that is what the caller must learn.
                tracing::warn!(%error, "the answer is not kept for its Idempotency-Key");
            }
            Ok(answer)
        }
        // The same request, sent twice at once, may have been first: then its answer is the answer to this one.
        Err(error) => replayed(store, request).await?.ok_or(error),
    }
}
