//! The operator's guide tells of every error by its name, and of no other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use domain::Error;
use regex::Regex;
use serde_json::Value;
use strum::VariantNames as _;

const OWN: &str = "### The platform's own";
const AROUND: &str = "### From around it";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: impl AsRef<Path>) -> String {
    let path = repository().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names in the first column of the guide's table below `heading`, in order.
fn told(heading: &str) -> Vec<String> {
    let guide = read("docs/operations.md");
    let section = guide
        .split_once(heading)
        .unwrap_or_else(|| panic!("the guide has no {heading:?}"))
        .1;
    let section = section.split("\n#").next().unwrap_or_default();
    let row = Regex::new(r"(?m)^\| `([^`]+)` \| [^|]+ \| [^|]+ \|$").unwrap();
    row.captures_iter(section).map(|row| row[1].to_owned()).collect()
}

/// The files below `directory` whose names end in `ending`.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, ending)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect()
}

/// The strings at the key `Error` anywhere in `document`.
fn errors_in(document: &Value) -> Vec<String> {
    match document {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(name) if key == "Error" => vec![name.clone()],
                value => errors_in(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(errors_in).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_guide_tells_of_each_error_in_the_order_of_the_code() {
    assert_eq!(told(OWN), Error::VARIANTS);
}

#[test]
fn the_guide_tells_of_the_errors_that_the_code_names_beside_the_domains() {
    let told: BTreeSet<String> = told(OWN).into_iter().chain(told(AROUND)).collect();
    let literal = Regex::new(r#"\berror: "([A-Z][A-Za-z.]*)""#).unwrap();
    let mut named = BTreeSet::new();
    for directory in ["shared/application/src", "shared/lambda-edge/src"] {
        for file in files(&repository().join(directory), ".rs") {
            let source = fs::read_to_string(&file).unwrap();
            // What follows are tests.
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            named.extend(literal.captures_iter(source).map(|name| name[1].to_owned()));
        }
    }
    let mut machines = files(&repository().join("infra"), ".asl.json");
    machines.push(repository().join("statemachine.asl.json"));
    for machine in machines {
        named.extend(errors_in(&serde_json::from_str(&read(machine)).unwrap()));
    }
    assert!(
        !named.is_empty(),
        "the code names errors in another way by now: {named:?}"
    );
    let untold: Vec<&String> = named.difference(&told).collect();
    assert!(untold.is_empty(), "the guide does not tell of {untold:?}");
}

#[test]
fn the_guide_tells_of_each_alarm() {
    let template = read("infra/template.yaml");
    let alarms: Vec<String> = Regex::new(r"AlarmName: !Sub \$\{Prefix\}(\S+)")
        .unwrap()
        .captures_iter(&template)
        .map(|alarm| format!("dataall{}", &alarm[1]))
        .collect();
    assert_eq!(told("### Alarms"), alarms);
}

/// What GitHub makes of a heading in an address.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    heading
        .to_lowercase()
        .replace(' ', "-")
        .chars()
        .filter(kept)
        .collect()
}

/// The places in the guide that a link may name.
fn anchors() -> BTreeSet<String> {
    anchors_of("docs/operations.md")
}

fn anchors_of(document: &str) -> BTreeSet<String> {
    let guide = read(document);
    let place = Regex::new(r#"(?m)^#+ (?<heading>.+)$|<a id="(?<id>[^"]+)">"#).unwrap();
    place
        .captures_iter(&guide)
        .map(|place| match place.name("heading") {
            Some(heading) => anchor(heading.as_str()),
            None => place["id"].to_owned(),
        })
        .collect()
}

#[test]
fn the_links_of_the_guide_lead_somewhere() {
    let (guide, anchors) = (read("docs/operations.md"), anchors());
    let link = Regex::new(r"\]\(([^)]+)\)").unwrap();
    for link in link.captures_iter(&guide).map(|link| link[1].to_owned()) {
        if let Some(anchor) = link.strip_prefix('#') {
            assert!(anchors.contains(anchor), "nothing is called {link}");
            continue;
        }
        let (file, place) = link.split_once('#').unwrap_or((&link, ""));
        assert!(repository().join("docs").join(file).exists(), "no file {link}");
        if !place.is_empty() {
            let there = anchors_of(&format!("docs/{file}"));
            assert!(there.contains(place), "nothing is called {link}");
        }
    }
}

#[test]
fn alarms_name_places_of_the_guide() {
    let (template, anchors) = (read("infra/template.yaml"), anchors());
    let named: BTreeSet<String> = Regex::new(r"docs/operations\.md#(\S+)")
        .unwrap()
        .captures_iter(&template)
        .map(|place| place[1].to_owned())
        .collect();
    assert!(!named.is_empty());
    let missing: Vec<&String> = named.difference(&anchors).collect();
    assert!(missing.is_empty(), "the guide has no {missing:?}");
}
