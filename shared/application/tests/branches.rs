//! The branches of a pipeline's repository.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod support;

use std::{collections::BTreeMap, sync::Mutex};

use application::{
    linked_accounts::{repositories::FindRepository, sessions::Session},
    pipelines::list_branches::{
        Branches, BranchesRequest, CommitFound, MAX_MESSAGE_CHARACTERS, ReadBranches, list_branches,
        parse_token, token,
    },
    platform::Platform,
};
use domain::{
    Error, Result,
    account::AccountId,
    ids::{PipelineId, StageName},
    permissions::Caller,
    prefix::Prefix,
};
use serde_json::json;
use support::{Records, caller};
use time::macros::datetime;

/// A repository by its branches; a branch without a head is deleted while it is listed.
struct Repository {
    owner: Option<&'static str>,
    branches: BTreeMap<String, Option<String>>,
    asked_for_heads: Mutex<usize>,
}

impl Repository {
    fn with(branches: &[(&str, &str)]) -> Self {
        Self {
            owner: Some("k3j9x0ab"),
            branches: branches
                .iter()
                .map(|(name, head)| ((*name).to_owned(), (!head.is_empty()).then(|| (*head).to_owned())))
                .collect(),
            asked_for_heads: Mutex::default(),
        }
    }
}

impl FindRepository for Repository {
    async fn tags_if_there(&self, _: &Session, _: &str) -> Result<Option<BTreeMap<String, String>>> {
        let tag = |owner: &str| [("dataall:pipeline".to_owned(), owner.to_owned())].into();
        Ok(self.owner.map(tag))
    }
}

impl ReadBranches for Repository {
    async fn names(&self, session: &Session, repository: &str) -> Result<Vec<String>> {
        assert_eq!(
            (session.name.as_str(), repository),
            ("dataall-alice", "dataall-sales-k3j9x0ab")
        );
        Ok(self.branches.keys().rev().cloned().collect())
    }

    async fn head_of(&self, _: &Session, _: &str, branch: &str) -> Result<Option<String>> {
        *self.asked_for_heads.lock().unwrap() += 1;
        Ok(self.branches[branch].clone())
    }

    async fn commits(&self, _: &Session, _: &str, ids: &[String]) -> Result<Vec<CommitFound>> {
        assert!((1..=100).contains(&ids.len()), "CodeCommit takes no others");
        let commit = |id: &String| CommitFound {
            id: id.clone(),
            message: format!("{id} {}", "é".repeat(2_000)),
            author: Some("Alice".to_owned()),
            committed_at: Some(datetime!(2026-11-22 10:00 UTC)),
        };
        Ok(ids.iter().map(commit).collect())
    }
}

fn records(strategy: &str) -> Records {
    let at = "2026-11-22T10:00:00Z";
    let records = Records::default();
    let pipeline = json!({
        "id": "k3j9x0ab", "name": "sales", "description": "", "tags": {}, "team": "research",
        "cicdEnvironmentId": "env-cicd0001", "cicdAccountId": "111111111111", "cicdRegion": "eu-west-1",
        "cicdTeam": "platform", "strategy": strategy, "status": "DEPLOYED", "revision": 1, "owner": "alice",
        "createdAt": at, "updatedAt": at,
        "stages": [{"name": "dev", "environmentId": "env-dev00001", "manualApproval": false},
            {"name": "prod", "environmentId": "env-dev00001", "manualApproval": true}],
    });
    let cicd = json!({
        "id": "env-cicd0001", "label": "CICD", "accountId": "111111111111", "region": "eu-west-1", "team": "platform",
        "externalId": "3b1f8c1e-2f5a", "status": "READY", "revision": 1, "owner": "olivia", "createdAt": at, "updatedAt": at,
    });
    let mut state = records.state();
    state
        .pipelines
        .insert("k3j9x0ab".to_owned(), serde_json::from_value(pipeline).unwrap());
    state
        .environments
        .insert("env-cicd0001".to_owned(), serde_json::from_value(cicd).unwrap());
    drop(state);
    records
}

async fn page(
    repository: &Repository,
    strategy: &str,
    caller: &Caller,
    limit: usize,
    after: Option<&str>,
) -> Result<Branches> {
    let platform = Platform {
        prefix: Prefix::default(),
        account_id: AccountId::parse("000000000000").unwrap(),
    };
    let request = BranchesRequest {
        limit,
        after: after.map(str::to_owned),
    };
    let id = PipelineId::parse("k3j9x0ab").unwrap();
    list_branches(&records(strategy), repository, &platform, caller, &id, &request).await
}

fn alice() -> Caller {
    caller("alice", &["research"])
}

#[tokio::test]
async fn a_branch_tells_its_head_and_what_is_delivered_from_it() {
    let repository = Repository::with(&[("main", "c1"), ("dev", "c2"), ("fix/one", "c1")]);
    for (strategy, expected) in [
        (
            "gitflow",
            [("dev", vec!["dev"]), ("fix/one", vec![]), ("main", vec!["prod"])],
        ),
        (
            "trunk",
            [
                ("dev", vec![]),
                ("fix/one", vec![]),
                ("main", vec!["dev", "prod"]),
            ],
        ),
    ] {
        let found = page(&repository, strategy, &alice(), 20, None).await.unwrap();
        assert_eq!(found.after, None);
        let delivered: Vec<_> = found
            .items
            .iter()
            .map(|branch| {
                (
                    branch.name.as_str(),
                    branch.stages.iter().map(StageName::as_str).collect(),
                )
            })
            .collect();
        assert_eq!(delivered, expected);
        let main = &found.items[2];
        assert_eq!(
            (main.commit_id.as_str(), main.author.as_deref()),
            ("c1", Some("Alice"))
        );
        assert_eq!(main.committed_at, Some(datetime!(2026-11-22 10:00 UTC)));
        assert!(main.message.starts_with("c1 é"));
        assert_eq!(main.message.chars().count(), MAX_MESSAGE_CHARACTERS);
    }
}

#[tokio::test]
async fn pages_hold_every_branch_once_and_cost_their_own_heads_only() {
    let names: Vec<String> = (0..7).map(|number| format!("b{number}")).collect();
    let branches: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "c")).collect();
    let repository = Repository::with(&branches);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let found = page(&repository, "trunk", &alice(), 3, after.as_deref())
            .await
            .unwrap();
        assert!(found.items.len() <= 3);
        seen.extend(found.items.into_iter().map(|branch| branch.name));
        // As it travels.
        after = found.after.map(|name| parse_token(&token(&name)).unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, names);
    assert_eq!(*repository.asked_for_heads.lock().unwrap(), 7);
}

#[tokio::test]
async fn a_branch_that_is_deleted_meanwhile_is_left_out() {
    let repository = Repository::with(&[("gone", ""), ("main", "c1")]);
    let found = page(&repository, "trunk", &alice(), 20, None).await.unwrap();
    let names: Vec<_> = found.items.iter().map(|branch| branch.name.as_str()).collect();
    assert_eq!(names, ["main"]);
    let empty = page(&Repository::with(&[]), "trunk", &alice(), 20, None).await;
    assert_eq!(
        empty.unwrap(),
        Branches {
            items: Vec::new(),
            after: None
        }
    );
}

#[tokio::test]
async fn only_the_pipelines_own_repository_is_read_and_only_for_its_teams() {
    let mut repository = Repository::with(&[("main", "c1")]);
    let stranger = page(&repository, "trunk", &caller("bob", &["marketing"]), 20, None).await;
    assert!(matches!(stranger.unwrap_err(), Error::NotFound { .. }));
    repository.owner = Some("another0");
    let error = page(&repository, "trunk", &alice(), 20, None).await.unwrap_err();
    assert!(matches!(error, Error::RepositoryNotOurs(_)));
    repository.owner = None;
    let error = page(&repository, "trunk", &alice(), 20, None).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)));
    assert_eq!(*repository.asked_for_heads.lock().unwrap(), 0);
}

#[test]
fn a_token_of_others_is_refused() {
    assert!(parse_token("not base64!").is_err());
    assert!(parse_token("").is_err(), "no name");
    assert!(parse_token("_w").is_err(), "no text");
}
