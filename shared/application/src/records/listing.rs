//! Lists: pages over listing rows, each thing once, only what the caller may see.
//!
//! A caller's list is the union of the listings of the caller's teams. They are read one after the other; a thing that an
//! earlier listing holds, too, is skipped, so that no page needs to know what former pages held.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Error, Pointer, Problems, Result, listing::Listing};
use serde::{Deserialize, Serialize};

/// Which page of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many items, 1-100.
    pub limit: usize,
    /// Where the page begins.
    pub start: Position,
}

/// A place in the row of listings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    #[serde(rename = "l")]
    pub listing: usize,
    /// The last row that was looked at there.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Position {
    /// The position as a token that clients hand back.
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a token.
    pub fn parse(token: &str) -> Result<Self> {
        URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(no_token)
    }
}

/// The error for a token that the platform did not make.
#[must_use]
pub fn no_token() -> Error {
    let detail = "is not a token that this API gave out";
    Problems::one(&Pointer::root().child("nextToken"), detail).into()
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins, if there is more.
    pub next: Option<Position>,
}

/// The page of `entries`, of which one more than the limit was asked for: that one tells whether there is a next page.
pub(crate) fn cut_to_page<T>(mut entries: Vec<Entry<T>>, request: &PageRequest) -> Page<T> {
    let more = entries.len() > request.limit;
    entries.truncate(request.limit);
    let next = entries.last().filter(|_| more).map(|entry| Position {
        listing: 0,
        after: Some(entry.key.clone()),
    });
    Page {
        items: entries.into_iter().filter_map(|entry| entry.record).collect(),
        next,
    }
}

/// A listing row: its place in the listing and the record that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// The row's sort key: where to go on after it.
    pub key: String,
    /// The record; none if it was removed since the row was read.
    pub record: Option<T>,
}

/// Reads listing rows with the records that they stand for.
pub trait Listings<T>: Sync {
    /// Up to `limit` records of `listing` after the row `after`, in order. Fewer than `limit` means the end. [`Error::Invalid`] for
    /// `nextToken` if `after` is no key of a row of this kind.
    fn entries(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry<T>>>> + Send;
}

/// A page of the records in `listings` that `wanted` accepts; it gets the listings that were read before.
///
/// A page costs a bounded number of reads: when filters leave little, it may hold fewer items than the limit, even none, and
/// still have a next page.
pub async fn page<T: Send>(
    store: &impl Listings<T>,
    listings: &[Listing],
    request: &PageRequest,
    wanted: impl Fn(&T, &[Listing]) -> bool + Send,
) -> Result<Page<T>> {
    const MAX_READS: usize = 10;
    let mut items = Vec::new();
    let mut position = request.start.clone();
    if position != Position::default() && position.listing >= listings.len() {
        // Or the caller has left teams since the last page: either way the list is another one.
        return Err(no_token());
    }
    for _ in 0..MAX_READS {
        let Some(listing) = listings.get(position.listing) else {
            return Ok(Page { items, next: None });
        };
        let asked = (request.limit - items.len()).max(25);
        let entries = store.entries(listing, position.after.as_deref(), asked).await?;
        let end = entries.len() < asked;
        for entry in entries {
            position.after = Some(entry.key);
            if let Some(record) = entry
                .record
                .filter(|record| wanted(record, &listings[..position.listing]))
            {
                items.push(record);
                if items.len() == request.limit {
                    return Ok(Page {
                        items,
                        next: Some(position),
                    });
                }
            }
        }
        if end {
            position = Position {
                listing: position.listing + 1,
                after: None,
            };
            if position.listing == listings.len() {
                return Ok(Page { items, next: None });
            }
        }
    }
    Ok(Page {
        items,
        next: Some(position),
    })
}
