//! What S3 is asked, and what its answers mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use application::workflow::{
    buckets::{DeleteBuckets, Emptied, EmptyBuckets},
    deletion::ArtifactBucket,
};
use aws_clients::replay::Sent;
use domain::{Result, account::Region};
use s3::Buckets;
use sts::replay::{answering, session};

/// A bucket of a stack in another region than the CICD environment's.
fn bucket() -> ArtifactBucket {
    ArtifactBucket {
        name: "dataall-sales-artifacts".to_owned(),
        region: Region::parse("us-east-1").unwrap(),
    }
}

fn given(body: &str) -> (u16, String) {
    (200, body.to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (
        status,
        format!("<Error><Code>{code}</Code><Message>no</Message></Error>"),
    )
}

/// A page of versions and delete markers, each a key and a version id.
fn listed(versions: &[(&str, &str)], markers: &[(&str, &str)], truncated: bool) -> (u16, String) {
    let elements = |name: &str, identifiers: &[(&str, &str)]| -> String {
        let elements: Vec<_> = identifiers
            .iter()
            .map(|(key, id)| format!("<{name}><Key>{key}</Key><VersionId>{id}</VersionId></{name}>"))
            .collect();
        elements.concat()
    };
    given(&format!(
        "<ListVersionsResult><IsTruncated>{truncated}</IsTruncated>{}{}</ListVersionsResult>",
        elements("Version", versions),
        elements("DeleteMarker", markers)
    ))
}

/// What S3 says of an object that it does not delete, in an answer that is otherwise a success.
fn kept(code: &str) -> (u16, String) {
    given(&format!(
        "<DeleteResult><Error><Key>a.zip</Key><VersionId>1</VersionId><Code>{code}</Code><Message>no</Message></Error>\
         </DeleteResult>"
    ))
}

fn deleted() -> (u16, String) {
    given("<DeleteResult/>")
}

/// Runs `call` with these answers: what was sent after the session's request, and what came of it.
async fn calling<T>(
    answers: impl IntoIterator<Item = (u16, String)>,
    call: impl AsyncFnOnce(Buckets) -> T,
) -> (Vec<Sent>, T) {
    let (replay, buckets) = answering(answers, Buckets::new);
    let result = call(buckets).await;
    (replay.sent().split_off(1), result)
}

async fn empty(answers: impl IntoIterator<Item = (u16, String)>) -> (Vec<Sent>, Result<Emptied>) {
    calling(answers, async |buckets| {
        buckets.empty(&session(), &bucket()).await
    })
    .await
}

async fn delete(answer: (u16, String)) -> (Vec<Sent>, Result<bool>) {
    calling([answer], async |buckets| {
        buckets.delete(&session(), &bucket()).await
    })
    .await
}

/// Whether a request goes to the bucket, in the bucket's region, and only while it is the account's own.
fn addresses_own_bucket(sent: &Sent) -> bool {
    let owner = (
        "x-amz-expected-bucket-owner".to_owned(),
        "111111111111".to_owned(),
    );
    let host = "https://dataall-sales-artifacts.s3.us-east-1.amazonaws.com/";
    sent.uri.starts_with(host) && sent.headers.contains(&owner)
}

#[tokio::test]
async fn every_version_and_delete_marker_of_a_page_is_deleted() {
    let page = listed(&[("a.zip", "1"), ("a.zip", "2")], &[("b &amp; c", "3")], false);
    let (sent, emptied) = empty([page, deleted()]).await;
    assert_eq!(
        emptied.unwrap(),
        Emptied {
            objects: 3,
            more: false
        }
    );
    let [list, delete] = &sent[..] else {
        panic!("a page is listed and deleted: {sent:?}")
    };
    assert!(sent.iter().all(addresses_own_bucket), "{sent:?}");
    assert_eq!(
        (list.method.as_str(), list.uri.contains("?versions")),
        ("GET", true)
    );
    assert_eq!(
        (delete.method.as_str(), delete.uri.contains("?delete")),
        ("POST", true)
    );
    for object in [
        "<Object><Key>a.zip</Key><VersionId>1</VersionId></Object>",
        "<Object><Key>a.zip</Key><VersionId>2</VersionId></Object>",
        "<Object><Key>b &amp; c</Key><VersionId>3</VersionId></Object>",
        "<Quiet>true</Quiet>",
    ] {
        assert!(delete.body.contains(object), "{object} in {}", delete.body);
    }
}

#[tokio::test]
async fn a_bucket_is_emptied_page_after_page() {
    let pages = [
        listed(&[("a.zip", "1")], &[], true),
        deleted(),
        listed(&[("b.zip", "1")], &[], false),
        deleted(),
    ];
    let (sent, emptied) = calling(pages, async |buckets| {
        [
            buckets.empty(&session(), &bucket()).await.unwrap(),
            buckets.empty(&session(), &bucket()).await.unwrap(),
        ]
    })
    .await;
    assert_eq!(
        emptied.map(|emptied| (emptied.objects, emptied.more)),
        [(1, true), (1, false)]
    );
    assert_eq!(
        sent[0].uri, sent[2].uri,
        "what was listed is gone, so every listing begins at the start"
    );
    assert!(sent[3].body.contains("b.zip") && !sent[3].body.contains("a.zip"));
}

#[tokio::test]
async fn an_empty_bucket_is_not_asked_to_delete_anything() {
    let (sent, emptied) = empty([listed(&[], &[], false)]).await;
    assert_eq!(
        (emptied.unwrap().objects, sent.len()),
        (0, 1),
        "S3 refuses an empty list"
    );
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_empty() {
    let page = || listed(&[("a.zip", "1")], &[], true);
    for answers in [
        vec![refused(404, "NoSuchBucket")],
        vec![page(), refused(404, "NoSuchBucket")],
    ] {
        let (_, emptied) = empty(answers).await;
        assert_eq!(
            emptied.unwrap(),
            Emptied {
                objects: 0,
                more: false
            }
        );
    }
}

#[tokio::test]
async fn refusals_to_list_and_to_delete_are_told_apart() {
    for (status, code, name, retryable) in [
        (503, "SlowDown", "Throttled", true),
        (500, "InternalError", "ServiceUnavailable", true),
        // So S3 answers, too, when the bucket is another account's.
        (403, "AccessDenied", "AccessDenied", false),
    ] {
        let page = listed(&[("a.zip", "1")], &[], false);
        for (answers, operation) in [
            (vec![refused(status, code)], "s3:ListObjectVersions"),
            (vec![page, refused(status, code)], "s3:DeleteObjects"),
        ] {
            let error = empty(answers).await.1.unwrap_err();
            assert_eq!(
                (error.name(), error.retryable()),
                (name, retryable),
                "{code}: {error}"
            );
            assert!(error.to_string().contains(operation), "{error}");
        }
        let error = delete(refused(status, code)).await.1.unwrap_err();
        assert_eq!(
            (error.name(), error.retryable()),
            (name, retryable),
            "{code}: {error}"
        );
    }
}

#[tokio::test]
async fn an_object_that_is_not_deleted_is_an_error() {
    for (code, name, retryable) in [
        ("SlowDown", "Throttled", true),
        ("InternalError", "ServiceUnavailable", true),
        ("AccessDenied", "BucketNotEmptied", false),
    ] {
        let (_, emptied) = empty([listed(&[("a.zip", "1")], &[], false), kept(code)]).await;
        let error = emptied.unwrap_err();
        assert_eq!(
            (error.name(), error.retryable()),
            (name, retryable),
            "{code}: {error}"
        );
    }
    let (_, emptied) = empty([listed(&[("a.zip", "1")], &[], false), kept("AccessDenied")]).await;
    let said = emptied.unwrap_err().to_string();
    for what in ["dataall-sales-artifacts", "us-east-1", "AccessDenied", "a.zip"] {
        assert!(said.contains(what), "{what} in {said}");
    }
}

#[tokio::test]
async fn a_bucket_is_gone_once_it_is_deleted_or_was_before() {
    let (sent, gone) = delete((204, String::new())).await;
    assert!(gone.unwrap());
    let [sent] = &sent[..] else {
        panic!("one request: {sent:?}")
    };
    assert!(sent.method == "DELETE" && addresses_own_bucket(sent), "{sent:?}");
    assert!(delete(refused(404, "NoSuchBucket")).await.1.unwrap());
    let holds_objects_again = refused(409, "BucketNotEmpty");
    assert!(!delete(holds_objects_again).await.1.unwrap());
}
