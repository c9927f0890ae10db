//! Sessions in linked accounts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use application::linked_accounts::sessions::Session;
use aws_clients::{Call, code, message};
use aws_config::{Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_sts::{Client, operation::assume_role::builders::AssumeRoleFluentBuilder, types};
use domain::{Error, Result, account};

/// Credentials are not used any more when they end within this time: a step must get through with them.
const MARGIN: Duration = Duration::from_mins(5);

/// The linked accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    config: SdkConfig,
    sts: Client,
    sessions: Arc<Mutex<HashMap<Session, Credentials>>>,
}

impl Accounts {
    /// The linked accounts, seen from the function that `config` belongs to.
    #[must_use]
    pub fn from_config(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            sts: Client::new(config),
            sessions: Arc::default(),
        }
    }

    /// The configuration for calls of `session` in `region`.
    ///
    /// The credentials are kept while the function stays warm, as long as they live.
    pub async fn config(&self, session: &Session, region: &account::Region) -> Result<SdkConfig> {
        let credentials = match self.kept(session) {
            Some(credentials) => credentials,
            None => self.keep(session, provided(self.assume(session, |request| request).await?)?),
        };
        Ok(self
            .config
            .to_builder()
            .region(Region::new(region.to_string()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build())
    }

    fn kept(&self, session: &Session) -> Option<Credentials> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .get(session)
            .filter(|credentials| lives(credentials))
            .cloned()
    }

    fn keep(&self, session: &Session, credentials: Credentials) -> Credentials {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, credentials| lives(credentials));
        sessions.insert(session.clone(), credentials.clone());
        credentials
    }

    /// New credentials of `session`; `narrow` adds to the request.
    pub(crate) async fn assume(
        &self,
        Session { access, name, policy }: &Session,
        narrow: impl FnOnce(AssumeRoleFluentBuilder) -> AssumeRoleFluentBuilder,
    ) -> Result<types::Credentials> {
        let call = Call::own("sts:AssumeRole");
        let request = self
            .sts
            .assume_role()
            .role_arn(access.role_arn())
            .role_session_name(name)
            .external_id(access.external_id.as_str())
            .policy(policy.as_str());
        let answer = narrow(request).send().await.map_err(|error| match code(&error) {
            Some("AccessDenied" | "RegionDisabledException") => access.not_assumable(message(&error)),
            _ => call.failed(error),
        })?;
        answer
            .credentials
            .ok_or_else(|| Error::Internal("sts:AssumeRole gave no credentials".to_owned()))
    }
}

/// A call in the account of `session`: what its errors say.
#[must_use]
pub fn call<'a>(operation: &'static str, session: &'a Session) -> Call<'a> {
    Call::in_account(operation, session.access.account_id.as_str())
}

fn provided(given: types::Credentials) -> Result<Credentials> {
    let expiry = SystemTime::try_from(given.expiration)
        .map_err(|error| Error::Internal(format!("sts:AssumeRole gave no usable expiration: {error}")))?;
    Ok(Credentials::new(
        given.access_key_id,
        given.secret_access_key,
        Some(given.session_token),
        Some(expiry),
        "AssumeRole",
    ))
}

fn lives(credentials: &Credentials) -> bool {
    credentials
        .expiry()
        .is_some_and(|expiry| expiry > SystemTime::now() + MARGIN)
}
