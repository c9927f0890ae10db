//! Redeployments: one request to deploy any number of pipelines again.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::{
    account::AccountId,
    audit::Subject,
    ids::{EnvironmentId, PipelineId, RedeploymentId},
    input::{FromInput, Members},
    problems::{Pointer, Problems},
    strategy::Strategy,
    team::{TeamName, Username},
};

/// The pipelines that are meant. As JSON an object with exactly one member: `{"pipelineId"}`, `{"environmentId"}`,
/// `{"strategy"}` or `{"all": true}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    #[serde(rename = "pipelineId")]
    Pipeline(PipelineId),
    /// The pipelines that use an environment, for their repository and stack or for a stage.
    #[serde(rename = "environmentId")]
    Environment(EnvironmentId),
    /// The pipelines that follow a strategy.
    #[serde(rename = "strategy")]
    Strategy(Strategy),
    /// Every pipeline.
    #[serde(rename = "all", serialize_with = "write_true", deserialize_with = "read_true")]
    All,
}

impl Target {
    /// What the audit trail tells it at: none for a strategy's or all pipelines, whose deployments name the redeployment.
    #[must_use]
    pub fn audited_at(&self) -> Option<Subject> {
        match self {
            Self::Pipeline(id) => Some(Subject::Pipeline(id.clone())),
            Self::Environment(id) => Some(Subject::Environment(id.clone())),
            Self::Strategy(_) | Self::All => None,
        }
    }
}

fn write_true<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(true)
}

fn read_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    if bool::deserialize(deserializer)? {
        Ok(())
    } else {
        Err(de::Error::custom("all must be true"))
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Target {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::{
            ObjectBuilder, OneOfBuilder, RefOr, Schema,
            schema::{AdditionalProperties, Type},
        };
        let one = |name: &str, schema: RefOr<Schema>| {
            ObjectBuilder::new()
                .property(name, schema)
                .required(name)
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let all = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .enum_values(Some([true]));
        OneOfBuilder::new()
            .description(Some("The pipelines that are meant: exactly one of the members."))
            .item(one("pipelineId", PipelineId::schema()))
            .item(one("environmentId", EnvironmentId::schema()))
            .item(one("strategy", Strategy::schema()))
            .item(one("all", all.into()))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Target {}

/// The `true` of `{"all": true}`.
struct True;

impl FromInput for True {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        if bool::from_input(value, at, problems)? {
            Some(Self)
        } else {
            problems.add(
                at,
                "must be true: leave it out to name a pipeline, an environment or a strategy",
            );
            None
        }
    }
}

impl FromInput for Target {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let mut members = Members::of(value, at, problems)?;
        let pipeline = members.if_there("pipelineId", problems);
        let environment = members.if_there("environmentId", problems);
        let strategy = members.if_there("strategy", problems);
        let all: Option<Option<True>> = members.if_there("all", problems);
        members.finish(problems);
        let mut named: Vec<Self> = [
            pipeline?.map(Self::Pipeline),
            environment?.map(Self::Environment),
            strategy?.map(Self::Strategy),
            all?.map(|True| Self::All),
        ]
        .into_iter()
        .flatten()
        .collect();
        match (named.pop(), named.is_empty()) {
            (Some(target), true) => Some(target),
            (target, _) => {
                let wanted = "exactly one of pipelineId, environmentId, strategy and all";
                let found = named.len() + usize::from(target.is_some());
                problems.add(at, format!("must name {wanted}, names {found}"));
                None
            }
        }
    }
}

/// Why pipelines are deployed again, which decides whether one that is as it should be is deployed, too.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// Somebody asked for it: each pipeline is deployed.
    Requested,
    /// The schedule: what is out of date or has drifted is deployed.
    Scheduled,
    /// An environment was changed: the pipelines that were deployed with its former settings are deployed.
    #[serde(rename_all = "camelCase")]
    EnvironmentChanged {
        /// The environment.
        environment_id: EnvironmentId,
    },
    /// Somebody deleted a stack: its pipeline is deployed if the stack still belonged to it.
    #[serde(rename_all = "camelCase")]
    StackDeleted {
        /// The ARN that the stack had.
        stack_id: String,
        /// The account that it was in.
        account_id: AccountId,
    },
    /// A pipeline is not as it was deployed: it is deployed.
    Drifted {
        /// What differs, in words.
        differences: Vec<String>,
    },
    /// A pipeline is as it was deployed: nothing is done.
    InSync,
}

/// A redeployment's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Redeployment {
    #[serde(rename = "redeploymentId")]
    pub id: RedeploymentId,
    /// The pipelines that are meant.
    pub target: Target,
    /// Why they are deployed again.
    pub cause: Cause,
    /// Who or what asked for it.
    pub requested_by: Username,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// The teams for which it is: it takes the pipelines that these may deploy. None for all pipelines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teams: Option<BTreeSet<TeamName>>,
    /// The teams that find it in their lists: those that may have the same deployed again. Administrators find all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub listed_for: BTreeSet<TeamName>,
    /// Who cancelled it and when.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<Cancellation>,
}

impl Redeployment {
    /// When its record and its rows in lists go.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.requested_at + Duration::days(HISTORY_DAYS.into())
    }
}

/// A redeployment goes no further. Deployments that run end by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Who cancelled it.
    #[serde(rename = "cancelledBy")]
    pub by: Username,
    /// When.
    #[serde(rename = "cancelledAt", with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// How many days a redeployment can be read after it was asked for: as long as Step Functions keeps its execution.
pub const HISTORY_DAYS: u32 = 90;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::input::parse;

    fn problems(input: &Value) -> Vec<(String, String)> {
        let problems = parse::<Target>(input).unwrap_err();
        problems
            .as_slice()
            .iter()
            .map(|problem| (problem.pointer.as_str().to_owned(), problem.detail.clone()))
            .collect()
    }

    #[test]
    fn each_target_is_written_as_it_is_read() {
        let inputs = [
            json!({"pipelineId": "k3j9x0ab"}),
            json!({"environmentId": "env-a1b2c3d4"}),
            json!({"strategy": "gitflow"}),
            json!({"all": true}),
        ];
        for input in inputs {
            let target: Target = parse(&input).unwrap();
            assert_eq!(serde_json::to_value(&target).unwrap(), input);
            assert_eq!(serde_json::from_value::<Target>(input).unwrap(), target);
        }
    }

    #[test]
    fn a_target_names_exactly_one_thing() {
        let none = problems(&json!({}));
        assert_eq!(none[0].0, "");
        assert!(none[0].1.ends_with("names 0"), "{none:?}");
        let two = problems(&json!({"pipelineId": "k3j9x0ab", "all": true}));
        assert!(two[0].1.ends_with("names 2"), "{two:?}");
    }

    #[test]
    fn everything_that_is_wrong_with_a_target_is_told_with_its_place() {
        let told = problems(&json!({"pipelineId": 1, "strategy": "x", "all": false, "pipeline": "y"}));
        let places: Vec<&str> = told.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["/pipelineId", "/strategy", "/all", "/pipeline"]);
        assert!(serde_json::from_value::<Target>(json!({"all": false})).is_err());
    }

    #[test]
    fn a_record_is_flat_and_its_cancellation_beside_the_rest() {
        let json = json!({
            "redeploymentId": "6b7c0f0e-8d0a-4b4e-9f5e-0c1d2e3f4a5b", "target": {"all": true},
            "cause": {"kind": "STACK_DELETED", "stackId": "arn", "accountId": "111111111111"},
            "requestedBy": "alice", "requestedAt": "2026-11-22T10:00:00Z",
            "cancelledBy": "bob", "cancelledAt": "2026-11-22T10:01:00Z",
        });
        let record: Redeployment = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(record.cancellation.as_ref().unwrap().by.as_str(), "bob");
        assert_eq!(serde_json::to_value(&record).unwrap(), json);
        let running = Redeployment {
            cancellation: None,
            ..record
        };
        let json = serde_json::to_value(&running).unwrap();
        assert!(json.get("cancelledAt").is_none(), "{json}");
        assert_eq!(serde_json::from_value::<Redeployment>(json).unwrap(), running);
    }
}
