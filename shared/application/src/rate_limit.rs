//! How often a user may ask for something: counted in windows of a fixed length, each of which begins when the last one ends.

use domain::{Error, Result, ids::PipelineId, team::Username};
use time::OffsetDateTime;

/// What is counted, and how often it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// What tells one count of a user from another.
    pub counted: String,
    /// What is counted, in words.
    pub what: &'static str,
    pub limit: u32,
    pub window_seconds: i64,
}

impl RateLimit {
    /// Calls that change something. Reads are not counted.
    #[must_use]
    pub fn writes(limit: u32) -> Self {
        Self {
            counted: "WRITES".to_owned(),
            what: "calls that change something within a minute",
            limit,
            window_seconds: 60,
        }
    }

    /// Credentials of one pipeline.
    #[must_use]
    pub fn credentials(pipeline: &PipelineId, limit: u32) -> Self {
        Self {
            counted: format!("CREDENTIALS#{pipeline}"),
            what: "requests for credentials of this pipeline within an hour",
            limit,
            window_seconds: 60 * 60,
        }
    }

    /// Counts a request of `user` at `now`. [`Error::TooManyRequests`] if it is one too many.
    pub async fn check(
        &self,
        store: &impl CountRequests,
        user: &Username,
        now: OffsetDateTime,
    ) -> Result<()> {
        let now = now.unix_timestamp();
        let begin = now - now.rem_euclid(self.window_seconds);
        let window = Window {
            begin,
            end: begin + self.window_seconds,
        };
        if store.count_request(user, &self.counted, window).await? <= self.limit {
            return Ok(());
        }
        Err(Error::TooManyRequests {
            limit: self.limit,
            what: self.what,
            retry_after: u32::try_from(window.end - now).unwrap_or(1),
        })
    }
}

/// Times between which requests are counted together, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub begin: i64,
    /// The count is not needed any more from then on.
    pub end: i64,
}

/// Counts requests.
pub trait CountRequests: Sync {
    /// Counts one more request of `user`; how many there are in `window` by now, this one included.
    fn count_request(
        &self,
        user: &Username,
        counted: &str,
        window: Window,
    ) -> impl Future<Output = Result<u32>> + Send;
}
