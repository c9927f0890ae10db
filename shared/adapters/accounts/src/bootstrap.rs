//! How a linked account was bootstrapped.

use application::workflow::{accounts::Session, bootstrap::InspectAccount};
use aws_clients::Call;
use aws_sdk_iam::operation::get_role::GetRoleError;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use domain::Result;

use crate::Accounts;

impl InspectAccount for Accounts {
    async fn parameter(&self, session: &Session, name: &str) -> Result<Option<String>> {
        let config = self.config(session, &session.access.region).await?;
        let answer = aws_sdk_ssm::Client::new(&config)
            .get_parameter()
            .name(name)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.parameter.and_then(|parameter| parameter.value)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetParameterError::is_parameter_not_found) =>
            {
                Ok(None)
            }
            Err(error) => {
                Err(Call::in_account("ssm:GetParameter", session.access.account_id.as_str()).failed(error))
            }
        }
    }

    async fn trust_policy(&self, session: &Session, role: &str) -> Result<Option<String>> {
        let config = self.config(session, &session.access.region).await?;
        let answer = aws_sdk_iam::Client::new(&config)
            .get_role()
            .role_name(role)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.role.and_then(|role| role.assume_role_policy_document)),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetRoleError::is_no_such_entity_exception) =>
            {
                Ok(None)
            }
            Err(error) => {
                Err(Call::in_account("iam:GetRole", session.access.account_id.as_str()).failed(error))
            }
        }
    }
}
