//! What CodeCommit is asked when somebody looks into a repository, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::pipelines::browse_files::{Blob, Mode, ReadFiles as _};
use aws_clients::replay::{Replay, Sent};
use codecommit::Repositories;
use domain::{Result, repository::FilePath};
use serde_json::{Value, json};
use sts::replay::{answering, session};

fn refused(code: &str) -> (u16, String) {
    Replay::json_error(400, code)
}

/// The action and the body of the only request after the session's.
fn only(sent: &[Sent]) -> (String, Value) {
    let [_, sent] = sent else {
        panic!("one request after the session's: {sent:?}")
    };
    let target = sent.headers.iter().find(|(name, _)| name == "x-amz-target");
    let action = target.unwrap().1.replace("CodeCommit_20150413.", "");
    (action, serde_json::from_str(&sent.body).unwrap())
}

async fn file(answer: (u16, String)) -> (Vec<Sent>, Result<Option<Blob>>) {
    let (replay, repositories) = answering([answer], Repositories::new);
    let path = FilePath::parse("src/run.sh").unwrap();
    let file = repositories.file(&session(), "r", "c0ffee", &path).await;
    (replay.sent(), file)
}

#[tokio::test]
async fn a_folder_lists_all_that_lies_in_it() {
    let answer = json!({"commitId": "c0ffee", "folderPath": "/",
        "subFolders": [{"treeId": "t", "absolutePath": "src", "relativePath": "src"}],
        "files": [{"blobId": "b", "absolutePath": "run.sh", "relativePath": "run.sh", "fileMode": "EXECUTABLE"},
            {"blobId": "b", "absolutePath": "app.py", "relativePath": "app.py", "fileMode": "NORMAL"}],
        "symbolicLinks": [{"blobId": "b", "absolutePath": "link", "relativePath": "link", "fileMode": "SYMLINK"}],
        "subModules": [{"commitId": "c", "absolutePath": "vendor", "relativePath": "vendor"}]});
    let (replay, repositories) = answering([(200, answer)], Repositories::new);
    let root = FilePath::parse("").unwrap();
    let entries = repositories.folder(&session(), "r", "c0ffee", &root).await;
    let found: Vec<_> = entries
        .unwrap()
        .unwrap()
        .into_iter()
        .map(|entry| (entry.path, entry.mode))
        .collect();
    let expected = [
        ("src", Mode::Folder),
        ("run.sh", Mode::Executable),
        ("app.py", Mode::File),
        ("link", Mode::Symlink),
        ("vendor", Mode::Submodule),
    ]
    .map(|(path, mode)| (path.to_owned(), mode));
    assert_eq!(found, expected);
    let asked = json!({"repositoryName": "r", "commitSpecifier": "c0ffee", "folderPath": "/"});
    assert_eq!(only(&replay.sent()), ("GetFolder".to_owned(), asked));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_no_error() {
    let folder = async |code| {
        let (_, repositories) = answering([refused(code)], Repositories::new);
        let path = FilePath::parse("src").unwrap();
        repositories.folder(&session(), "r", "c0ffee", &path).await
    };
    assert_eq!(folder("FolderDoesNotExistException").await.unwrap(), None);
    for (code, name) in [
        ("ThrottlingException", "Throttled"),
        ("AccessDeniedException", "AccessDenied"),
    ] {
        assert_eq!(folder(code).await.unwrap_err().name(), name);
    }
}

#[tokio::test]
async fn a_file_comes_with_its_mode() {
    let answer = json!({"commitId": "c0ffee", "blobId": "b", "filePath": "src/run.sh", "fileMode": "EXECUTABLE",
        "fileSize": 2, "fileContent": "w6k="});
    let (sent, file) = file((200, answer.to_string())).await;
    let expected = Blob::Read(Mode::Executable, "é".as_bytes().to_vec());
    assert_eq!(file.unwrap(), Some(expected));
    let asked = json!({"repositoryName": "r", "commitSpecifier": "c0ffee", "filePath": "src/run.sh"});
    assert_eq!(only(&sent), ("GetFile".to_owned(), asked));
}

#[tokio::test]
async fn a_file_that_is_not_there_or_too_large_is_no_error() {
    for (code, expected) in [
        ("FileDoesNotExistException", None),
        ("FileTooLargeException", Some(Blob::TooLarge)),
    ] {
        assert_eq!(file(refused(code)).await.1.unwrap(), expected, "{code}");
    }
    for (code, name) in [
        ("ThrottlingException", "Throttled"),
        ("AccessDeniedException", "AccessDenied"),
    ] {
        assert_eq!(file(refused(code)).await.1.unwrap_err().name(), name);
    }
}
