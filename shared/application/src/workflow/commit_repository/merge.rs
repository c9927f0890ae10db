//! Three-way merge of one file: what was rendered last, what is rendered now, what its developers made of it.

use merge3::{Merge3, MergeRegion};
use serde_json::{Map, Value};

/// What comes of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// Both sides are in it.
    Clean(String),
    /// The sides contradict each other.
    Conflict {
        /// Both sides, and ours where they contradict each other.
        ours: String,
        /// The lines of theirs that contradict ours: the first and the last, from 1.
        lines: Vec<(usize, usize)>,
    },
}

/// Merges the file `path`: `base` became `ours` here and `theirs` there.
///
/// Line by line; where that fails in a JSON document, member by member: there a comma at the end of a line is no change that
/// anybody means.
pub(super) fn merge(path: &str, base: &str, ours: &str, theirs: &str) -> Merge {
    if ours == theirs || ours == base {
        return Merge::Clean(theirs.to_owned());
    }
    if theirs == base {
        return Merge::Clean(ours.to_owned());
    }
    let merged = lines(base, ours, theirs);
    let json = std::path::Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "json");
    if !json {
        return merged;
    }
    match merged {
        Merge::Clean(text) if parse(&text).is_some() || parse(theirs).is_none() => Merge::Clean(text),
        Merge::Clean(_) => members(base, ours, theirs).map_or_else(
            || Merge::Conflict {
                ours: ours.to_owned(),
                lines: vec![(1, theirs.lines().count().max(1))],
            },
            Merge::Clean,
        ),
        Merge::Conflict { ours: text, lines } => {
            members(base, ours, theirs).map_or_else(
                || Merge::Conflict {
                    // What is offered must be a document.
                    ours: if parse(&text).is_some() {
                        text
                    } else {
                        ours.to_owned()
                    },
                    lines,
                },
                Merge::Clean,
            )
        }
    }
}

fn lines(base: &str, ours: &str, theirs: &str) -> Merge {
    let [base, ours, theirs] =
        [base, ours, theirs].map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let mut merged = String::new();
    let mut conflicts = Vec::new();
    for region in Merge3::new(&base, &ours, &theirs).merge_regions() {
        let lines = match region {
            MergeRegion::Unchanged { start, end } => &base[start..end],
            MergeRegion::Same { astart, aend } => &ours[astart..aend],
            MergeRegion::A { start, end } => &ours[start..end],
            MergeRegion::B { start, end } => &theirs[start..end],
            MergeRegion::Conflict {
                astart,
                aend,
                bstart,
                bend,
                ..
            } => {
                // Where theirs has no lines, others are missing before this one.
                conflicts.push((bstart + 1, bend.max(bstart + 1)));
                &ours[astart..aend]
            }
        };
        merged.extend(lines.iter().copied());
    }
    if conflicts.is_empty() {
        Merge::Clean(merged)
    } else {
        Merge::Conflict {
            ours: merged,
            lines: conflicts,
        }
    }
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// The merged document, if no member was changed differently on both sides.
fn members(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let merged = member(Some(&parse(base)?), Some(&parse(ours)?), Some(&parse(theirs)?)).ok()??;
    let mut text = serde_json::to_string_pretty(&merged).ok()?;
    text.push('\n');
    Some(text)
}

/// The sides contradict each other.
struct Contradiction;

fn member(
    base: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
) -> Result<Option<Value>, Contradiction> {
    if ours == base || ours == theirs {
        return Ok(theirs.cloned());
    }
    if theirs == base {
        return Ok(ours.cloned());
    }
    let (Some(Value::Object(ours)), Some(Value::Object(theirs))) = (ours, theirs) else {
        return Err(Contradiction);
    };
    let none = Map::new();
    let base = base.and_then(Value::as_object).unwrap_or(&none);
    let mut merged = Map::new();
    let added = ours.keys().filter(|key| !theirs.contains_key(*key));
    for key in theirs.keys().chain(added) {
        if let Some(value) = member(base.get(key), ours.get(key), theirs.get(key))? {
            merged.insert(key.clone(), value);
        }
    }
    Ok(Some(Value::Object(merged)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

    #[test]
    fn changes_in_different_places_are_both_in_it() {
        let ours = BASE.replace("2\n", "2\nours\n");
        let theirs = BASE.replace("8\n", "theirs\n");
        let both = "1\n2\nours\n3\n4\n5\n6\n7\ntheirs\n9\n";
        assert_eq!(
            merge("app.py", BASE, &ours, &theirs),
            Merge::Clean(both.to_owned())
        );
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_conflict() {
        let changed = BASE.replace("5\n", "five\n");
        let theirs = changed.replace("9\n", "nine\n");
        assert_eq!(merge("app.py", BASE, &changed, &theirs), Merge::Clean(theirs));
    }

    #[test]
    fn a_conflict_names_the_lines_and_offers_ours_in_theirs() {
        let ours = BASE.replace("5\n", "ours\n");
        let theirs = BASE.replace("2\n", "2\ntheirs\n").replace("5\n", "five\n5b\n");
        let expected = Merge::Conflict {
            ours: "1\n2\ntheirs\n3\n4\nours\n6\n7\n8\n9\n".to_owned(),
            lines: vec![(6, 7)],
        };
        assert_eq!(merge("app.py", BASE, &ours, &theirs), expected);
    }

    #[test]
    fn members_of_json_merge_though_their_lines_touch() {
        let base = "{\n  \"dev\": {\n    \"a\": 1\n  }\n}\n";
        let ours = "{\n  \"dev\": {\n    \"a\": 1\n  },\n  \"prod\": {}\n}\n";
        let theirs = "{\n  \"dev\": {\n    \"a\": 1,\n    \"env_vars\": {}\n  }\n}\n";
        let both = "{\n  \"dev\": {\n    \"a\": 1,\n    \"env_vars\": {}\n  },\n  \"prod\": {}\n}\n";
        assert_eq!(
            merge("ddk.json", base, ours, theirs),
            Merge::Clean(both.to_owned())
        );
        assert!(matches!(
            merge("app.py", base, ours, theirs),
            Merge::Conflict { .. }
        ));
    }

    #[test]
    fn a_member_that_both_changed_is_a_conflict() {
        let [base, ours, theirs] = ["1", "2", "3"].map(|value| format!("{{\n  \"a\": {value}\n}}\n"));
        let expected = Merge::Conflict {
            ours: ours.clone(),
            lines: vec![(2, 2)],
        };
        assert_eq!(merge("ddk.json", &base, &ours, &theirs), expected);
    }

    /// What git makes of it; none if it finds a conflict.
    fn git_merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let name = format!("merge-{}-{:?}", std::process::id(), std::thread::current().id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        for (name, text) in [("base", base), ("ours", ours), ("theirs", theirs)] {
            std::fs::write(directory.join(name), text).unwrap();
        }
        let done = Command::new("git")
            .args(["merge-file", "--stdout", "ours", "base", "theirs"])
            .current_dir(&directory)
            .output()
            .unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
        done.status
            .success()
            .then(|| String::from_utf8(done.stdout).unwrap())
    }

    /// Lines that are all different, some of them replaced, removed or with lines after them.
    fn edited(side: &'static str) -> impl Strategy<Value = String> {
        proptest::collection::vec(0..12_u8, 12).prop_map(move |edits| {
            let edit = |(number, edit): (usize, u8)| match edit {
                0 => format!("{side} {number}\n"),
                1 => String::new(),
                2 => format!("line {number}\n{side} after {number}\n"),
                _ => format!("line {number}\n"),
            };
            edits.into_iter().enumerate().map(edit).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn git_agrees(ours in edited("ours"), theirs in edited("theirs")) {
            let base: String = (0..12).map(|number| format!("line {number}\n")).collect();
            let merged = match merge("app.py", &base, &ours, &theirs) {
                Merge::Clean(text) => Some(text),
                Merge::Conflict { .. } => None,
            };
            prop_assert_eq!(merged, git_merge(&base, &ours, &theirs));
        }
    }
}
