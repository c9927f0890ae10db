//! What the steps of a deployment leave for each other, in S3.

use application::artifacts::{DeleteArtifacts, FindArtifacts, ReadArtifacts, WriteArtifacts};
use aws_clients::Call;
use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    error::SdkError,
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
};
use domain::{Error, Result};

/// The artifacts bucket.
#[derive(Clone, Debug)]
pub struct Artifacts {
    client: Client,
    bucket: String,
}

impl Artifacts {
    /// The bucket `bucket` in the platform's own account.
    #[must_use]
    pub fn from_config(config: &SdkConfig, bucket: String) -> Self {
        Self {
            client: Client::new(config),
            bucket,
        }
    }
}

const GET: Call<'_> = Call::own("s3:GetObject");

impl Artifacts {
    async fn read(&self, key: &str) -> std::result::Result<GetObjectOutput, SdkError<GetObjectError>> {
        self.client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
    }
}

async fn body(answer: GetObjectOutput) -> Result<Vec<u8>> {
    let body = answer
        .body
        .collect()
        .await
        .map_err(|error| Error::ServiceUnavailable {
            operation: GET.operation,
            source: error.into(),
        })?;
    Ok(body.to_vec())
}

impl ReadArtifacts for Artifacts {
    async fn get(&self, key: &str) -> Result<Vec<u8>> {
        body(self.read(key).await.map_err(|error| GET.failed(error))?).await
    }
}

impl FindArtifacts for Artifacts {
    async fn find(&self, key: &str) -> Result<Option<Vec<u8>>> {
        // Who may not list the bucket would be denied instead.
        match GET.found(self.read(key).await, "NoSuchKey")? {
            Some(answer) => body(answer).await.map(Some),
            None => Ok(None),
        }
    }
}

impl WriteArtifacts for Artifacts {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<()> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| Call::own("s3:PutObject").failed(error))?;
        Ok(())
    }
}

impl DeleteArtifacts for Artifacts {
    async fn delete(&self, key: &str) -> Result<()> {
        self.client
            .delete_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| Call::own("s3:DeleteObject").failed(error))?;
        Ok(())
    }
}
