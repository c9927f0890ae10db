//! Reading a repository for people: whose it is, and what lies in it.

use std::collections::BTreeMap;

use application::{
    linked_accounts::{repositories::FindRepository, sessions::Session},
    pipelines::browse_files::{Blob, Entry, Mode, ReadFiles},
    workflow::commit_repository::{Branch, ReadRepositories},
};
use aws_clients::code;
use aws_sdk_codecommit::types::FileModeTypeEnum;
use domain::{
    Result,
    repository::{BranchName, FilePath},
};
use sts::call;

use crate::{Repositories, arn};

impl FindRepository for Repositories {
    async fn tags_if_there(
        &self,
        session: &Session,
        repository: &str,
    ) -> Result<Option<BTreeMap<String, String>>> {
        let arn = arn(session, repository);
        let client = self.client(session).await?;
        let mut tags = BTreeMap::new();
        let mut next_token = None;
        loop {
            let page = client
                .list_tags_for_resource()
                .resource_arn(&arn)
                .set_next_token(next_token)
                .send()
                .await;
            let call = call("codecommit:ListTagsForResource", session);
            let Some(page) = call.found(page, "RepositoryDoesNotExistException")? else {
                return Ok(None);
            };
            tags.extend(page.tags.into_iter().flatten());
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(Some(tags));
            }
        }
    }
}

impl ReadFiles for Repositories {
    async fn head(&self, session: &Session, repository: &str, branch: &BranchName) -> Result<Option<String>> {
        match ReadRepositories::branch(self, session, repository, branch.as_str()).await? {
            Branch::Head(commit_id) => Ok(Some(commit_id)),
            Branch::NoBranch | Branch::NoRepository => Ok(None),
        }
    }

    async fn folder(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
        path: &FilePath,
    ) -> Result<Option<Vec<Entry>>> {
        let client = self.client(session).await?;
        let folder = client
            .get_folder()
            .repository_name(repository)
            .commit_specifier(commit_id)
            .folder_path(if path.is_root() { "/" } else { path.as_str() })
            .send()
            .await;
        let call = call("codecommit:GetFolder", session);
        let Some(folder) = call.found(folder, "FolderDoesNotExistException")? else {
            return Ok(None);
        };
        let entry = |name: Option<&str>, path: Option<&str>, mode| Entry {
            name: name.unwrap_or_default().to_owned(),
            path: path.unwrap_or_default().to_owned(),
            mode,
        };
        let folders = folder
            .sub_folders()
            .iter()
            .map(|it| entry(it.relative_path(), it.absolute_path(), Mode::Folder));
        let files = folder
            .files()
            .iter()
            .map(|it| entry(it.relative_path(), it.absolute_path(), mode(it.file_mode())));
        let links = folder
            .symbolic_links()
            .iter()
            .map(|it| entry(it.relative_path(), it.absolute_path(), Mode::Symlink));
        let modules = folder
            .sub_modules()
            .iter()
            .map(|it| entry(it.relative_path(), it.absolute_path(), Mode::Submodule));
        Ok(Some(folders.chain(files).chain(links).chain(modules).collect()))
    }

    async fn file(
        &self,
        session: &Session,
        repository: &str,
        commit_id: &str,
        path: &FilePath,
    ) -> Result<Option<Blob>> {
        let client = self.client(session).await?;
        let file = client
            .get_file()
            .repository_name(repository)
            .commit_specifier(commit_id)
            .file_path(path.as_str())
            .send()
            .await;
        match file {
            Ok(file) => Ok(Some(Blob::Read(
                mode(Some(file.file_mode())),
                file.file_content.into_inner(),
            ))),
            Err(error) => match code(&error) {
                Some("FileDoesNotExistException") => Ok(None),
                Some("FileTooLargeException") => Ok(Some(Blob::TooLarge)),
                _ => Err(call("codecommit:GetFile", session).failed(error)),
            },
        }
    }
}

fn mode(mode: Option<&FileModeTypeEnum>) -> Mode {
    match mode {
        Some(FileModeTypeEnum::Executable) => Mode::Executable,
        Some(FileModeTypeEnum::Symlink) => Mode::Symlink,
        _ => Mode::File,
    }
}
