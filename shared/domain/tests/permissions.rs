//! The table of permissions, cell by cell.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use domain::{environment::Environment, permissions::Caller, pipeline::Pipeline, team::Username};
use serde_json::json;

fn caller(teams: &[&str]) -> Caller {
    Caller {
        username: Username::parse("somebody").unwrap(),
        teams: teams.iter().map(|team| team.parse().unwrap()).collect(),
        request_id: None,
    }
}

/// Who in `callers` is allowed, as a row of the table.
fn allowed(may: impl Fn(&Caller) -> bool) -> [bool; 4] {
    [["owners"], ["invited"], ["strangers"], ["platform-admins"]].map(|teams| may(&caller(&teams)))
}

#[test]
fn environments_are_used_by_invited_teams_and_changed_by_their_own() {
    let environment: Environment = serde_json::from_value(json!({
        "id": "env-a1234567", "label": "dev", "accountId": "012345678901", "region": "eu-west-1", "team": "owners",
        "invitedTeams": ["invited"], "externalId": "x-1", "status": "PENDING", "revision": 1, "owner": "alice",
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    assert_eq!(
        allowed(|caller| caller.may_see_environment(&environment)),
        [true, true, false, true]
    );
    assert_eq!(
        allowed(|caller| caller.may_change_environment(&environment)),
        [true, false, false, true]
    );
}

#[test]
fn pipelines_are_their_teams_and_their_cicd_environments_teams() {
    let pipeline: Pipeline = serde_json::from_value(json!({
        "id": "a1234567", "name": "sales", "description": "", "tags": {}, "team": "owners",
        "cicdEnvironmentId": "env-a1234567", "cicdAccountId": "012345678901", "cicdRegion": "eu-west-1",
        "cicdTeam": "invited", "strategy": "trunk", "stages": [], "status": "DEPLOYING", "revision": 1,
        "owner": "alice", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    assert_eq!(
        allowed(|caller| caller.may_access_pipeline(&pipeline)),
        [true, true, false, true]
    );
}

#[test]
fn stages_are_seen_by_the_teams_of_their_environments_too() {
    let pipeline: Pipeline = serde_json::from_value(json!({
        "id": "a1234567", "name": "sales", "description": "", "tags": {}, "team": "others",
        "cicdEnvironmentId": "env-a1234567", "cicdAccountId": "012345678901", "cicdRegion": "eu-west-1",
        "cicdTeam": "others", "strategy": "trunk", "status": "DEPLOYING", "revision": 1,
        "stages": [{"name": "dev", "environmentId": "env-d1234567", "manualApproval": false}],
        "owner": "alice", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    let environment = |id: &str| -> Environment {
        serde_json::from_value(json!({
            "id": id, "label": "dev", "accountId": "012345678901", "region": "eu-west-1", "team": "owners",
            "invitedTeams": ["invited"], "externalId": "x-1", "status": "READY", "revision": 1, "owner": "alice",
            "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    };
    for (id, expected) in [
        ("env-d1234567", [true, false, false, true]),
        // Of no stage of the pipeline.
        ("env-z1234567", [false, false, false, true]),
    ] {
        let environment = environment(id);
        assert_eq!(
            allowed(|caller| caller.may_see_stages(&pipeline, [&environment])),
            expected,
            "{id}"
        );
    }
}
