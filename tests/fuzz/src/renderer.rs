//! The renderer: what a parsed pipeline holds lands in files of many languages, and stays data there.

use domain::blueprint::Blueprint;
use serde_json::Value;

pub(crate) fn fuzz(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let Ok(blueprint) = domain::input::parse::<Blueprint>(&input) else {
        return;
    };
    let repository = rendering::repository(&blueprint).unwrap();
    for file in repository.files() {
        assert!(
            file.content.ends_with('\n') || file.content.is_empty(),
            "{}",
            file.path
        );
        if file.path.rsplit('.').next() == Some("json") {
            let parsed: Value = serde_json::from_str(&file.content).unwrap();
            assert!(parsed.is_object(), "{}", file.path);
        }
    }
    assert_eq!(
        rendering::repository(&blueprint).unwrap().digest(),
        repository.digest()
    );
    let stacks = cicd_template::stacks(&blueprint).unwrap();
    for stack in stacks.in_order() {
        let template: Value = serde_json::from_str(&stack.template).unwrap();
        assert!(template["Resources"].is_object(), "{}", stack.name);
    }
}
