//! Branches and paths in a repository, as callers name them.

use crate::text::{check_length, text_type};

/// The branch that a repository begins with.
pub const MAIN_BRANCH: &str = "main";

text_type! {
    /// A branch's name, by the rules of CodeCommit: 1-256 characters, not 40 hex digits, which name a commit.
    BranchName, check_branch, r"^[^\s~^:?*\[\\\x00-\x1F\x7F-\x9F]{1,256}$"
}

text_type! {
    /// A path in a repository, from its root: names between single slashes, up to 4,096 bytes. Empty is the root.
    FilePath, check_path, r"^([^/\x00-\x1F\x7F-\x9F]+(/[^/\x00-\x1F\x7F-\x9F]+)*)?$", 4096
}

impl Default for BranchName {
    /// The branch that a repository begins with.
    fn default() -> Self {
        Self(MAIN_BRANCH.to_owned())
    }
}

impl Default for FilePath {
    /// The root.
    fn default() -> Self {
        Self(String::new())
    }
}

impl FilePath {
    /// Whether it is the repository's root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

fn check_branch(text: &str) -> Result<(), String> {
    check_length(text, 1..=256)?;
    let is_commit = text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let has_refused = text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c));
    let is_malformed = ["..", "//", "@{"].iter().any(|part| text.contains(part))
        || text.starts_with(['/', '-', '.'])
        || text.ends_with(['/', '.'])
        || text == "@";
    if is_commit || has_refused || is_malformed {
        return Err("must be the name of a branch, such as main".to_owned());
    }
    Ok(())
}

fn check_path(text: &str) -> Result<(), String> {
    if text.len() > 4_096 {
        return Err(format!("must have at most 4096 bytes, has {}", text.len()));
    }
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.chars().any(char::is_control);
    if text.is_empty() || text.split('/').all(is_name) {
        Ok(())
    } else {
        Err("must be a path from the repository's root, such as ddk_app/ddk_app_stack.py, without . and .. in it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use super::*;

    #[test]
    fn paths_stay_within_the_repository() {
        for path in ["", "app.py", "ddk_app/a b.py", "..a/b..", "x/.git"] {
            assert_eq!(FilePath::parse(path).unwrap().as_str(), path);
        }
        for path in [
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a\0",
            "a\nb",
        ] {
            FilePath::parse(path).unwrap_err();
        }
    }

    #[test]
    fn a_branch_is_no_commit_and_no_expression() {
        for branch in ["main", "feature/a-b", "dataall/r2", "Zürich"] {
            assert_eq!(BranchName::parse(branch).unwrap().as_str(), branch);
        }
        let commit = "c0ffee".repeat(6) + "c0ff";
        for branch in [
            "",
            "HEAD~1",
            "main^",
            "a..b",
            "a b",
            "main@{1}",
            "/a",
            "a/",
            "a:b",
            commit.as_str(),
        ] {
            BranchName::parse(branch).unwrap_err();
        }
    }
}
