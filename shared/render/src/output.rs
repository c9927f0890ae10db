//! Files on disk.

use std::{fs, io, path::Path};

use cicd_template::Stacks;
use rendering::Repository;

/// What the names of templates end in.
pub(crate) const TEMPLATE: &str = ".template.json";

/// Writes `out/repository/…` and `out/stacks/…`.
pub(crate) fn write(out: &Path, repository: &Repository, stacks: &Stacks) -> io::Result<()> {
    for file in repository.files() {
        write_file(&out.join("repository").join(&file.path), &file.content)?;
    }
    let folder = out.join("stacks");
    remove_templates(&folder)?;
    for stack in stacks.in_order() {
        write_file(&folder.join(format!("{}{TEMPLATE}", stack.name)), &stack.template)?;
    }
    Ok(())
}

fn write_file(path: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(naming(folder))?;
    }
    fs::write(path, content).map_err(naming(path))
}

/// Removes the templates of an earlier run: a support stack that is gone would still seem to be there.
fn remove_templates(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(naming(folder))?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(TEMPLATE) {
            fs::remove_file(&path).map_err(naming(&path))?;
        }
    }
    Ok(())
}

pub(crate) fn naming(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    let path = path.display().to_string();
    move |error| io::Error::new(error.kind(), format!("{path}: {error}"))
}
