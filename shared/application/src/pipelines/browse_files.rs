//! Reading a pipeline's repository without git.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Error, Result,
    ids::PipelineId,
    names::PipelineNames,
    permissions::Caller,
    repository::{BranchName, FilePath},
};
use futures_util::future::try_join;
use serde::Serialize;

use super::repository::{enter, find};
use crate::linked_accounts::session_policy::{Calls, On};
use crate::{
    linked_accounts::{repositories::FindRepository, sessions::Session},
    platform::Platform,
    records::{Environments, Pipelines},
};

/// The largest file that is answered, in bytes. Lambda answers with 6 MB at most, and a byte of text becomes up to four
/// in JSON within JSON.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Reads repositories at a commit.
pub trait ReadFiles: Sync {
    /// The commit at the head of `branch`; none if there is no such branch, or no such repository.
    fn head(
        &self,
        session: &Session,
        repository: &str,
        branch: &BranchName,
    ) -> impl Future<Output = Result<Option<String>>> + Send;

    /// What lies in the folder `path` (empty: the repository's root); none if there is no such folder.
    fn folder(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
        path: &FilePath,
    ) -> impl Future<Output = Result<Option<Vec<Entry>>>> + Send;

    /// The file or symbolic link `path`; none if there is no such file.
    fn file(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
        path: &FilePath,
    ) -> impl Future<Output = Result<Option<Blob>>> + Send;
}

/// A file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blob {
    /// Its mode and its bytes.
    Read(Mode, Vec<u8>),
    /// The service does not give it: it is too large.
    TooLarge,
}

/// What stands in a folder under a name.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FolderEntry))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its path from the repository's root: `path` of the next request.
    pub path: String,
    /// What it is.
    pub mode: Mode,
}

/// What a name in a folder stands for, by git's modes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FileMode))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Mode {
    /// A folder (git's mode 040000).
    #[serde(rename = "FOLDER")]
    Folder,
    /// A file (100644).
    #[serde(rename = "FILE")]
    File,
    /// A file that can be run (100755).
    #[serde(rename = "EXECUTABLE")]
    Executable,
    /// A symbolic link (120000).
    #[serde(rename = "SYMLINK")]
    Symlink,
    /// A submodule (160000): its files lie in another repository.
    #[serde(rename = "SUBMODULE")]
    Submodule,
}

/// A folder or a file of a repository.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Browsed {
    /// The branch.
    pub branch: BranchName,
    /// Its head, which this was read from.
    pub commit_id: String,
    /// The path from the repository's root; empty for the root itself.
    pub path: FilePath,
    /// What is there.
    #[serde(flatten)]
    pub content: Content,
}

/// What is at a path.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FolderOrFile))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Content {
    /// A folder.
    Folder {
        /// What lies in it: folders first, then by name.
        entries: Vec<Entry>,
    },
    /// A file, or a symbolic link, whose content is where it points.
    File {
        /// What it is.
        mode: Mode,
        /// Its size in bytes.
        size: usize,
        /// How `content` is written: `utf-8`, or `base64` if the file is no text.
        encoding: &'static str,
        /// The file's content.
        content: String,
    },
}

/// What the request calls in the CICD account.
pub(crate) const CALLS: &[Calls] = &[Calls {
    on: On::Repository,
    actions: &[
        "codecommit:ListTagsForResource",
        "codecommit:GetBranch",
        "codecommit:GetFolder",
        "codecommit:GetFile",
    ],
}];

/// What is at `path` on `branch` in the repository of the pipeline `id`.
///
/// [`Error::NotFound`] if there is no such branch or path, [`Error::FileTooLarge`] beyond [`MAX_FILE_BYTES`].
pub async fn browse(
    store: &(impl Pipelines + Environments),
    repositories: &(impl FindRepository + ReadFiles),
    platform: &Platform,
    caller: &Caller,
    id: &PipelineId,
    branch: BranchName,
    path: FilePath,
) -> Result<Browsed> {
    let (pipeline, session) = enter(store, platform, caller, id, CALLS).await?;
    let name = PipelineNames::of(&platform.prefix, &pipeline).repository();
    let (_, head) = try_join(
        find(repositories, platform, &session, &pipeline),
        repositories.head(&session, &name, &branch),
    )
    .await?;
    let commit_id = head.ok_or_else(|| Error::not_found("branch", &branch))?;
    let content = match repositories.folder(&session, &name, &commit_id, &path).await? {
        Some(mut entries) => {
            entries.sort_by(|a, b| {
                let folders_first = (a.mode != Mode::Folder).cmp(&(b.mode != Mode::Folder));
                folders_first.then_with(|| a.name.cmp(&b.name))
            });
            Content::Folder { entries }
        }
        None => match repositories.file(&session, &name, &commit_id, &path).await? {
            Some(Blob::Read(mode, bytes)) if bytes.len() <= MAX_FILE_BYTES => file(mode, bytes),
            Some(_) => {
                return Err(Error::FileTooLarge {
                    path: path.to_string(),
                    limit: MAX_FILE_BYTES,
                });
            }
            None => {
                return Err(Error::NotFound {
                    what: "file or folder",
                    // As git writes it.
                    id: format!("{branch}:{path}"),
                });
            }
        },
    };
    Ok(Browsed {
        branch,
        commit_id,
        path,
        content,
    })
}

fn file(mode: Mode, bytes: Vec<u8>) -> Content {
    let size = bytes.len();
    let (encoding, content) = match String::from_utf8(bytes) {
        // Control characters make JSON of it six times as long.
        Ok(text)
            if !text
                .chars()
                .any(|c| c.is_ascii_control() && !"\t\n\r".contains(c)) =>
        {
            ("utf-8", text)
        }
        Ok(text) => ("base64", STANDARD.encode(text)),
        Err(error) => ("base64", STANDARD.encode(error.as_bytes())),
    };
    Content::File {
        mode,
        size,
        encoding,
        content,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use super::*;

    /// As Lambda gets it: the answer as text within the JSON of API Gateway's answer.
    fn bytes_on_the_wire(content: &Content) -> usize {
        let body = serde_json::to_string(content).unwrap();
        serde_json::to_string(&body).unwrap().len()
    }

    #[test]
    fn the_largest_file_fits_lambdas_answer_whatever_is_in_it() {
        for byte in 0..=u8::MAX {
            let content = file(Mode::File, vec![byte; MAX_FILE_BYTES]);
            assert!(bytes_on_the_wire(&content) < 6_000_000, "{byte}");
        }
    }

    #[test]
    fn text_stays_text_and_the_rest_becomes_base64() {
        let encoded = |bytes: &[u8]| match file(Mode::File, bytes.to_vec()) {
            Content::File {
                encoding, content, ..
            } => (encoding, content),
            Content::Folder { .. } => unreachable!(),
        };
        assert_eq!(encoded("é\r\n\t".as_bytes()), ("utf-8", "é\r\n\t".to_owned()));
        assert_eq!(encoded(b""), ("utf-8", String::new()));
        assert_eq!(encoded(b"\xff"), ("base64", "/w==".to_owned()));
        assert_eq!(encoded(b"\0"), ("base64", "AA==".to_owned()));
    }
}
