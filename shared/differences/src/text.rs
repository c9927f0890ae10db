//! Unified differences of files.

use similar::TextDiff;

/// So many lines stand around each change, as in git.
const CONTEXT: usize = 3;

/// The difference between two states of the file `path`, as git writes it; none of a state means that there is no such file. Empty
/// where nothing differs.
#[must_use]
pub fn unified(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: &str, state: Option<&str>| match state {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let (from, to) = (name("a", before), name("b", after));
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    diff.unified_diff()
        .context_radius(CONTEXT)
        .header(&from, &to)
        .to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::{fs, process::Command};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_change_stands_among_three_lines_of_context() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = before.replace("5\n", "five\n");
        let expected = "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
        assert_eq!(unified("x", Some(before), Some(&after)), expected);
        assert_eq!(unified("x", Some(before), Some(before)), "");
    }

    #[test]
    fn a_file_that_comes_or_goes_has_one_name() {
        assert_eq!(
            unified("a/b", None, Some("1\n")),
            "--- /dev/null\n+++ b/a/b\n@@ -0,0 +1 @@\n+1\n"
        );
        assert!(unified("a/b", Some("1\n"), None).starts_with("--- a/a/b\n+++ /dev/null\n"));
    }

    /// Lines of few words: both sides often have the same ones.
    fn file() -> impl Strategy<Value = String> {
        let line = prop_oneof![Just("one"), Just("two"), Just("three"), Just("")];
        (proptest::collection::vec(line, 0..12), any::<bool>())
            .prop_map(|(lines, ended)| lines.join("\n") + if ended { "\n" } else { "" })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn git_makes_the_new_file_of_the_old_one_by_it(before in file(), after in file()) {
            prop_assume!(!before.is_empty() && !after.is_empty() && before != after);
            let name = format!("difference-{}-{:?}", std::process::id(), std::thread::current().id());
            let directory = std::env::temp_dir().join(name);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join("x"), &before).unwrap();
            fs::write(directory.join("patch"), unified("x", Some(&before), Some(&after))).unwrap();
            let applied = Command::new("git").args(["apply", "--unsafe-paths", "patch"]).current_dir(&directory).output().unwrap();
            let made = fs::read_to_string(directory.join("x")).unwrap();
            fs::remove_dir_all(&directory).unwrap();
            prop_assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
            prop_assert_eq!(made, after);
        }
    }
}
