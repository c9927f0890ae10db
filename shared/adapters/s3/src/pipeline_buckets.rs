//! The pipelines' artifact buckets in S3.

use application::{
    linked_accounts::sessions::Session,
    workflow::{
        buckets::{DeleteBuckets, Emptied, EmptyBuckets},
        deletion::ArtifactBucket,
    },
};
use aws_clients::code;
use aws_sdk_s3::{
    Client,
    operation::list_object_versions::ListObjectVersionsOutput,
    types::{Delete, ObjectIdentifier},
};
use domain::{Error, Result};
use sts::{Accounts, call};

/// What there is to do in a bucket that is not there.
const GONE: Emptied = Emptied {
    objects: 0,
    more: false,
};

/// The buckets in the linked accounts.
#[derive(Clone, Debug)]
pub struct Buckets {
    accounts: Accounts,
}

impl Buckets {
    /// The buckets in `accounts`.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }

    async fn client(&self, session: &Session, bucket: &ArtifactBucket) -> Result<Client> {
        Ok(Client::new(&self.accounts.config(session, &bucket.region).await?))
    }
}

impl EmptyBuckets for Buckets {
    async fn empty(&self, session: &Session, bucket: &ArtifactBucket) -> Result<Emptied> {
        let client = self.client(session, bucket).await?;
        // A bucket of that name in another account is not the pipeline's.
        let owner = session.access.account_id.as_str();
        let listed = client
            .list_object_versions()
            .bucket(&bucket.name)
            .expected_bucket_owner(owner)
            .send()
            .await;
        let Some(page) = call("s3:ListObjectVersions", session).found(listed, "NoSuchBucket")? else {
            return Ok(GONE);
        };
        let more = page.is_truncated.unwrap_or_default();
        let found = versions(page)?;
        let objects = u32::try_from(found.len()).unwrap_or(u32::MAX);
        if objects == 0 {
            return Ok(Emptied { objects, more });
        }
        let delete = Delete::builder()
            .set_objects(Some(found))
            .quiet(true)
            .build()
            .map_err(malformed)?;
        let answer = client
            .delete_objects()
            .bucket(&bucket.name)
            .expected_bucket_owner(owner)
            .delete(delete)
            .send()
            .await;
        let Some(answer) = call("s3:DeleteObjects", session).found(answer, "NoSuchBucket")? else {
            return Ok(GONE);
        };
        match answer.errors.unwrap_or_default().first() {
            None => Ok(Emptied { objects, more }),
            Some(refused) => Err(refusal(bucket, refused)),
        }
    }
}

impl DeleteBuckets for Buckets {
    async fn delete(&self, session: &Session, bucket: &ArtifactBucket) -> Result<bool> {
        let answer = self
            .client(session, bucket)
            .await?
            .delete_bucket()
            .bucket(&bucket.name)
            .expected_bucket_owner(session.access.account_id.as_str())
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match code(&error) {
                Some("NoSuchBucket") => Ok(true),
                Some("BucketNotEmpty") => Ok(false),
                _ => Err(call("s3:DeleteBucket", session).failed(error)),
            },
        }
    }
}

/// Every version and delete marker of a page.
fn versions(page: ListObjectVersionsOutput) -> Result<Vec<ObjectIdentifier>> {
    let versions = page
        .versions
        .into_iter()
        .flatten()
        .map(|version| (version.key, version.version_id));
    let markers = page
        .delete_markers
        .into_iter()
        .flatten()
        .map(|marker| (marker.key, marker.version_id));
    versions
        .chain(markers)
        .map(|(key, version)| {
            ObjectIdentifier::builder()
                .set_key(key)
                .set_version_id(version)
                .build()
                .map_err(malformed)
        })
        .collect()
}

/// The error for an object that S3 does not delete: it says so in an answer that is otherwise a success.
fn refusal(bucket: &ArtifactBucket, refused: &aws_sdk_s3::types::Error) -> Error {
    let detail = format!(
        "{}: {} ({})",
        refused.code.as_deref().unwrap_or_default(),
        refused.message.as_deref().unwrap_or_default(),
        refused.key.as_deref().unwrap_or_default()
    );
    match refused.code.as_deref() {
        Some("InternalError" | "ServiceUnavailable") => Error::ServiceUnavailable {
            operation: "s3:DeleteObjects",
            source: detail.into(),
        },
        Some("SlowDown") => Error::Throttled {
            operation: "s3:DeleteObjects",
            source: detail.into(),
        },
        _ => Error::BucketNotEmptied {
            bucket: bucket.name.clone(),
            region: bucket.region.to_string(),
            detail,
        },
    }
}

fn malformed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a request to S3 is malformed: {error}"))
}
