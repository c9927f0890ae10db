//! What stands in a stage's account.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use application::{
    linked_accounts::sessions::Session,
    pipelines::get_resources::{
        ApplicationStack, ReadApplications, StackOutput, StackResource, StageResources, get_resources,
    },
    platform::Platform,
};
use domain::{
    Error, Result,
    account::{AccountId, Region},
    ids::{PipelineId, StageName},
    permissions::Caller,
    prefix::Prefix,
};
use serde_json::{Value, json};
use support::{Records, caller};
use time::macros::datetime;

const STACK_ID: &str =
    "arn:aws:cloudformation:eu-north-1:333333333333:stack/dataall-sales-k3j9x0ab-prod/0a1b";

/// The accounts, in which the stack of prod stands.
struct Accounts;

impl ReadApplications for Accounts {
    async fn application(
        &self,
        session: &Session,
        region: &Region,
        name: &str,
    ) -> Result<Option<ApplicationStack>> {
        let place = (session.access.account_id.as_str(), region.as_str());
        let expected = if name.ends_with("-prod") {
            ("333333333333", "eu-north-1")
        } else {
            ("222222222222", "eu-west-1")
        };
        assert_eq!(place, expected, "{name}");
        Ok((name == "dataall-sales-k3j9x0ab-prod").then(|| ApplicationStack {
            id: STACK_ID.to_owned(),
            status: "UPDATE_COMPLETE".to_owned(),
            reason: None,
            created_at: Some(datetime!(2026-11-22 10:00 UTC)),
            updated_at: Some(datetime!(2026-11-23 10:00 UTC)),
            outputs: vec![StackOutput {
                key: "Bucket".to_owned(),
                value: "data".to_owned(),
                description: None,
            }],
        }))
    }

    async fn resources(&self, _: &Session, _: &Region, stack_id: &str) -> Result<Vec<StackResource>> {
        assert_eq!(stack_id, STACK_ID);
        Ok(vec![StackResource {
            logical_id: "Data".to_owned(),
            physical_id: Some("data".to_owned()),
            kind: "AWS::S3::Bucket".to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            status_reason: None,
            changed_at: None,
        }])
    }
}

fn records() -> Records {
    let at = "2026-11-22T10:00:00Z";
    let pipeline = json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "platform", "strategy": "trunk", "status": "DEPLOYED", "revision": 1, "owner": "alice",
        "createdAt": at, "updatedAt": at,
        "stages": [{"name": "dev", "environmentId": "env-dev00001", "manualApproval": false},
            {"name": "prod", "environmentId": "env-prod0001", "manualApproval": true}],
    });
    let environment = |id: &str, label: &str, account: &str, region: &str, team: &str| {
        json!({
            "id": id, "label": label, "accountId": account, "region": region, "team": team, "externalId": "3b1f8c1e-2f5a",
            "status": "READY", "revision": 1, "owner": "olivia", "createdAt": at, "updatedAt": at,
        })
    };
    let records = Records::default();
    let mut state = records.state();
    state
        .pipelines
        .insert("k3j9x0ab".to_owned(), serde_json::from_value(pipeline).unwrap());
    for environment in [
        environment("env-cicd0001", "CICD", "111111111111", "eu-west-1", "platform"),
        environment(
            "env-dev00001",
            "Development",
            "222222222222",
            "eu-west-1",
            "research",
        ),
        environment(
            "env-prod0001",
            "Production",
            "333333333333",
            "eu-north-1",
            "operations",
        ),
    ] {
        let id = environment["id"].as_str().unwrap().to_owned();
        state
            .environments
            .insert(id, serde_json::from_value(environment).unwrap());
    }
    drop(state);
    records
}

async fn resources(caller: &Caller, stage: &str) -> Result<StageResources> {
    let platform = Platform {
        prefix: Prefix::default(),
        account_id: AccountId::parse("000000000000").unwrap(),
    };
    let id = PipelineId::parse("k3j9x0ab").unwrap();
    let stage = StageName::parse(stage).unwrap();
    get_resources(&records(), &Accounts, &platform, caller, &id, &stage).await
}

#[tokio::test]
async fn the_stack_is_shown_from_the_stages_own_account_and_region() {
    let found = resources(&caller("alice", &["research"]), "prod").await.unwrap();
    let expected = json!({
        "stage": "prod", "environmentId": "env-prod0001", "environmentLabel": "Production", "accountId": "333333333333",
        "region": "eu-north-1", "stackName": "dataall-sales-k3j9x0ab-prod", "stackId": STACK_ID,
        "status": "UPDATE_COMPLETE", "statusReason": null, "createdAt": "2026-11-22T10:00:00Z",
        "updatedAt": "2026-11-23T10:00:00Z",
        "outputs": [{"key": "Bucket", "value": "data", "description": null}],
        "resources": [{"logicalId": "Data", "physicalId": "data", "type": "AWS::S3::Bucket", "status": "CREATE_COMPLETE",
            "statusReason": null, "changedAt": null}],
        "consoleUrl": "https://eu-north-1.console.aws.amazon.com/cloudformation/home?region=eu-north-1#/stacks/stackinfo?stackId=\
            arn%3Aaws%3Acloudformation%3Aeu-north-1%3A333333333333%3Astack%2Fdataall-sales-k3j9x0ab-prod%2F0a1b",
    });
    assert_eq!(serde_json::to_value(&found).unwrap(), expected);
}

#[tokio::test]
async fn where_nothing_stands_yet_the_lists_are_empty() {
    let found = resources(&caller("alice", &["research"]), "dev").await.unwrap();
    let found = serde_json::to_value(&found).unwrap();
    assert_eq!(found["stackName"], "dataall-sales-k3j9x0ab-dev");
    for name in ["resources", "outputs"] {
        assert_eq!(found[name], json!([]), "{name}");
    }
    for name in ["stackId", "status", "consoleUrl"] {
        assert_eq!(found[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn the_teams_of_the_stages_environments_see_it_and_strangers_do_not() {
    for team in ["research", "platform", "operations", "platform-admins"] {
        assert!(
            resources(&caller("carol", &[team]), "prod").await.is_ok(),
            "{team}"
        );
    }
    for (team, stage) in [("marketing", "prod"), ("research", "nowhere")] {
        let error = resources(&caller("bob", &[team]), stage).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{team}: {error}");
    }
}
