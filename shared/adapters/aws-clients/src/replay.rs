//! Answers from a list instead of the network: shows what an adapter sends, and what it makes of answers that no service
//! gives when asked to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use crate::calls::Metered;

/// A service's answers, in the order in which they are given.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

/// A request that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub method: String,
    /// Where it went.
    pub uri: String,
    /// Its headers, the names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Replay {
    /// The answers to be given: status and body.
    pub fn new<B: Into<String>>(answers: impl IntoIterator<Item = (u16, B)>) -> Self {
        let answers = answers
            .into_iter()
            .map(|(status, body)| (status, body.into()))
            .collect();
        Self {
            answers: Arc::new(Mutex::new(answers)),
            ..Self::default()
        }
    }

    /// A configuration whose clients get these answers; they try once.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
        let replay = self.clone();
        let http = http_client_fn(move |_, _| SharedHttpConnector::new(replay.clone()));
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "id", "secret", None, None, "replay",
            )))
            .retry_config(RetryConfig::disabled())
            .http_client(Metered(http))
            .build()
    }

    /// What was sent.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answer of `sts:AssumeRole` with credentials that end at `expiration`.
    #[must_use]
    pub fn assumed_role(expiration: &str) -> (u16, String) {
        let body = format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        );
        (200, body)
    }

    /// A refusal as services with JSON give it: `CodeCommit`, `CodePipeline`, SSM.
    #[must_use]
    pub fn json_error(status: u16, code: &str) -> (u16, String) {
        (status, format!(r#"{{"__type": "{code}", "message": "no"}}"#))
    }

    /// A refusal as services with XML give it: `CloudFormation`, IAM, STS.
    #[must_use]
    pub fn xml_error(status: u16, code: &str, message: &str) -> (u16, String) {
        let body = format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        );
        (status, body)
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Sent {
                method: request.method().to_owned(),
                uri: request.uri().to_owned(),
                headers: request
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                body: String::from_utf8_lossy(body).into_owned(),
            });
        let answer = self
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        HttpConnectorFuture::ready(match answer {
            Some((status, body)) => StatusCode::try_from(status)
                .map(|status| HttpResponse::new(status, SdkBody::from(body)))
                .map_err(|error| ConnectorError::other(error.into(), None)),
            None => Err(ConnectorError::io("no answer is left".into())),
        })
    }
}
