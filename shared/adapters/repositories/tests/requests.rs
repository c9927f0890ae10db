//! What CodeCommit is asked, and what its answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use accounts::Accounts;
use application::workflow::{
    accounts::{Access, Session},
    commit_repository::{
        Branch, BranchCreation, Committed, Creation, EditRepositories, NewCommit, NewPullRequest,
        NewRepository, RepositoryHost,
    },
};
use aws_clients::replay::Replay;
use domain::{
    Result,
    account::{AccountId, BootstrapQualifier, ExternalId, Region},
    deployment::DeploymentId,
    environment::EnvironmentId,
    names::Prefix,
};
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

async fn commit(repositories: &Repositories, parent: Option<&str>) -> Result<Committed> {
    let commit = NewCommit {
        repository: "dataall-sales-k3j9x0ab",
        branch: "main",
        parent,
        author: "dataall-pipelines",
        message: "Begin",
        files: &[("app.py", "é")],
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
        commit(&repositories, None).await.unwrap(),
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
        "ParentCommitIdOutdatedException",
    ] {
        let (_, repositories) = answering(&[refused(code)]);
        assert_eq!(commit(&repositories, None).await.unwrap(), Committed::BranchMoved);
    }
    let (_, repositories) = answering(&[(503, json!({}))]);
    assert!(commit(&repositories, None).await.unwrap_err().retryable());
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

#[tokio::test]
async fn a_later_commit_names_the_head_that_it_goes_on() {
    let (replay, repositories) = answering(&[(200, json!({"commitId": "c0ffee"}))]);
    commit(&repositories, Some("beef")).await.unwrap();
    assert_eq!(sent(&replay)["parentCommitId"], "beef");
    let (_, repositories) = answering(&[refused("NoChangeException")]);
    assert_eq!(
        commit(&repositories, Some("beef")).await.unwrap(),
        Committed::NothingToDo
    );
}

#[tokio::test]
async fn a_branch_that_is_there_already_stays() {
    for (answer, expected) in [
        ((200, json!({})), BranchCreation::There),
        (refused("BranchNameExistsException"), BranchCreation::There),
        (refused("CommitDoesNotExistException"), BranchCreation::NoCommit),
    ] {
        let (replay, repositories) = answering(&[answer]);
        let created = repositories.create_branch(&session(), "r", "dev", "c0ffee").await;
        assert_eq!(created.unwrap(), expected);
        assert_eq!(
            sent(&replay),
            json!({"repositoryName": "r", "branchName": "dev", "commitId": "c0ffee"})
        );
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_no_error() {
    let answer = json!({"commitId": "c", "blobId": "b", "filePath": "app.py", "fileMode": "NORMAL", "fileSize": 2, "fileContent": "w6k="});
    let (replay, repositories) = answering(&[(200, answer)]);
    let file = repositories.file(&session(), "r", "c", "app.py").await.unwrap();
    assert_eq!(file, Some("é".as_bytes().to_vec()));
    assert_eq!(
        sent(&replay),
        json!({"repositoryName": "r", "commitSpecifier": "c", "filePath": "app.py"})
    );
    let (_, repositories) = answering(&[refused("FileDoesNotExistException")]);
    assert_eq!(
        repositories.file(&session(), "r", "c", "app.py").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_pull_request_carries_the_token_that_makes_it_one() {
    let (replay, repositories) = answering(&[(200, json!({"pullRequest": {"pullRequestId": "7"}}))]);
    let request = NewPullRequest {
        repository: "r",
        title: "Revision 2",
        description: "d",
        branch: "dataall/r2",
        into: "main",
        token: "k3j9x0ab-r2",
    };
    assert_eq!(
        repositories
            .open_pull_request(&session(), &request)
            .await
            .unwrap(),
        "7"
    );
    let target =
        json!({"repositoryName": "r", "sourceReference": "dataall/r2", "destinationReference": "main"});
    let expected = json!({"title": "Revision 2", "description": "d", "targets": [target], "clientRequestToken": "k3j9x0ab-r2"});
    assert_eq!(sent(&replay), expected);
}

#[tokio::test]
async fn the_first_commit_is_found_by_going_back() {
    let parents = |parents: &[&str]| (200, json!({"commit": {"parents": parents}}));
    let (replay, repositories) = answering(&[parents(&["b", "x"]), parents(&["a"]), parents(&[])]);
    let first = repositories.first_commit(&session(), "r", "c").await.unwrap();
    assert_eq!(first.as_deref(), Some("a"));
    assert_eq!(sent(&replay)["commitId"], "a");
}

#[tokio::test]
async fn what_two_commits_have_in_common_is_told_with_their_conflicts() {
    let (replay, repositories) = answering(&[(
        200,
        json!({"mergeable": true, "baseCommitId": "b",
        "destinationCommitId": "d", "sourceCommitId": "s", "conflictMetadataList": []}),
    )]);
    let base = repositories
        .merge_base(&session(), "r", ["s", "d"])
        .await
        .unwrap();
    assert_eq!(base.as_deref(), Some("b"));
    let expected = json!({"repositoryName": "r", "sourceCommitSpecifier": "s", "destinationCommitSpecifier": "d",
        "mergeOption": "THREE_WAY_MERGE"});
    assert_eq!(sent(&replay), expected);
}
