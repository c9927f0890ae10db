//! Changing an environment.

use domain::{
    Pointer, Problems, Result,
    account::{BootstrapQualifier, PermissionsBoundary},
    environment::{Environment, EnvironmentId, EnvironmentStatus, Label},
    input::{Change, FromInput, Members},
    permissions::Caller,
    revision::Revision,
    team::TeamName,
};
use serde_json::Value;
use time::OffsetDateTime;

use super::Environments;
use crate::if_match;

/// A change of an environment.
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
#[derive(Clone, Debug)]
pub struct ChangeEnvironment {
    /// A new label.
    pub label: Option<Label>,
    /// The whole new list of invited teams; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<TeamName>>, required = false))]
    pub invited_teams: Change<Vec<TeamName>>,
    /// Another permissions boundary; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<PermissionsBoundary>, required = false))]
    pub permissions_boundary: Change<PermissionsBoundary>,
    /// Another CDK bootstrap; null for the default one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<BootstrapQualifier>, required = false))]
    pub bootstrap_qualifier: Change<BootstrapQualifier>,
}

impl FromInput for ChangeEnvironment {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let label = members.optional("label", problems);
        let invited_teams: Option<Change<Vec<TeamName>>> = members.change("invitedTeams", problems);
        let permissions_boundary = members.change("permissionsBoundary", problems);
        let bootstrap_qualifier = members.change("bootstrapQualifier", problems);
        if let Some(Change::Set(teams)) = &invited_teams {
            super::check_invited(teams, &members.at("invitedTeams"), problems);
        }
        members.finish(problems);
        Some(Self {
            label: label?,
            invited_teams: invited_teams?,
            permissions_boundary: permissions_boundary?,
            bootstrap_qualifier: bootstrap_qualifier?,
        })
    }
}

/// Writes a changed environment.
pub trait Store: Environments {
    /// Replaces `before` by `after` with its listings, if the record is still at `before`'s revision;
    /// [`domain::Error::ConcurrentChange`] otherwise.
    fn change(&self, before: &Environment, after: &Environment) -> impl Future<Output = Result<()>> + Send;
}

/// Changes the environment `id`. A change that changes nothing writes nothing.
pub async fn change(
    store: &impl Store,
    caller: &Caller,
    id: &EnvironmentId,
    wanted: ChangeEnvironment,
    expected: Option<&[Revision]>,
    now: OffsetDateTime,
) -> Result<Environment> {
    let before = super::changeable(store, caller, id).await?;
    if_match::check(expected, before.revision)?;
    let mut after = before.clone();
    if let Some(label) = wanted.label {
        after.label = label;
    }
    let invited = wanted
        .invited_teams
        .apply(Some(before.invited_teams.iter().cloned().collect()));
    after.invited_teams = invited.unwrap_or_default().into_iter().collect();
    after.permissions_boundary = wanted
        .permissions_boundary
        .apply(before.permissions_boundary.clone());
    after.bootstrap_qualifier = wanted
        .bootstrap_qualifier
        .apply(Some(before.bootstrap_qualifier.clone()))
        .unwrap_or_default();
    if after == before {
        return Ok(before);
    }
    if after.bootstrap_qualifier != before.bootstrap_qualifier {
        // What was verified was another bootstrap.
        after.status = EnvironmentStatus::Pending;
        after.problems.clear();
        after.verified_at = None;
    }
    after.revision = before.revision.next();
    after.updated_at = now;
    store.change(&before, &after).await?;
    Ok(after)
}
