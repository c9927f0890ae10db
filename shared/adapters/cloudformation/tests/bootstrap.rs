//! What is read of the stacks with which an account was made ready.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use application::linked_accounts::bootstrap::{InspectAccount as _, StackSettings};
use aws_clients::replay::Replay;
use cloudformation::Stacks;
use sts::replay::{answering, session};

#[tokio::test]
async fn parameters_and_outputs_are_read_in_the_sessions_region() {
    let described = "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult><Stacks>\
        <member><StackId>arn</StackId><StackName>CDKToolkit</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
        <CreationTime>2026-11-22T10:00:00Z</CreationTime><Parameters><member><ParameterKey>Qualifier</ParameterKey>\
        <ParameterValue>hnb659fds</ParameterValue></member><member><ParameterKey>TrustedAccounts</ParameterKey>\
        <ParameterValue></ParameterValue></member></Parameters><Outputs><member><OutputKey>BootstrapVersion</OutputKey>\
        <OutputValue>29</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";
    let (replay, stacks) = answering([(200, described)], Stacks::new);
    let found = stacks
        .stack_settings(&session(), "CDKToolkit")
        .await
        .unwrap()
        .unwrap();
    let text = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let expected = StackSettings {
        parameters: text(&[("Qualifier", "hnb659fds"), ("TrustedAccounts", "")]),
        outputs: text(&[("BootstrapVersion", "29")]),
    };
    assert_eq!(found, expected);
    let sent = &replay.sent()[1];
    assert!(sent.uri.contains("cloudformation.eu-west-1"), "{}", sent.uri);
    assert!(sent.body.contains("StackName=CDKToolkit"), "{}", sent.body);
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_told_from_one_that_may_not_be_read() {
    let gone = Replay::xml_error(400, "ValidationError", "Stack with id CDKToolkit does not exist");
    let (_, stacks) = answering([gone], Stacks::new);
    assert_eq!(
        stacks.stack_settings(&session(), "CDKToolkit").await.unwrap(),
        None
    );
    let (_, stacks) = answering([Replay::xml_error(403, "AccessDenied", "no")], Stacks::new);
    let error = stacks.stack_settings(&session(), "CDKToolkit").await.unwrap_err();
    assert_eq!(error.name(), "AccessDenied");
}
