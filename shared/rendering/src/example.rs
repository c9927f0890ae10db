//! A blueprint for this crate's tests.

use domain::blueprint::Blueprint;
use serde_json::{Value, json};

/// A pipeline with two stages, its input changed by `change`.
pub(crate) fn blueprint(change: impl FnOnce(&mut Value)) -> Blueprint {
    let mut input = json!({
        "id": "k3j9x0ab", "name": "sales", "team": "research", "strategy": "cdk-trunk",
        "cicd": { "accountId": "111111111111", "region": "eu-west-1" },
        "stages": [
            { "name": "dev", "accountId": "022222222222", "region": "eu-west-1", "team": "research" },
            { "name": "prod", "accountId": "333333333333", "region": "us-east-1", "team": "sales-ops",
              "manualApproval": true }
        ]
    });
    change(&mut input);
    domain::input::parse(&input).unwrap()
}
