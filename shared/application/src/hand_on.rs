//! Handing a request on to the function that answers it.

use domain::Result;

/// A function that answers requests as the API passes them on.
pub trait HandOn: Sync {
    /// Its answer to the event `request`, which is JSON.
    fn hand_on(&self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>>> + Send;
}
