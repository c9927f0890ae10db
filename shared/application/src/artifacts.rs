//! What the steps of one deployment leave for each other in the artifacts bucket.

use domain::{
    Error, Result,
    ids::{DeploymentId, PipelineId},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Where a deployment's artifacts lie: `deployments/{deploymentId}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArtifactsPrefix(String);

impl ArtifactsPrefix {
    /// Where the artifacts of `deployment` lie.
    #[must_use]
    pub fn of(deployment: &DeploymentId) -> Self {
        Self(format!("deployments/{deployment}"))
    }

    /// The key of the [`Plan`](super::plan::Plan).
    #[must_use]
    pub fn plan(&self) -> String {
        format!("{}/plan.json", self.0)
    }

    /// The key of the [`DeletionPlan`](super::deletion::DeletionPlan).
    #[must_use]
    pub fn deletion(&self) -> String {
        format!("{}/deletion.json", self.0)
    }

    /// The key of the rendered repository.
    #[must_use]
    pub fn repository(&self) -> String {
        format!("{}/repository.json", self.0)
    }

    /// The key of a stack's template.
    #[must_use]
    pub fn template(&self, stack: &str) -> String {
        format!("{}/stacks/{stack}.template.json", self.0)
    }
}

/// What lies there for a pipeline as long as it lives: `pipelines/{pipelineId}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineArtifacts(String);

impl PipelineArtifacts {
    /// What lies there for `pipeline`.
    #[must_use]
    pub fn of(pipeline: &PipelineId) -> Self {
        Self(format!("pipelines/{pipeline}"))
    }

    /// The key of what was rendered last.
    #[must_use]
    pub fn rendered(&self) -> String {
        format!("{}/rendered.json", self.0)
    }

    /// The key of the last proposal.
    #[must_use]
    pub fn proposal(&self) -> String {
        format!("{}/proposal.json", self.0)
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> [String; 2] {
        [self.rendered(), self.proposal()]
    }
}

/// Reads artifacts.
pub trait ReadArtifacts: Sync {
    /// The object `key`, which an earlier step wrote.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>>> + Send;
}

/// Reads artifacts that may not be there.
pub trait FindArtifacts: Sync {
    /// The object `key`, if there is one.
    fn find(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
}

/// Writes artifacts.
pub trait WriteArtifacts: Sync {
    /// Writes the JSON document `body` to `key`, whether or not there is one by now.
    fn put(&self, key: &str, body: Vec<u8>) -> impl Future<Output = Result<()>> + Send;
}

/// Deletes artifacts.
pub trait DeleteArtifacts: Sync {
    /// Deletes the object `key`. One that is not there is no error.
    fn delete(&self, key: &str) -> impl Future<Output = Result<()>> + Send;
}

/// Writes `value` as JSON.
pub async fn put_json(to: &impl WriteArtifacts, key: &str, value: &(impl Serialize + Sync)) -> Result<()> {
    let body = serde_json::to_vec(value).map_err(|error| Error::Internal(format!("{key}: {error}")))?;
    to.put(key, body).await
}

/// Reads a JSON document.
pub async fn get_json<T: DeserializeOwned>(from: &impl ReadArtifacts, key: &str) -> Result<T> {
    let body = from.get(key).await?;
    serde_json::from_slice(&body).map_err(|error| Error::Internal(format!("{key}: {error}")))
}

/// Reads a JSON document, if it is there.
pub async fn find_json<T: DeserializeOwned>(from: &impl FindArtifacts, key: &str) -> Result<Option<T>> {
    match from.find(key).await? {
        Some(body) => serde_json::from_slice(&body)
            .map(Some)
            .map_err(|error| Error::Internal(format!("{key}: {error}"))),
        None => Ok(None),
    }
}
