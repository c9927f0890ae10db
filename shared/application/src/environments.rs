//! Linking AWS accounts and regions to the platform.

pub mod change;
pub mod evict;
pub mod get;
pub mod link;
pub mod list;
pub mod unlink;
mod users;
pub mod verify;
pub mod withdrawal;

/// The invited teams as a request names them: the owning team needs no invitation, and their number is limited.
pub(crate) fn check_invited(
    teams: &[domain::team::TeamName],
    at: &domain::Pointer,
    problems: &mut domain::Problems,
) {
    let most = domain::environment::MAX_INVITED_TEAMS;
    if teams.len() > most {
        problems.add(
            at,
            format!("must hold at most {most} teams, holds {}", teams.len()),
        );
    }
}
