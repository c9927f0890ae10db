//! `render --against`: what would become of an earlier output.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("render-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Renders a pipeline with these stages to `out`.
    fn render(&self, stages: &[(&str, &str)], out: &str, more: &[&str]) -> Output {
        let stages: Vec<Value> = stages
            .iter()
            .map(|(name, region)| json!({"name": name, "accountId": "222222222222", "region": region, "team": "research"}))
            .collect();
        let input = json!({
            "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": "cdk-trunk",
            "cicd": {"accountId": "111111111111", "region": "eu-west-1"}, "stages": stages,
        });
        fs::write(self.0.join("input.json"), input.to_string()).unwrap();
        Command::new(env!("CARGO_BIN_EXE_render"))
            .args(["input.json", out])
            .args(more)
            .current_dir(&self.0)
            .output()
            .unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn told(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_difference_is_told_and_git_can_apply_it() {
    let folder = Folder::new("difference");
    let [dev, prod] = [("dev", "eu-west-1"), ("prod", "us-east-1")];
    assert_eq!(told(&folder.render(&[dev], "before", &[])), "");
    assert_eq!(
        told(&folder.render(&[dev], "after", &["--against", "before"])),
        ""
    );
    let told = told(&folder.render(&[dev, prod], "after", &["--against", "before"]));
    let (patch, stacks) = told.split_once("\nStack ").unwrap();
    fs::write(folder.0.join("patch"), format!("{patch}\n")).unwrap();
    let applied = Command::new("git")
        .args([
            "apply",
            "--unsafe-paths",
            "--directory=before/repository",
            "patch",
        ])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(
        applied.status.success(),
        "{}",
        String::from_utf8_lossy(&applied.stderr)
    );
    for file in ["ddk.json", "app.py"] {
        let [before, after] = ["before", "after"]
            .map(|out| fs::read(folder.0.join(out).join("repository").join(file)).unwrap());
        assert_eq!(before, after, "{file}");
    }
    for words in [
        "dataall-pipeline-sales-k3j9x0ab-support-us-east-1 (us-east-1) is new:\n",
        "  + AWS::S3::Bucket ",
        "  ~ AWS::CodePipeline::Pipeline ",
        "Properties/Stages/prod-Deploy: none -> {",
        "  Permissions:\n",
        " may now: ",
    ] {
        assert!(stacks.contains(words), "{words}: {stacks}");
    }
}

#[test]
fn a_stack_that_is_not_needed_any_more_is_named() {
    let folder = Folder::new("kept");
    folder.render(&[("dev", "eu-west-1"), ("prod", "us-east-1")], "out", &[]);
    // The same folder: it is read before it is written.
    let told = told(&folder.render(&[("dev", "eu-west-1")], "out", &["--against", "out"]));
    assert!(
        told.contains("Stack dataall-pipeline-sales-k3j9x0ab-support-us-east-1 is not needed any more"),
        "{told}"
    );
    assert!(
        !Path::new(
            &folder
                .0
                .join("out/stacks/dataall-pipeline-sales-k3j9x0ab-support-us-east-1.template.json")
        )
        .exists()
    );
}

#[test]
fn an_option_that_is_not_known_is_refused() {
    let output = Folder::new("option").render(&[("dev", "eu-west-1")], "out", &["--before", "x"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--against DIR"));
}
