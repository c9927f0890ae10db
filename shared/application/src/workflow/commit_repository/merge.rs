//! Three-way merge of one file: as it was rendered last, as it is rendered now, and as developers have changed it.

use std::{fmt, path::Path};

use merge3::{Merge3, MergeRegion};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
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

/// Merges the file `path`: `base` became `ours` here and `theirs` there. A JSON document is merged member by member: its
/// stages look so alike that line by line a change may land in another stage, and a comma is no change that anybody means.
pub(super) fn merge(path: &str, base: &str, ours: &str, theirs: &str) -> Merge {
    if ours == theirs || ours == base {
        return Merge::Clean(theirs.to_owned());
    }
    if theirs == base {
        return Merge::Clean(ours.to_owned());
    }
    let merged = lines(base, ours, theirs);
    let json = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "json");
    let documents = json.then(|| Some((parse(base)?, parse(ours)?, parse(theirs)?)));
    let Some((base, ours, theirs_read)) = documents.flatten() else {
        return merged;
    };
    let mut contradiction = false;
    let members = member(Some(&base), Some(&ours), Some(&theirs_read), &mut contradiction).unwrap_or(ours);
    let (text, conflicts) = match merged {
        Merge::Clean(text) => (text, vec![(1, theirs.lines().count())]),
        Merge::Conflict { ours, lines } => (ours, lines),
    };
    // What the lines give looks more like what the developers wrote. It may have a member twice, where both sides added it.
    let text = if parse_once(&text).as_ref() == Some(&members) {
        text
    } else {
        format!("{members:#}\n")
    };
    if contradiction {
        Merge::Conflict {
            ours: text,
            lines: conflicts,
        }
    } else {
        Merge::Clean(text)
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

/// The document, if no member of it is there twice: readers take the last one and say nothing.
fn parse_once(text: &str) -> Option<Value> {
    let Once(document) = serde_json::from_str(text).ok()?;
    Some(document)
}

/// A document in which no member is there twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Once(member))) = members.next_entry::<String, Once>()? {
            if map.insert(name, member).is_some() {
                return Err(A::Error::custom("a member is there twice"));
            }
        }
        Ok(map.into())
    }
}

/// The merged member; ours where the sides contradict each other, which is noted.
fn member(
    base: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
    contradiction: &mut bool,
) -> Option<Value> {
    if ours == base || ours == theirs {
        return theirs.cloned();
    }
    if theirs == base {
        return ours.cloned();
    }
    let (Some(Value::Object(ours)), Some(Value::Object(theirs))) = (ours, theirs) else {
        *contradiction = true;
        return ours.cloned();
    };
    let none = Map::new();
    let base = base.and_then(Value::as_object).unwrap_or(&none);
    let added = ours.keys().filter(|key| !theirs.contains_key(*key));
    let merged = theirs.keys().chain(added).filter_map(|key| {
        let value = member(base.get(key), ours.get(key), theirs.get(key), contradiction)?;
        Some((key.clone(), value))
    });
    Some(Value::Object(merged.collect()))
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
    fn a_change_stays_in_its_member_where_others_look_alike() {
        let stage =
            |name: &str, policy: &str| format!("  \"{name}\": {{\n    \"policy\": \"{policy}\"\n  }}");
        let document = |stages: &[String]| format!("{{\n{}\n}}\n", stages.join(",\n"));
        let [dev, test, prod] = ["dev", "test", "prod"].map(|name| stage(name, "destroy"));
        let base = document(&[dev.clone(), prod.clone()]);
        let ours = document(&[dev, test.clone(), prod.clone()]);
        let kept = stage("dev", "retain");
        let theirs = document(&[kept.clone(), prod.clone()]);
        let Merge::Clean(merged) = merge("ddk.json", &base, &ours, &theirs) else {
            panic!()
        };
        assert_eq!(parse(&merged), parse(&document(&[kept, test, prod])));
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

    #[test]
    fn a_member_that_both_added_in_different_places_is_there_once() {
        let document = |members: &[&str]| format!("{{\n{}\n}}\n", members.join(",\n"));
        let [dev, test, test_too, prod] = [
            "\"dev\": 1",
            "\"test\": {}",
            "\"test\": {\n  \"a\": 1\n}",
            "\"prod\": 1",
        ];
        let base = document(&[dev, "\"one\": 1", "\"two\": 2", prod]);
        let ours = document(&[dev, test, "\"one\": 1", "\"two\": 2", prod]);
        let theirs = document(&[dev, "\"one\": 1", "\"two\": 2", test_too, prod]);
        let Merge::Clean(twice) = lines(&base, &ours, &theirs) else {
            panic!()
        };
        assert_eq!((twice.matches("test").count(), parse_once(&twice)), (2, None));
        let Merge::Clean(merged) = merge("ddk.json", &base, &ours, &theirs) else {
            panic!()
        };
        assert_eq!(parse_once(&merged), parse(&theirs));
    }

    /// An object of few members: sides that change it meet often.
    fn document() -> impl Strategy<Value = String> {
        let leaf = (0..3_u8).prop_map(Value::from);
        let object = |member: BoxedStrategy<Value>| {
            let members = proptest::collection::vec(("[a-d]", member), 0..5);
            members.prop_map(|members| Value::Object(members.into_iter().collect()))
        };
        let inner = prop_oneof![leaf, object((0..3_u8).prop_map(Value::from).boxed())];
        object(inner.boxed()).prop_map(|document| format!("{document:#}\n"))
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
        fn a_merged_document_has_each_member_once_and_says_what_both_sides_said(
            [base, ours, theirs] in [document(), document(), document()],
        ) {
            let text = match merge("ddk.json", &base, &ours, &theirs) {
                Merge::Clean(text) => text,
                Merge::Conflict { ours, .. } => ours,
            };
            let merged = parse_once(&text).unwrap();
            let [base, ours, theirs] = [base, ours, theirs].map(|text| parse(&text).unwrap());
            for name in ["a", "b", "c", "d"] {
                let [base, ours, theirs, merged] = [&base, &ours, &theirs, &merged].map(|document| document.get(name));
                if ours == base {
                    prop_assert_eq!(merged, theirs);
                } else if theirs == base {
                    prop_assert_eq!(merged, ours);
                }
            }
        }

        #[test]
        fn git_agrees(ours in edited("ours"), theirs in edited("theirs")) {
            let lines: Vec<String> = (0..12).map(|number| format!("line {number}\n")).collect();
            let base = lines.concat();
            let merged = match merge("app.py", &base, &ours, &theirs) {
                Merge::Clean(text) => Some(text),
                Merge::Conflict { .. } => None,
            };
            prop_assert_eq!(merged, git_merge(&base, &ours, &theirs));
        }
    }
}
