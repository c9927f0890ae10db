//! Listings: where a record can be found by who may see it and by what it uses.

use crate::{
    environment::Environment,
    ids::EnvironmentId,
    permissions::Caller,
    pipeline::{Pipeline, PipelineStatus},
    redeployment::Redeployment,
    strategy::Strategy,
    team::TeamName,
};

/// A list in which records stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listing {
    /// Everything, for admins.
    All,
    /// What a team may see.
    Team(TeamName),
    /// What uses an environment.
    Environment(EnvironmentId),
    /// What follows a strategy.
    Strategy(Strategy),
}

impl Listing {
    /// The listings that hold all that `caller` may see, in a stable order.
    #[must_use]
    pub fn visible_to(caller: &Caller) -> Vec<Self> {
        if caller.is_admin() {
            vec![Self::All]
        } else {
            caller.teams.iter().cloned().map(Self::Team).collect()
        }
    }

    /// Whether one of `listings` is that of a team for which `stands_in` holds.
    pub fn any_team(listings: &[Self], stands_in: impl Fn(&TeamName) -> bool) -> bool {
        listings.iter().filter_map(Self::team).any(stands_in)
    }

    #[must_use]
    pub fn team(&self) -> Option<&TeamName> {
        if let Self::Team(team) = self {
            Some(team)
        } else {
            None
        }
    }
}

impl Pipeline {
    /// The listings in which the pipeline stands. A deleted one stands in none.
    #[must_use]
    pub fn listings(&self) -> Vec<Listing> {
        if self.status == PipelineStatus::Deleted {
            return Vec::new();
        }
        let mut listings = vec![Listing::All, Listing::Strategy(self.strategy)];
        listings.extend(self.reading_teams().into_iter().cloned().map(Listing::Team));
        let environments = self.environment_ids().into_iter().cloned();
        listings.extend(environments.map(Listing::Environment));
        listings
    }
}

impl Environment {
    /// The listings in which the environment stands.
    #[must_use]
    pub fn listings(&self) -> Vec<Listing> {
        let teams = self.teams().into_iter().cloned().map(Listing::Team);
        teams.chain([Listing::All]).collect()
    }
}

impl Redeployment {
    /// The listings in which the redeployment stands.
    #[must_use]
    pub fn listings(&self) -> Vec<Listing> {
        let teams = self.listed_for.iter().cloned().map(Listing::Team);
        teams.chain([Listing::All]).collect()
    }
}
