//! The patterns that clients read in the OpenAPI document say what the parsers do.

use std::sync::LazyLock;

use domain::{
    account::{AccountId, BootstrapQualifier, ExternalId, PermissionsBoundary, Region},
    approval::Comment,
    environment::Label,
    ids::{DeploymentId, EnvironmentId, PipelineId, PipelineName, RedeploymentId, RunId, StageName},
    names::EventBusArn,
    pipeline::Description,
    prefix::Prefix,
    repository::{BranchName, FilePath},
    request::{IdempotencyKey, RequestId},
    run::StopReason,
    team::{TeamName, Username},
};
use proptest::{prelude::*, string::string_regex};
use regex::Regex;

/// Whatever `$type` accepts matches its pattern.
macro_rules! accepts_no_more_than_its_pattern {
    ($($test:ident: $type:ty, from $texts:literal;)*) => { proptest! { $(
        #[test]
        fn $test(text in $texts) {
            static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(<$type>::PATTERN).unwrap());
            if <$type>::parse(text.clone()).is_ok() {
                prop_assert!(PATTERN.is_match(&text), "{text:?}");
            }
        }
    )* } };
}

accepts_no_more_than_its_pattern! {
    account_id: AccountId, from "[0-9a]{11,13}";
    region: Region, from "(eu|us|cn|ap)-(gov-)?(north|south|west|central)?(east|west)?-[0-9]";
    qualifier: BootstrapQualifier, from "[a-zA-Z0-9_]{0,11}";
    boundary: PermissionsBoundary, from "(arn:aws:iam::([0-9]{12}|aws):policy/|arn:)?([a-z/@ -]{0,8}|[a-z]{127,129}|([a-z]{255}/){2}[a-z]{0,2})";
    external_id: ExternalId, from "[a-z:/ !-]{0,5}";
    team: TeamName, from "[a-zA-Z0-9_.+=@ ,-]{0,5}";
    username: Username, from "[a-z@\u{e9} \n\t]{0,4}";
    run_id: RunId, from "[0-9a-g]{8}(-[0-9a-f]{4}){3}-[0-9a-fA]{11,13}";
    pipeline_id: PipelineId, from "[a-z0-9A-]{7,9}";
    pipeline_name: PipelineName, from "[a-zA0-9-]{0,6}";
    description: Description, from "[a-z \n\t\r\u{85}\u{fffe}]{0,4}";
    stage_name: StageName, from "[a-zA0-9-]{0,17}";
    environment_id: EnvironmentId, from "env-[a-z0-9A]{7,9}";
    label: Label, from "[a-z \n\t\u{1}\u{85}\u{a0}\u{fffe}]{0,4}";
    deployment_id: DeploymentId, from "[0-9a-z]{26}";
    redeployment_id: RedeploymentId, from "[0-9a-fA]{8}(-[0-9a-f]{4}){2,4}-[0-9a-f]{11,12}";
    prefix: Prefix, from "[a-zA0-9-]{0,6}";
    event_bus: EventBusArn, from "arn:aws:events:eu-west-1:0{11,12}:event-bus/[a-zA-Z0-9._/ -]{0,4}";
    branch: BranchName, from "[a-z/.@{~^:?*\\[ \t]{0,6}";
    request_id: RequestId, from "[a-zA-Z0-9=_ \n\u{e9}-]{0,9}";
    path: FilePath, from "[a-z/. \t\n]{0,6}";
    stop_reason: StopReason, from "[a-z \n\t\u{1}\u{85}\u{a0}\u{fffe}]{0,4}";
    comment: Comment, from "[a-z \n\t\r\u{85}\u{fffe}]{0,4}";
    idempotency_key: IdempotencyKey, from "[a-z \t\u{e9}~]{0,4}|[a-z]{254,256}";
}

/// Whatever matches the pattern of `$type`, and fits `$length`, is accepted.
macro_rules! accepts_all_of_its_pattern {
    ($($test:ident: $type:ty, $length:expr;)*) => { proptest! {
        // Most of what matches the pattern of a short name is too long.
        #![proptest_config(ProptestConfig { max_global_rejects: 10_000, ..ProptestConfig::default() })]
        $(
        #[test]
        fn $test(text in string_regex(<$type>::PATTERN.trim_matches(['^', '$'])).unwrap()) {
            prop_assume!($length.contains(&text.len()));
            prop_assert!(<$type>::parse(text.clone()).is_ok(), "{text:?}: {:?}", <$type>::parse(text.clone()));
        }
    )* } };
}

accepts_all_of_its_pattern! {
    every_account_id: AccountId, 12..=12;
    every_region: Region, 0..=99;
    every_qualifier: BootstrapQualifier, 1..=10;
    every_external_id: ExternalId, 0..=1224;
    every_team: TeamName, 1..=64;
    every_pipeline_id: PipelineId, 8..=8;
    every_pipeline_name: PipelineName, 2..=32;
    every_stage_name: StageName, 1..=16;
    every_environment_id: EnvironmentId, 12..=12;
    every_deployment_id: DeploymentId, 26..=26;
    every_redeployment_id: RedeploymentId, 36..=36;
    every_request_id: RequestId, 1..=128;
    every_prefix: Prefix, 2..=12;
    every_label: Label, 1..;
    every_stop_reason: StopReason, 1..;
    every_comment: Comment, 0..;
    every_description: Description, 0..=1_000;
    every_boundary: PermissionsBoundary, 1..;
    every_idempotency_key: IdempotencyKey, 1..=255;
}
