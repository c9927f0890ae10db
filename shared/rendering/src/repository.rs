//! Files and their digest.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A file of a repository: text, in UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path from the repository's root, with `/` between folders.
    pub path: String,
    /// What it holds.
    pub content: String,
    /// Whether an edit of the pipeline writes it again; any other file is the developers' own once it is committed.
    pub rewritten_on_edit: bool,
}

impl File {
    /// A file that is committed once.
    pub(crate) fn once(path: &str, content: String) -> Self {
        Self {
            path: path.to_owned(),
            content,
            rewritten_on_edit: false,
        }
    }

    /// A file that is written again when the pipeline is edited.
    pub(crate) fn rewritten_on_edit(path: &str, content: String) -> Self {
        Self {
            rewritten_on_edit: true,
            ..Self::once(path, content)
        }
    }
}

/// The files of a repository, in the order of their paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    files: Vec<File>,
}

impl Repository {
    pub(crate) fn new(mut files: Vec<File>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// The files, in the order of their paths.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The content of the file at `path`, if there is one.
    #[must_use]
    pub fn content(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.content.as_str())
    }

    /// SHA-256 over paths and contents, in hexadecimal: equal for equal repositories, in any version of the platform.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for file in &self.files {
            // The lengths keep the border between one text and the next.
            for text in [&file.path, &file.content] {
                hasher.update((text.len() as u64).to_be_bytes());
                hasher.update(text);
            }
        }
        hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
