//! Pages: whatever their size, together they hold all that a caller may see, each once.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::{BTreeMap, BTreeSet};

use application::records::listing::{Entry, Listings, PageRequest, Position, page};
use domain::{Result, listing::Listing, team::TeamName};
use proptest::prelude::*;

/// Records that are a number and the teams that may see it; every listing in memory.
struct Shelf(Vec<(u32, BTreeSet<u8>)>);

fn team(number: u8) -> TeamName {
    TeamName::parse(format!("team{number}")).unwrap()
}

impl Listings<(u32, BTreeSet<u8>)> for Shelf {
    async fn entries(
        &self,
        listing: &Listing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry<(u32, BTreeSet<u8>)>>> {
        let rows: BTreeMap<String, (u32, BTreeSet<u8>)> = self
            .0
            .iter()
            .filter(|(_, teams)| teams.iter().any(|number| listing.team() == Some(&team(*number))))
            .map(|record| (format!("{:05}", record.0), record.clone()))
            .collect();
        Ok(rows
            .into_iter()
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .take(limit)
            .map(|(key, record)| Entry {
                key,
                record: Some(record),
            })
            .collect())
    }
}

proptest! {
    #[test]
    fn all_pages_together_hold_everything_once(
        teams in prop::collection::vec(prop::collection::btree_set(0u8..4, 1..4), 0..120),
        mine in prop::collection::btree_set(0u8..4, 0..4),
        limit in 1usize..12,
    ) {
        let shelf = Shelf((0u32..).zip(teams).collect());
        let listings: Vec<Listing> = mine.iter().map(|number| Listing::Team(team(*number))).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut seen = Vec::new();
        let mut start = Position::default();
        loop {
            let request = PageRequest { limit, start };
            let page = runtime
                .block_on(page(&shelf, &listings, &request, |(number, teams), earlier| {
                    number % 3 != 0
                        && !earlier.iter().filter_map(Listing::team).any(|name| teams.iter().any(|n| team(*n) == *name))
                }))
                .unwrap();
            prop_assert!(page.items.len() <= limit);
            seen.extend(page.items.into_iter().map(|(number, _)| number));
            match page.next {
                // What a client hands back is what it was given.
                Some(next) => start = Position::parse(&next.token()).unwrap(),
                None => break,
            }
        }
        seen.sort_unstable();
        let expected: Vec<u32> = shelf
            .0
            .iter()
            .filter(|(number, teams)| number % 3 != 0 && teams.iter().any(|team| mine.contains(team)))
            .map(|(number, _)| *number)
            .collect();
        prop_assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_page_of_a_list_that_there_is_not_is_bad_input() {
    let shelf = Shelf(vec![(1, BTreeSet::from([0]))]);
    let listings = [Listing::Team(team(0))];
    for (token, listings) in [
        (r#"{"l":1}"#, &listings[..]),
        (r#"{"l":0,"a":"x"}"#, &[]),
        (r#"{"l":18446744073709551615}"#, &listings[..]),
    ] {
        let start: Position = serde_json::from_str(token).unwrap();
        let found = page(&shelf, listings, &PageRequest { limit: 20, start }, |_, _| true).await;
        assert!(
            matches!(found, Err(domain::Error::Invalid(_))),
            "{token}: {found:?}"
        );
    }
}
