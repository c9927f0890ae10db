//! What CloudFormation is asked about an application's stack, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::pipelines::get_resources::{
    ApplicationStack, ReadApplications as _, StackOutput, StackResource,
};
use aws_clients::replay::Replay;
use cloudformation::Stacks;
use domain::account::Region;
use sts::replay::{answering, session};
use time::macros::datetime;

fn answer(operation: &str, result: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><{operation}Result>{result}\
         </{operation}Result></{operation}Response>"
    );
    (200, body)
}

fn north() -> Region {
    Region::parse("eu-north-1").unwrap()
}

#[tokio::test]
async fn a_stack_is_read_in_the_region_that_is_named() {
    let described = "<Stacks><member><StackId>arn</StackId><StackName>s</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
        <CreationTime>2026-11-22T10:00:00.684Z</CreationTime><Outputs><member><OutputKey>Bucket</OutputKey>\
        <OutputValue>data</OutputValue><Description>Where it lies</Description></member></Outputs></member></Stacks>";
    let (replay, stacks) = answering([answer("DescribeStacks", described)], Stacks::new);
    let found = stacks.application(&session(), &north(), "s").await.unwrap();
    let expected = ApplicationStack {
        id: "arn".to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        reason: None,
        created_at: Some(datetime!(2026-11-22 10:00:00.684 UTC)),
        updated_at: None,
        outputs: vec![StackOutput {
            key: "Bucket".to_owned(),
            value: "data".to_owned(),
            description: Some("Where it lies".to_owned()),
        }],
    };
    assert_eq!(found, Some(expected));
    let sent = &replay.sent()[1];
    assert!(sent.uri.contains("cloudformation.eu-north-1"), "{}", sent.uri);
    assert!(sent.body.contains("StackName=s"), "{}", sent.body);
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_no_error() {
    for (code, message, expected) in [
        ("ValidationError", "Stack with id s does not exist", Ok(None)),
        ("ValidationError", "1 validation error detected", Err("Refused")),
        ("AccessDenied", "no", Err("AccessDenied")),
    ] {
        let (_, stacks) = answering([Replay::xml_error(400, code, message)], Stacks::new);
        let found = stacks.application(&session(), &north(), "s").await;
        let found = found.as_ref().map(Option::as_ref).map_err(domain::Error::name);
        assert_eq!(found, expected, "{message}");
    }
}

#[tokio::test]
async fn all_pages_of_resources_are_read_but_for_what_is_deleted() {
    let resource = |id: &str, status: &str, physical: &str| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId>{physical}<ResourceType>AWS::S3::Bucket</ResourceType>\
             <ResourceStatus>{status}</ResourceStatus><LastUpdatedTimestamp>2026-11-22T10:00:00Z</LastUpdatedTimestamp></member>"
        )
    };
    let page = |resources: &str, more: &str| {
        let summaries = format!("<StackResourceSummaries>{resources}</StackResourceSummaries>{more}");
        answer("ListStackResources", &summaries)
    };
    let named = "<PhysicalResourceId>data</PhysicalResourceId>";
    let first = resource("Data", "CREATE_COMPLETE", named) + &resource("Old", "DELETE_COMPLETE", named);
    let (replay, stacks) = answering(
        [
            page(&first, "<NextToken>more</NextToken>"),
            page(&resource("New", "CREATE_IN_PROGRESS", ""), ""),
        ],
        Stacks::new,
    );
    let found = stacks.resources(&session(), &north(), "arn").await.unwrap();
    let expected = |id: &str, status: &str, physical: Option<&str>| StackResource {
        logical_id: id.to_owned(),
        physical_id: physical.map(str::to_owned),
        kind: "AWS::S3::Bucket".to_owned(),
        status: status.to_owned(),
        status_reason: None,
        changed_at: Some(datetime!(2026-11-22 10:00 UTC)),
    };
    assert_eq!(
        found,
        [
            expected("Data", "CREATE_COMPLETE", Some("data")),
            expected("New", "CREATE_IN_PROGRESS", None)
        ]
    );
    assert!(replay.sent()[2].body.contains("NextToken=more"));
}
