//! What CodeCommit is asked for branches, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::pipelines::list_branches::{CommitFound, ReadBranches as _};
use aws_clients::replay::{Replay, Sent};
use codecommit::Repositories;
use serde_json::{Value, json};
use sts::replay::{answering, session};
use time::macros::datetime;

/// Actions and bodies of the requests after the session's.
fn asked(sent: &[Sent]) -> Vec<(String, Value)> {
    let asked = sent.iter().skip(1).map(|sent| {
        let target = sent.headers.iter().find(|(name, _)| name == "x-amz-target");
        let action = target.unwrap().1.replace("CodeCommit_20150413.", "");
        (action, serde_json::from_str(&sent.body).unwrap())
    });
    asked.collect()
}

#[tokio::test]
async fn all_pages_of_names_are_read() {
    let (replay, repositories) = answering(
        [
            (200, json!({"branches": ["main", "dev"], "nextToken": "more"})),
            (200, json!({"branches": ["fix/one"]})),
        ],
        Repositories::new,
    );
    let names = repositories.names(&session(), "r").await.unwrap();
    assert_eq!(names, ["main", "dev", "fix/one"]);
    let expected = [
        ("ListBranches".to_owned(), json!({"repositoryName": "r"})),
        (
            "ListBranches".to_owned(),
            json!({"repositoryName": "r", "nextToken": "more"}),
        ),
    ];
    assert_eq!(asked(&replay.sent()), expected);
}

#[tokio::test]
async fn a_branch_that_is_not_there_has_no_head_and_that_is_no_error() {
    let (replay, repositories) = answering(
        [
            (
                200,
                json!({"branch": {"branchName": "main", "commitId": "c1"}}).to_string(),
            ),
            Replay::json_error(400, "BranchDoesNotExistException"),
            Replay::json_error(400, "AccessDeniedException"),
        ],
        Repositories::new,
    );
    let head = repositories.head_of(&session(), "r", "main").await;
    assert_eq!(head.unwrap().as_deref(), Some("c1"));
    assert_eq!(repositories.head_of(&session(), "r", "gone").await.unwrap(), None);
    let denied = repositories.head_of(&session(), "r", "main").await.unwrap_err();
    assert_eq!(denied.name(), "AccessDenied");
    assert_eq!(asked(&replay.sent())[0].0, "GetBranch");
}

#[tokio::test]
async fn commits_are_read_at_once_with_their_times_in_utc() {
    let commit = |id: &str, author: Value, date: &str| {
        json!({"commitId": id, "treeId": "t", "parents": [], "message": "Add a table\n", "author": author,
            "committer": {"name": "git", "email": "", "date": date}})
    };
    let answer = json!({
        "commits": [commit("c1", json!({"name": "Alice", "email": "", "date": "1 +0000"}), "1484167798 -0800"),
            commit("c2", json!({"name": "", "email": ""}), "")],
        "errors": [{"commitId": "c3", "errorCode": "CommitIdDoesNotExistException", "errorMessage": "no"}],
    });
    let (replay, repositories) = answering([(200, answer)], Repositories::new);
    let ids = ["c1", "c2", "c3"].map(str::to_owned);
    let commits = repositories.commits(&session(), "r", &ids).await.unwrap();
    let found = |id: &str, author: Option<&str>, committed_at| CommitFound {
        id: id.to_owned(),
        message: "Add a table\n".to_owned(),
        author: author.map(str::to_owned),
        committed_at,
    };
    assert_eq!(
        commits,
        [
            found("c1", Some("Alice"), Some(datetime!(2017-01-11 20:49:58 UTC))),
            found("c2", None, None)
        ]
    );
    let expected = json!({"repositoryName": "r", "commitIds": ["c1", "c2", "c3"]});
    assert_eq!(asked(&replay.sent()), [("BatchGetCommits".to_owned(), expected)]);
}
