//! Listing redeployments.

use domain::{Result, listing::Listing, permissions::Caller, redeployment::Redeployment};

use crate::records::listing::{Listings, Page, PageRequest, page};

/// A page of the redeployments that `caller` may see, the newest first; those of several teams one team after the other.
pub async fn list(
    store: &impl Listings<Redeployment>,
    caller: &Caller,
    request: &PageRequest,
) -> Result<Page<Redeployment>> {
    page(
        store,
        &Listing::visible_to(caller),
        request,
        |redeployment: &Redeployment, earlier| {
            !Listing::any_team(earlier, |team| redeployment.listed_for.contains(team))
        },
    )
    .await
}
