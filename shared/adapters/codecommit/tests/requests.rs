//! What CodeCommit is asked, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use application::{
    linked_accounts::repositories::FindRepository as _,
    workflow::{
        commit_repository::{
            Branch, BranchCreation, Committed, Creation, EditRepositories, NewCommit, NewPullRequest,
            NewRepository, ReadRepositories, RepositoryHost, Seen,
        },
        delete_repository::DeleteRepositories as _,
    },
};
use aws_clients::replay::Replay;
use codecommit::Repositories;
use domain::Result;
use serde_json::{Value, json};
use sts::replay::{answering, session};

fn refused(code: &str) -> (u16, String) {
    Replay::json_error(400, code)
}

fn given(answer: &Value) -> (u16, String) {
    (200, answer.to_string())
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
    let (replay, repositories) = answering([given(&json!({"repositoryMetadata": {}}))], Repositories::new);
    assert_eq!(create(&repositories).await.unwrap(), Creation::Created);
    let expected = json!({"repositoryName": "dataall-sales-k3j9x0ab", "repositoryDescription": "Sales",
        "tags": {"dataall:pipeline": "k3j9x0ab"}});
    assert_eq!(sent(&replay), expected);
}

#[tokio::test]
async fn refusals_to_create_are_told_apart() {
    let (_, repositories) = answering([refused("RepositoryNameExistsException")], Repositories::new);
    assert_eq!(create(&repositories).await.unwrap(), Creation::Exists);
    for (code, name) in [
        ("OperationNotAllowedException", "RepositoryUnavailable"),
        ("AccessDeniedException", "AccessDenied"),
        ("ThrottlingException", "Throttled"),
        ("RepositoryLimitExceededException", "Refused"),
    ] {
        let (_, repositories) = answering([refused(code)], Repositories::new);
        assert_eq!(create(&repositories).await.unwrap_err().name(), name);
    }
}

#[tokio::test]
async fn the_first_commit_has_no_parent() {
    let (replay, repositories) = answering([given(&json!({"commitId": "c0ffee"}))], Repositories::new);
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
        let (_, repositories) = answering([refused(code)], Repositories::new);
        assert_eq!(commit(&repositories, None).await.unwrap(), Committed::BranchMoved);
    }
    let (_, repositories) = answering([(503, "{}")], Repositories::new);
    assert!(commit(&repositories, None).await.unwrap_err().retryable());
}

#[tokio::test]
async fn a_branch_or_repository_that_is_not_there_is_no_error() {
    for (answer, expected) in [
        (refused("RepositoryDoesNotExistException"), Branch::NoRepository),
        (refused("BranchDoesNotExistException"), Branch::NoBranch),
        (
            given(&json!({"branch": {"branchName": "main", "commitId": "c0ffee"}})),
            Branch::Head("c0ffee".to_owned()),
        ),
    ] {
        let (_, repositories) = answering([answer], Repositories::new);
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
    let (replay, repositories) = answering([given(&json!({"commitId": "c0ffee"}))], Repositories::new);
    commit(&repositories, Some("beef")).await.unwrap();
    assert_eq!(sent(&replay)["parentCommitId"], "beef");
    let (_, repositories) = answering([refused("NoChangeException")], Repositories::new);
    assert_eq!(
        commit(&repositories, Some("beef")).await.unwrap(),
        Committed::NothingToDo
    );
}

#[tokio::test]
async fn a_branch_that_is_there_already_stays() {
    for (answer, expected) in [
        (given(&json!({})), BranchCreation::There),
        (refused("BranchNameExistsException"), BranchCreation::There),
        (refused("CommitDoesNotExistException"), BranchCreation::NoCommit),
    ] {
        let (replay, repositories) = answering([answer], Repositories::new);
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
    let (replay, repositories) = answering([given(&answer)], Repositories::new);
    let file = repositories.file(&session(), "r", "c", "app.py").await.unwrap();
    assert_eq!(file, Some("é".as_bytes().to_vec()));
    assert_eq!(
        sent(&replay),
        json!({"repositoryName": "r", "commitSpecifier": "c", "filePath": "app.py"})
    );
    let (_, repositories) = answering([refused("FileDoesNotExistException")], Repositories::new);
    assert_eq!(
        repositories.file(&session(), "r", "c", "app.py").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_pull_request_carries_the_token_that_makes_it_one() {
    let (replay, repositories) = answering(
        [given(&json!({"pullRequest": {"pullRequestId": "7"}}))],
        Repositories::new,
    );
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
async fn a_commit_tells_its_message_and_the_commit_that_it_went_on() {
    for (answer, message, parent) in [
        (
            json!({"commit": {"message": "Merge", "parents": ["a", "b"]}}),
            "Merge",
            Some("a"),
        ),
        (
            json!({"commit": {"message": "Begin", "parents": []}}),
            "Begin",
            None,
        ),
    ] {
        let (replay, repositories) = answering([given(&answer)], Repositories::new);
        let expected = Seen {
            message: message.to_owned(),
            parent: parent.map(str::to_owned),
        };
        assert_eq!(repositories.look(&session(), "r", "c").await.unwrap(), expected);
        assert_eq!(sent(&replay), json!({"repositoryName": "r", "commitId": "c"}));
    }
}

#[tokio::test]
async fn the_first_commit_is_found_by_going_back() {
    let parents = |parents: &[&str]| given(&json!({"commit": {"parents": parents}}));
    let (replay, repositories) = answering(
        [parents(&["b", "x"]), parents(&["a"]), parents(&[])],
        Repositories::new,
    );
    let first = repositories.first_commit(&session(), "r", "c").await.unwrap();
    assert_eq!(first.as_deref(), Some("a"));
    assert_eq!(sent(&replay)["commitId"], "a");
}

#[tokio::test]
async fn what_two_commits_have_in_common_is_told_with_their_conflicts() {
    let answer = json!({"mergeable": true, "baseCommitId": "b",
        "destinationCommitId": "d", "sourceCommitId": "s", "conflictMetadataList": []});
    let (replay, repositories) = answering([given(&answer)], Repositories::new);
    let base = repositories
        .merge_base(&session(), "r", ["s", "d"])
        .await
        .unwrap();
    assert_eq!(base.as_deref(), Some("b"));
    let expected = json!({"repositoryName": "r", "sourceCommitSpecifier": "s", "destinationCommitSpecifier": "d",
        "mergeOption": "THREE_WAY_MERGE"});
    assert_eq!(sent(&replay), expected);
}

#[tokio::test]
async fn whose_a_repository_is_that_is_to_be_deleted_is_read_page_after_page() {
    let (replay, repositories) = answering(
        [
            given(&json!({"tags": {"cost-centre": "7"}, "nextToken": "n"})),
            given(&json!({"tags": {"dataall:pipeline": "k3j9x0ab"}})),
        ],
        Repositories::new,
    );
    let tags = repositories.tags_if_there(&session(), "r").await.unwrap();
    let expected = [("cost-centre", "7"), ("dataall:pipeline", "k3j9x0ab")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(tags, Some(BTreeMap::from(expected)));
    let arn = "arn:aws:codecommit:eu-west-1:111111111111:r";
    assert_eq!(sent(&replay), json!({"resourceArn": arn, "nextToken": "n"}));
}

#[tokio::test]
async fn a_repository_that_was_deleted_already_is_no_error() {
    let (_, repositories) = answering([refused("RepositoryDoesNotExistException")], Repositories::new);
    assert_eq!(repositories.tags_if_there(&session(), "r").await.unwrap(), None);
    // The answer of CodeCommit where there was none.
    let (replay, repositories) = answering([given(&json!({}))], Repositories::new);
    repositories.delete(&session(), "r").await.unwrap();
    assert_eq!(sent(&replay), json!({"repositoryName": "r"}));
}
