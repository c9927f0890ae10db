//! How a template gets to CloudFormation.

use application::{linked_accounts::sessions::Session, workflow::deploy_stack::NewStack};
use aws_sdk_s3::{Client, primitives::ByteStream};
use cicd_template::MAX_INLINE_TEMPLATE_BYTES;
use domain::Result;
use sts::call;

use crate::Stacks;

impl Stacks {
    /// The template as body or as URL. What is too long for a body is written to the bucket of the CDK's bootstrap; a
    /// deployment writes a stack's template to one key, however often it tries.
    pub(crate) async fn body_or_url(
        &self,
        session: &Session,
        new: &NewStack<'_>,
    ) -> Result<(Option<String>, Option<String>)> {
        if new.template.len() <= MAX_INLINE_TEMPLATE_BYTES {
            return Ok((Some(new.template.to_owned()), None));
        }
        let access = &session.access;
        let key = format!(
            "{}-pipelines/{}/{}.template.json",
            access.prefix, new.token, new.stack.name
        );
        // The bucket is in the region of the CICD environment, whatever the region of the stack.
        let config = self.accounts.config(session, &access.region).await?;
        Client::new(&config)
            .put_object()
            .bucket(new.bucket)
            // A bucket of that name in another account would get to give CloudFormation another template.
            .expected_bucket_owner(access.account_id.as_str())
            .key(&key)
            .content_type("application/json")
            .body(ByteStream::from(new.template.as_bytes().to_vec()))
            .send()
            .await
            .map_err(|error| call("s3:PutObject", session).failed(error))?;
        Ok((
            None,
            Some(format!(
                "https://{}.s3.{}.amazonaws.com/{key}",
                new.bucket, access.region
            )),
        ))
    }
}
