//! How a linked account was bootstrapped.

use application::linked_accounts::{bootstrap::InspectAccount, sessions::Session};
use domain::Result;

use crate::{Accounts, call};

impl InspectAccount for Accounts {
    async fn parameter(&self, session: &Session, name: &str) -> Result<Option<String>> {
        let config = self.config(session, &session.access.region).await?;
        let client = aws_sdk_ssm::Client::new(&config);
        let answer = client.get_parameter().name(name).send().await;
        let found = call("ssm:GetParameter", session).found(answer, "ParameterNotFound")?;
        Ok(found
            .and_then(|answer| answer.parameter)
            .and_then(|parameter| parameter.value))
    }

    async fn trust_policy(&self, session: &Session, role: &str) -> Result<Option<String>> {
        let config = self.config(session, &session.access.region).await?;
        let client = aws_sdk_iam::Client::new(&config);
        let answer = client.get_role().role_name(role).send().await;
        let found = call("iam:GetRole", session).found(answer, "NoSuchEntity")?;
        Ok(found
            .and_then(|answer| answer.role)
            .and_then(|role| role.assume_role_policy_document))
    }
}
