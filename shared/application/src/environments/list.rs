//! Listing the environments that a caller may see.

use domain::{Result, environment::Environment, listing::Listing, permissions::Caller};

use crate::records::listing::{Listings, Page, PageRequest, page};

/// A page of the environments that `caller` may see.
pub async fn list(
    store: &impl Listings<Environment>,
    caller: &Caller,
    request: &PageRequest,
) -> Result<Page<Environment>> {
    let listings = Listing::visible_to(caller);
    page(store, &listings, request, |environment, earlier| {
        caller.may_see_environment(environment)
            && !Listing::any_team(earlier, |team| environment.teams().contains(team))
    })
    .await
}
