//! What the steps of a deployment leave for each other, in S3.

use application::workflow::artifacts::{DeleteArtifacts, ReadArtifacts, WriteArtifacts};
use aws_clients::Call;
use aws_config::SdkConfig;
use aws_sdk_s3::{Client, primitives::ByteStream};
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

impl ReadArtifacts for Artifacts {
    async fn get(&self, key: &str) -> Result<Vec<u8>> {
        const CALL: Call<'_> = Call::own("s3:GetObject");
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| CALL.failed(error))?;
        let body = answer
            .body
            .collect()
            .await
            .map_err(|error| Error::ServiceUnavailable {
                operation: CALL.operation,
                source: error.into(),
            })?;
        Ok(body.to_vec())
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
