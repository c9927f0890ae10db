"""Sessions of roles that AWS services assume: what CodePipeline and CodeBuild work with instead of a root key.

A session is asked by IAM like anybody else's, because its holder calls this machine's AWS over HTTP, signed.
"""

import contextlib
import os
import threading
import time
from dataclasses import dataclass

import boto3
from botocore.config import Config
from ministack.core.responses import new_uuid
from ministack.services import sts

from .identity import trusts_service
from .json_service import AwsError

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html: without another duration an hour.
_SESSION_SECONDS = 3600
# boto3 makes clients from one session that threads may not share while it does.
_MAKING_CLIENTS = threading.Lock()


@dataclass(frozen=True)
class Session:
    """Credentials of a role's session, and clients that sign with them."""

    role_arn: str
    access_key: str
    secret_key: str
    token: str

    def client(self, service: str, region: str):
        """Whoever makes a client closes it: its connections would stay open on both sides, and both are this process."""
        with _MAKING_CLIENTS:
            return boto3.client(
                service,
                region_name=region,
                endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                aws_access_key_id=self.access_key,
                aws_secret_access_key=self.secret_key,
                aws_session_token=self.token,
                config=Config(retries={"max_attempts": 3}, s3={"addressing_style": "path"}),
            )

    def assume(self, role_arn: str, session_name: str, region: str) -> "Session":
        """The session of another role; raises botocore's ClientError when IAM or the role's trust refuses."""
        with contextlib.closing(self.client("sts", region)) as sts_client:
            credentials = sts_client.assume_role(RoleArn=role_arn, RoleSessionName=session_name[:64])["Credentials"]
        return Session(role_arn, credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def assume_as_service(role_arn: str, service: str, session_name: str) -> Session:
    """The session of a role that trusts `service` (codepipeline.amazonaws.com)."""
    if not trusts_service(role_arn, service):
        raise AwsError("AccessDeniedException", f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}")
    session_arn, problem = sts._assumed_role_arn(role_arn, session_name[:64])
    if problem:
        raise AwsError("ValidationException", f"{role_arn} is no ARN of a role.")
    session = Session(role_arn, sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token())
    sts.register_session(
        session.access_key,
        {
            "Arn": session_arn,
            "UserId": f"{sts._role_id(role_arn)}:{session_name[:64]}",
            "SecretAccessKey": session.secret_key,
            "SessionToken": session.token,
            "Expiration": time.time() + _SESSION_SECONDS,
            "AccountId": role_arn.split(":")[4],
            "PrincipalType": "AssumedRole",
            "SourceAccessKeyId": new_uuid(),
            "SourcePrincipalArn": service,
            "SessionTags": [],
            "SessionPolicies": None,
        },
    )
    return session
