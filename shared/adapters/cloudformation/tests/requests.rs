//! What CloudFormation is asked, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::{
    linked_accounts::stacks::{DescribeStacks, FoundStack},
    workflow::{
        check_stack::StackEvents,
        delete_stack::DeleteStacks,
        deletion::PlannedStack,
        deploy_stack::{ChangeStacks, Created, NewStack, StackChange, Updated},
        prepare_deletion::{InspectStacks, StackBucket},
        render_repository::RenderedStack,
    },
};
use aws_clients::replay::Replay;
use cloudformation::Stacks;
use domain::{Result, account::Region};
use sts::replay::{answering, session};

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

const ROLE: &str = "arn:aws:iam::111111111111:role/cdk-cfn-exec";
const ROLE_AS_SENT: &str = "RoleARN=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fcdk-cfn-exec";

fn new<'a>(stack: &'a RenderedStack, template: &'a str) -> NewStack<'a> {
    NewStack {
        stack,
        template,
        role_arn: ROLE,
        bucket: "cdk-hnb659fds-assets-111111111111-eu-west-1",
        token: "01k9v3xv0m0000000000000001-create",
    }
}

async fn create(stacks: &Stacks, template: &str) -> Result<Created> {
    stacks.create(&session(), &new(&stack(), template)).await
}

async fn update(stacks: &Stacks) -> Result<Updated> {
    stacks.update(&session(), &new(&stack(), "{}")).await
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
        ROLE_AS_SENT,
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
        // A quota: <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>
        ("LimitExceededException", "Refused"),
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

#[tokio::test]
async fn an_update_acknowledges_what_the_creation_did() {
    let (replay, stacks) = answering(
        [
            answer("CreateStack", "<StackId>arn</StackId>"),
            answer("UpdateStack", "<StackId>arn</StackId>"),
        ],
        Stacks::new,
    );
    create(&stacks, "{}").await.unwrap();
    assert_eq!(update(&stacks).await.unwrap(), Updated::Begun);
    let parameters = |body: &str| -> Vec<String> {
        // The deletion of what a failed creation made says nothing to an update.
        let own =
            |parameter: &&str| !parameter.starts_with("Action=") && !parameter.starts_with("RetainExcept");
        body.split('&').filter(own).map(str::to_owned).collect()
    };
    let [_, created, updated] = &replay.sent()[..] else {
        panic!("a creation and an update")
    };
    assert!(updated.body.contains("Action=UpdateStack") && updated.body.contains("CAPABILITY_AUTO_EXPAND"));
    assert_eq!(parameters(&created.body), parameters(&updated.body));
}

#[tokio::test]
async fn refusals_to_update_are_told_apart() {
    let nothing = refused("ValidationError", "No updates are to be performed.");
    let (_, stacks) = answering([nothing], Stacks::new);
    assert_eq!(update(&stacks).await.unwrap(), Updated::NothingToDo);
    let busy = "Stack:arn is in UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS state and can not be updated.";
    for (code, message, name) in [
        ("TokenAlreadyExistsException", "", "ConcurrentChange"),
        ("ValidationError", busy, "ConcurrentChange"),
        ("ValidationError", "Template format error", "Refused"),
        ("Throttling", "Rate exceeded", "Throttled"),
        ("AccessDenied", "not authorized", "AccessDenied"),
    ] {
        let (_, stacks) = answering([refused(code, message)], Stacks::new);
        assert_eq!(
            update(&stacks).await.unwrap_err().name(),
            name,
            "{code}: {message}"
        );
    }
}

#[tokio::test]
async fn a_change_names_the_stack_by_its_id() {
    let stack = stack();
    let change = StackChange {
        stack: &stack,
        stack_id: "the-id",
        role_arn: ROLE,
        token: "t",
    };
    let (replay, stacks) = answering(
        [answer("DeleteStack", ""), answer("ContinueUpdateRollback", "")],
        Stacks::new,
    );
    stacks.delete(&session(), &change).await.unwrap();
    stacks.continue_rollback(&session(), &change).await.unwrap();
    let sent = replay.sent();
    for (sent, action) in sent[1..].iter().zip(["DeleteStack", "ContinueUpdateRollback"]) {
        for parameter in [
            &format!("Action={action}&"),
            "StackName=the-id",
            ROLE_AS_SENT,
            "ClientRequestToken=t",
        ] {
            assert!(sent.body.contains(parameter), "{parameter} in {}", sent.body);
        }
    }
}

#[tokio::test]
async fn refusals_to_delete_are_told_apart() {
    let stack = PlannedStack {
        name: stack().name,
        region: stack().region,
        stack_id: "the-id".to_owned(),
    };
    let protected = "Stack [dataall-pipeline-sales] cannot be deleted while TerminationProtection is enabled";
    for (code, message, name) in [
        ("ValidationError", protected, "StackProtected"),
        ("ValidationError", "Role is invalid", "Refused"),
        ("Throttling", "Rate exceeded", "Throttled"),
        ("AccessDenied", "not authorized", "AccessDenied"),
    ] {
        let (_, stacks) = answering([refused(code, message)], Stacks::new);
        let begun = stacks.begin_deletion(&session(), &stack, ROLE, "t").await;
        assert_eq!(begun.unwrap_err().name(), name, "{code}: {message}");
    }
}

#[tokio::test]
async fn the_newest_event_tells_the_last_request() {
    let events = |events: &str| {
        answer(
            "DescribeStackEvents",
            &format!("<StackEvents>{events}</StackEvents><NextToken>n</NextToken>"),
        )
    };
    let event = |token: &str| {
        format!(
            "<member><StackId>the-id</StackId><EventId>e</EventId><StackName>s</StackName>{token}</member>"
        )
    };
    let of = |token: &str| event(&format!("<ClientRequestToken>{token}</ClientRequestToken>"));
    for (given, expected) in [
        (events(&(of("newest") + &of("older"))), Some("newest")),
        // Somebody's by hand, which has none.
        (events(&(event("") + &of("older"))), None),
        (events(""), None),
    ] {
        let (replay, stacks) = answering([given], Stacks::new);
        let token = stacks
            .last_token(&session(), &stack().region, "the-id")
            .await
            .unwrap();
        assert_eq!(token.as_deref(), expected);
        assert_eq!(replay.sent().len(), 2, "one page is enough");
    }
}

/// A resource of a stack as `ListStackResources` and `DescribeStackEvents` have it.
fn resource(kind: &str, logical_id: &str, name: &str, status: &str) -> String {
    format!(
        "<member><StackId>the-id</StackId><EventId>e</EventId><StackName>s</StackName><ResourceType>{kind}</ResourceType>\
         <LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>{name}</PhysicalResourceId>\
         <ResourceStatus>{status}</ResourceStatus></member>"
    )
}

async fn buckets_of(status: &str, answers: [(u16, String); 2]) -> Vec<StackBucket> {
    let found = FoundStack {
        id: "the-id".to_owned(),
        status: status.to_owned(),
        reason: None,
        role_arn: None,
        termination_protection: false,
    };
    let (replay, stacks) = answering(answers, Stacks::new);
    let buckets = stacks.buckets(&session(), &stack().region, &found).await;
    let sent = replay.sent();
    assert!(
        sent.len() == 3 && sent[2].body.contains("NextToken=n"),
        "both pages are read: {sent:?}"
    );
    buckets.unwrap()
}

#[tokio::test]
async fn the_buckets_of_a_stack_are_found_page_after_page() {
    let page = |resources: &str, next: &str| {
        answer(
            "ListStackResources",
            &format!("<StackResourceSummaries>{resources}</StackResourceSummaries>{next}"),
        )
    };
    let role = resource("AWS::IAM::Role", "Role", "r", "CREATE_COMPLETE");
    let one = resource("AWS::S3::Bucket", "One", "one", "CREATE_COMPLETE");
    let two = resource("AWS::S3::Bucket", "Two", "two", "UPDATE_COMPLETE");
    let pages = [page(&(role + &one), "<NextToken>n</NextToken>"), page(&two, "")];
    let names: Vec<_> = buckets_of("CREATE_COMPLETE", pages)
        .await
        .into_iter()
        .map(|bucket| (bucket.logical_id, bucket.name))
        .collect();
    let expected = [("One", "one"), ("Two", "two")].map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_deleted_stack_has_left_the_buckets_behind_whose_deletion_was_skipped() {
    let page = |events: &str, next: &str| {
        answer(
            "DescribeStackEvents",
            &format!("<StackEvents>{events}</StackEvents>{next}"),
        )
    };
    let deleted = resource("AWS::S3::Bucket", "Deleted", "deleted", "DELETE_COMPLETE");
    let role = resource("AWS::IAM::Role", "Role", "r", "DELETE_SKIPPED");
    let left = resource("AWS::S3::Bucket", "Left", "left", "DELETE_SKIPPED");
    let pages = [
        page(&(deleted + &role), "<NextToken>n</NextToken>"),
        page(&left, ""),
    ];
    let expected = StackBucket {
        logical_id: "Left".to_owned(),
        name: "left".to_owned(),
    };
    assert_eq!(buckets_of("DELETE_COMPLETE", pages).await, [expected]);
}
