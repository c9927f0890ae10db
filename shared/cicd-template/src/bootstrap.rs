//! What the CDK adds to a template so that it is not deployed where the CDK's bootstrap is too old.

use domain::account::Target;
use serde_json::{Map, Value, json};

use crate::intrinsics::reference;

/// The sections `Parameters` and `Rules`.
pub(crate) fn version_check(target: &Target) -> Map<String, Value> {
    let mut sections = Map::new();
    sections.insert(
        "Parameters".to_owned(),
        json!({
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": target.bootstrap_version_parameter(),
                "Description": "Version of the CDK Bootstrap resources in this environment, automatically retrieved \
                                from SSM Parameter Store. [cdk:skip]",
            }
        }),
    );
    sections.insert(
        "Rules".to_owned(),
        json!({
            "CheckBootstrapVersion": {
                "Assertions": [{
                    "Assert": {
                        "Fn::Not": [{
                            "Fn::Contains": [["1", "2", "3", "4", "5"], reference("BootstrapVersion")]
                        }]
                    },
                    "AssertDescription": "CDK bootstrap stack version 6 required. Please run 'cdk bootstrap' with a \
                                          recent version of the CDK CLI.",
                }]
            }
        }),
    );
    sections
}
