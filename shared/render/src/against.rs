//! What would become of an earlier output: the difference in words and in unified form.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use cicd_template::Stacks;
use differences::{PropertyChange, StackDifference, difference, unified};
use rendering::Repository;
use serde_json::Value;

use crate::output::{TEMPLATE, naming};

/// How `repository` and `stacks` differ from what an earlier run wrote to `folder`. Empty where nothing does.
pub(crate) fn report(folder: &Path, repository: &Repository, stacks: &Stacks) -> io::Result<String> {
    let mut report = String::new();
    let mut earlier = files(&folder.join("repository"))?;
    for file in repository.files() {
        let before = earlier.remove(&file.path);
        report.push_str(&unified(&file.path, before.as_deref(), Some(&file.content)));
    }
    for (path, before) in earlier {
        report.push_str(&unified(&path, Some(&before), None));
    }
    let mut earlier = files(&folder.join("stacks"))?;
    for stack in stacks.in_order() {
        let before = earlier.remove(&format!("{}{TEMPLATE}", stack.name));
        let before_parsed = before.as_deref().map(parsed).transpose()?.unwrap_or_default();
        let difference = difference(&before_parsed, &parsed(&stack.template)?);
        let title = match before {
            None => format!("Stack {} ({}) is new", stack.name, stack.region),
            Some(_) => format!("Stack {} ({}) changes", stack.name, stack.region),
        };
        report.push_str(&in_words(&title, &difference));
    }
    for name in earlier.keys().filter_map(|file| file.strip_suffix(TEMPLATE)) {
        let _ = writeln!(
            report,
            "Stack {name} is not needed any more: it stays until the pipeline is deleted"
        );
    }
    Ok(report)
}

fn parsed(template: &str) -> io::Result<Value> {
    serde_json::from_str(template).map_err(io::Error::from)
}

/// What a stack's difference says, a line each; nothing if it says nothing.
fn in_words(title: &str, difference: &StackDifference) -> String {
    let StackDifference {
        added,
        changed,
        replaced,
        removed,
        iam,
        template,
    } = difference;
    if difference.is_empty() {
        return String::new();
    }
    let mut words = format!("{title}:\n");
    let mut line = |text: String| {
        let _ = writeln!(words, "{text}");
    };
    for change in template {
        line(format!("  {}", change_in_words(change)));
    }
    for resource in added {
        line(format!("  + {} {}", resource.kind, resource.logical_id));
    }
    for resource in changed {
        let perhaps = if resource.may_be_replaced {
            " (perhaps made anew)"
        } else {
            ""
        };
        line(format!("  ~ {} {}{perhaps}", resource.kind, resource.logical_id));
        reasons_in_words(&resource.properties, &resource.follows).for_each(&mut line);
    }
    for resource in replaced {
        let retained = if resource.retained {
            " (the present one stays)"
        } else {
            ""
        };
        line(format!(
            "  -/+ {} {} is made anew{retained}",
            resource.kind, resource.logical_id
        ));
        reasons_in_words(&resource.properties, &resource.follows).for_each(&mut line);
    }
    for resource in removed {
        let retained = if resource.retained {
            " (it stays in the account)"
        } else {
            ""
        };
        line(format!("  - {} {}{retained}", resource.kind, resource.logical_id));
    }
    if !iam.is_empty() {
        line("  Permissions:".to_owned());
    }
    for change in iam {
        if change.words.is_empty() {
            line(format!("    ~ {} {}", change.kind, change.logical_id));
        }
        change
            .words
            .iter()
            .for_each(|sentence| line(format!("    {sentence}")));
        reasons_in_words(&change.properties, &[]).for_each(&mut line);
    }
    words
}

/// Why a resource changes, a line each: its properties, and what it refers to.
fn reasons_in_words<'d>(
    properties: &'d [PropertyChange],
    follows: &'d [String],
) -> impl Iterator<Item = String> + 'd {
    let properties = properties
        .iter()
        .map(|change| format!("      {}", change_in_words(change)));
    let follows = follows
        .iter()
        .map(|id| format!("      follows {id}, which is made anew"));
    properties.chain(follows)
}

fn change_in_words(change: &PropertyChange) -> String {
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), Value::to_string);
    format!(
        "{}: {} -> {}",
        change.path,
        shown(&change.before),
        shown(&change.after)
    )
}

/// The files below `folder`, by their paths with `/` between folders. None if there is no such folder.
fn files(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, below)) = folders.pop() {
        for entry in entries(&path)? {
            let name = entry
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if entry.is_dir() {
                folders.push((entry, format!("{below}{name}/")));
            } else {
                let content = fs::read_to_string(&entry).map_err(naming(&entry))?;
                found.insert(format!("{below}{name}"), content);
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries
            .map_err(naming(folder))?
            .map(|entry| Ok(entry.map_err(naming(folder))?.path()))
            .collect(),
    }
}
