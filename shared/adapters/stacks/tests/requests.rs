//! What CloudFormation is asked, and what its answers mean.
#![allow(missing_docs, reason = "a test is documented by its name")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use accounts::replay::{answering, session};
use application::workflow::{
    check_stack::StackEvents,
    deploy_stack::{ChangeStacks, Created, NewStack},
    render_repository::RenderedStack,
    stacks::DescribeStacks,
};
use aws_clients::replay::Replay;
use domain::{Result, account::Region};
use stacks::Stacks;

fn answer(operation: &str, result: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><{operation}Result>{result}\
         </{operation}Result></{operation}Response>"
    );
    (200, body)
}

fn refused(code: &str, message: &str) -> (u16, String) {
    Replay::xml_error(400, code, message)
}

fn stack() -> RenderedStack {
    RenderedStack {
        name: "dataall-pipeline-sales".to_owned(),
        region: Region::parse("eu-west-1").unwrap(),
        bytes: 2,
        digest: None,
    }
}

async fn create(stacks: &Stacks, template: &str) -> Result<Created> {
    let new = NewStack {
        stack: &stack(),
        template,
        role_arn: "arn:aws:iam::111111111111:role/cdk-cfn-exec",
        bucket: "cdk-hnb659fds-assets-111111111111-eu-west-1",
        token: "01k9v3xv0m0000000000000001-create",
    };
    stacks.create(&session(), &new).await
}

#[tokio::test]
async fn a_stack_is_created_as_the_cdk_would() {
    let (replay, stacks) = answering([answer("CreateStack", "<StackId>arn</StackId>")], Stacks::new);
    assert_eq!(
        create(&stacks, "{}").await.unwrap(),
        Created::Begun("arn".to_owned())
    );
    let body = replay.sent()[1].body.clone();
    for parameter in [
        "StackName=dataall-pipeline-sales",
        "TemplateBody=%7B%7D",
        "RoleARN=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fcdk-cfn-exec",
        "ClientRequestToken=01k9v3xv0m0000000000000001-create",
        "Capabilities.member.2=CAPABILITY_NAMED_IAM",
        "RetainExceptOnCreate=true",
    ] {
        assert!(body.contains(parameter), "{parameter} in {body}");
    }
    assert!(
        !body.contains("Tags") && !body.contains("EnableTerminationProtection"),
        "{body}"
    );
}

#[tokio::test]
async fn a_template_goes_by_url_when_it_is_too_long_for_a_body() {
    for (bytes, by_url) in [(51_200, false), (51_201, true)] {
        let created = answer("CreateStack", "<StackId>arn</StackId>");
        let put = (200, String::new());
        let (replay, stacks) = answering(
            if by_url { vec![put, created] } else { vec![created] },
            Stacks::new,
        );
        create(&stacks, &"x".repeat(bytes)).await.unwrap();
        let sent = replay.sent();
        let create = &sent.last().unwrap().body;
        assert_eq!(
            (create.contains("TemplateURL="), create.contains("TemplateBody=")),
            (by_url, !by_url)
        );
        if by_url {
            let put = &sent[1];
            let key =
                "dataall-pipelines/01k9v3xv0m0000000000000001-create/dataall-pipeline-sales.template.json";
            assert!(
                put.method == "PUT" && put.uri.contains(key),
                "{} {}",
                put.method,
                put.uri
            );
            assert!(put.headers.contains(&(
                "x-amz-expected-bucket-owner".to_owned(),
                "111111111111".to_owned()
            )));
            let url = format!(
                "https://cdk-hnb659fds-assets-111111111111-eu-west-1.s3.eu-west-1.amazonaws.com/{key}"
            );
            assert!(
                create.contains(&url.replace(':', "%3A").replace('/', "%2F")),
                "{create}"
            );
        }
    }
}

#[tokio::test]
async fn a_stack_that_is_there_already_is_no_error() {
    let (_, stacks) = answering(
        [refused("AlreadyExistsException", "Stack already exists")],
        Stacks::new,
    );
    assert_eq!(create(&stacks, "{}").await.unwrap(), Created::Exists);
    for (code, name) in [
        ("InsufficientCapabilitiesException", "Refused"),
        ("Throttling", "Throttled"),
    ] {
        let (_, stacks) = answering([refused(code, "")], Stacks::new);
        assert_eq!(create(&stacks, "{}").await.unwrap_err().name(), name);
    }
}

#[tokio::test]
async fn absence_is_told_from_other_validation_errors() {
    let describe = async |message: &str| {
        let (_, stacks) = answering([refused("ValidationError", message)], Stacks::new);
        stacks
            .describe(&session(), &stack().region, "dataall-pipeline-sales")
            .await
    };
    assert_eq!(
        describe("Stack with id dataall-pipeline-sales does not exist")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        describe("1 validation error detected").await.unwrap_err().name(),
        "Refused"
    );
}

#[tokio::test]
async fn the_last_operation_ends_where_it_was_initiated() {
    let event = |id: &str, physical: &str, token: &str, reason: &str| {
        format!(
            "<member><StackId>arn</StackId><EventId>e</EventId><StackName>s</StackName><Timestamp>2026-11-22T10:00:00Z\
             </Timestamp><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
             <ClientRequestToken>{token}</ClientRequestToken><ResourceStatus>CREATE_FAILED</ResourceStatus>\
             <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
        )
    };
    let page = |events: &[String], next: &str| {
        answer(
            "DescribeStackEvents",
            &format!("<StackEvents>{}</StackEvents>{next}", events.concat()),
        )
    };
    let newest = page(
        &[event("third", "", "t", "no"), event("second", "", "t", "no")],
        "<NextToken>n</NextToken>",
    );
    let older = page(
        &[
            event("first", "arn", "t", "User Initiated"),
            event("of another operation", "", "t", "no"),
        ],
        "<NextToken>n</NextToken>",
    );
    let (replay, stacks) = answering([newest, older], Stacks::new);
    let events = stacks
        .last_operation(&session(), &stack().region, "arn")
        .await
        .unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.logical_id.as_str()).collect();
    assert_eq!(ids, ["first", "second", "third"]);
    assert_eq!(replay.sent().len(), 3, "no further page is read");
}
