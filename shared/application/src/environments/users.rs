//! The pipelines that use an environment.

use domain::{Result, ids::EnvironmentId, listing::Listing, pipeline::Pipeline};

use crate::records::listing::{Entry, Listings};

/// Up to `most` pipelines that use the environment `id`, for their repository and stack or for a stage.
pub(super) async fn users_of(
    store: &impl Listings<Pipeline>,
    id: &EnvironmentId,
    most: usize,
) -> Result<Vec<Pipeline>> {
    const READ_AT_ONCE: usize = 100;
    let listing = Listing::Environment(id.clone());
    let (mut users, mut after) = (Vec::new(), None);
    loop {
        let wanted = (most - users.len()).min(READ_AT_ONCE);
        let entries: Vec<Entry<Pipeline>> = store.entries(&listing, after.as_deref(), wanted).await?;
        let end = entries.len() < wanted;
        after = entries.last().map(|entry| entry.key.clone());
        users.extend(entries.into_iter().filter_map(|entry| entry.record));
        if end || users.len() >= most {
            return Ok(users);
        }
    }
}
