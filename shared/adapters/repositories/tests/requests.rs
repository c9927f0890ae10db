//! What CodeCommit is asked, and what its answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use accounts::Accounts;
use application::workflow::{
    accounts::{Access, Session},
    commit_repository::{Branch, Committed, Creation, FirstCommit, NewRepository, RepositoryHost},
};
use aws_clients::replay::Replay;
use domain::{
    Result,
    account::{AccountId, BootstrapQualifier, ExternalId, Region},
    deployment::DeploymentId,
    environment::EnvironmentId,
    names::Prefix,
};
use rendering::Repository;
use repositories::Repositories;
use serde_json::{Value, json};

/// A session in the CICD account of a pipeline.
fn session() -> Session {
    let access = Access {
        prefix: Prefix::default(),
        platform_account_id: AccountId::parse("000000000000").unwrap(),
        environment_id: EnvironmentId::parse("env-cicd0001").unwrap(),
        account_id: AccountId::parse("111111111111").unwrap(),
        region: Region::parse("eu-west-1").unwrap(),
        external_id: ExternalId::parse("3b1f8c1e-2f5a").unwrap(),
        bootstrap_qualifier: BootstrapQualifier::default(),
        permissions_boundary: None,
    };
    Session::of_deployment(
        access,
        &DeploymentId::parse("01k9v3xv0m0000000000000001").unwrap(),
    )
}

fn answering(answers: &[(u16, Value)]) -> (Replay, Repositories) {
    let answers = answers.iter().map(|(status, body)| (*status, body.to_string()));
    let replay = Replay::new(
        [Replay::assumed_role("2999-01-01T00:00:00Z")]
            .into_iter()
            .chain(answers),
    );
    let repositories = Repositories::new(Accounts::from_config(&replay.config()));
    (replay, repositories)
}

fn refused(code: &str) -> (u16, Value) {
    (400, json!({"__type": code, "message": "no"}))
}

/// The last request's body.
fn sent(replay: &Replay) -> Value {
    serde_json::from_str(&replay.sent().last().unwrap().body).unwrap()
}

async fn create(repositories: &Repositories) -> Result<Creation> {
    let repository = NewRepository {
        name: "dataall-sales-k3j9x0ab".to_owned(),
        description: "Sales".to_owned(),
        tags: BTreeMap::from([("dataall:pipeline".to_owned(), "k3j9x0ab".to_owned())]),
    };
    repositories.create(&session(), &repository).await
}

async fn commit(repositories: &Repositories) -> Result<Committed> {
    let files = json!({"files": [{"path": "app.py", "content": "é", "rewritten_on_edit": true}]});
    let files: Repository = serde_json::from_value(files).unwrap();
    let commit = FirstCommit {
        repository: "dataall-sales-k3j9x0ab",
        branch: "main",
        author: "dataall-pipelines",
        message: "Begin",
        files: &files,
    };
    repositories.commit(&session(), &commit).await
}

#[tokio::test]
async fn a_repository_is_created_with_its_tag_in_one_call() {
    let (replay, repositories) = answering(&[(200, json!({"repositoryMetadata": {}}))]);
    assert_eq!(create(&repositories).await.unwrap(), Creation::Created);
    let expected = json!({"repositoryName": "dataall-sales-k3j9x0ab", "repositoryDescription": "Sales",
        "tags": {"dataall:pipeline": "k3j9x0ab"}});
    assert_eq!(sent(&replay), expected);
}

#[tokio::test]
async fn refusals_to_create_are_told_apart() {
    let (_, repositories) = answering(&[refused("RepositoryNameExistsException")]);
    assert_eq!(create(&repositories).await.unwrap(), Creation::Exists);
    for (code, name) in [
        ("OperationNotAllowedException", "RepositoryUnavailable"),
        ("AccessDeniedException", "AccessDenied"),
        ("ThrottlingException", "Throttled"),
        ("RepositoryLimitExceededException", "Refused"),
    ] {
        let (_, repositories) = answering(&[refused(code)]);
        assert_eq!(create(&repositories).await.unwrap_err().name(), name);
    }
}

#[tokio::test]
async fn the_first_commit_has_no_parent() {
    let (replay, repositories) = answering(&[(200, json!({"commitId": "c0ffee"}))]);
    assert_eq!(
        commit(&repositories).await.unwrap(),
        Committed::Made("c0ffee".to_owned())
    );
    let expected = json!({"repositoryName": "dataall-sales-k3j9x0ab", "branchName": "main",
        "authorName": "dataall-pipelines", "commitMessage": "Begin",
        "putFiles": [{"filePath": "app.py", "fileMode": "NORMAL", "fileContent": "w6k="}]});
    assert_eq!(sent(&replay), expected);
}

#[tokio::test]
async fn a_commit_that_comes_too_late_is_no_error() {
    for code in [
        "ParentCommitIdRequiredException",
        "ConcurrentReferenceUpdateException",
        "NoChangeException",
    ] {
        let (_, repositories) = answering(&[refused(code)]);
        assert_eq!(commit(&repositories).await.unwrap(), Committed::BranchExists);
    }
    let (_, repositories) = answering(&[(503, json!({}))]);
    assert!(commit(&repositories).await.unwrap_err().retryable());
}

#[tokio::test]
async fn a_branch_or_repository_that_is_not_there_is_no_error() {
    for (answer, expected) in [
        (refused("RepositoryDoesNotExistException"), Branch::NoRepository),
        (refused("BranchDoesNotExistException"), Branch::NoBranch),
        (
            (
                200,
                json!({"branch": {"branchName": "main", "commitId": "c0ffee"}}),
            ),
            Branch::Head("c0ffee".to_owned()),
        ),
    ] {
        let (_, repositories) = answering(&[answer]);
        assert_eq!(
            repositories
                .branch(&session(), "dataall-sales-k3j9x0ab", "main")
                .await
                .unwrap(),
            expected
        );
    }
}
