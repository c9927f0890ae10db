"""How long roles may be assumed, and by whom.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, allow, unique, wait_for

TRUST = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
SERVICE = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}


def unchecked(aws, service: str, credentials: dict | None = None):
    """A client without boto3's own checks."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=credentials["AccessKeyId"] if credentials else ACCOUNT,
        aws_secret_access_key=credentials["SecretAccessKey"] if credentials else "test",
        aws_session_token=credentials["SessionToken"] if credentials else None,
        config=Config(parameter_validation=False, retries={"max_attempts": 1}),
    )


class Sts:
    def __init__(self, aws, credentials: dict | None = None):
        self.client = unchecked(aws, "sts", credentials)

    def assume(self, role: str, seconds: int | None = None, name: str = "session") -> dict:
        duration = {} if seconds is None else {"DurationSeconds": seconds}
        return self.client.assume_role(RoleArn=role, RoleSessionName=name, **duration)["Credentials"]


@pytest.fixture
def role(aws) -> str:
    return aws.role(unique("role"), TRUST, [allow(["sts:*", "events:*"])])


class TestDurations:
    def test_a_session_lasts_as_long_as_its_role_allows(self, aws, role):
        sts, long = Sts(aws), unique("long")
        made = aws.client("iam").create_role(
            RoleName=long, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}), MaxSessionDuration=7200
        )
        assert sts.assume(role, 3600) and sts.assume(made["Role"]["Arn"], 7200)
        with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
            sts.assume(role, 3601)
        aws.client("iam").update_role(RoleName=long, MaxSessionDuration=3600)
        with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
            sts.assume(made["Role"]["Arn"], 7200)

    def test_a_role_that_a_role_assumes_lasts_an_hour(self, aws, role):
        other = aws.client("iam").create_role(
            RoleName=unique("long"),
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}),
            MaxSessionDuration=43_200,
        )["Role"]["Arn"]
        chained = Sts(aws, Sts(aws).assume(role))
        assert chained.assume(other, 3600)
        with pytest.raises(ClientError, match="1 hour session limit for roles assumed by role chaining"):
            chained.assume(other, 3601)

    @pytest.mark.parametrize(("seconds", "message"), [(899, "greater than or equal to 900"), (43_201, "less than or equal to 43200")])
    def test_there_are_bounds_for_all(self, aws, role, seconds, message):
        with pytest.raises(ClientError, match=message):
            Sts(aws).assume(role, seconds)

    @pytest.mark.parametrize("seconds", [3599, 43_201])
    def test_a_role_keeps_to_its_own(self, aws, seconds):
        document = {"Version": "2012-10-17", "Statement": [TRUST]}
        with pytest.raises(ClientError, match="maxSessionDuration"):
            unchecked(aws, "iam").create_role(
                RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(document), MaxSessionDuration=seconds
            )
        client, name = aws.client("cloudformation"), unique("stack")
        template = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "MaxSessionDuration": seconds}}
        client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Role": template}}), Capabilities=["CAPABILITY_IAM"])
        wait_for(lambda: client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE", "the end")

    @pytest.mark.parametrize("name", ["a", "two words", "x" * 65])
    def test_a_session_has_a_proper_name(self, aws, role, name):
        with pytest.raises(ClientError, match="roleSessionName"):
            Sts(aws).assume(role, name=name)

    def test_who_may_not_assume_a_role_learns_nothing_about_it(self, aws):
        with pytest.raises(ClientError, match="AccessDenied"):
            Sts(aws).assume(aws.role(unique("service"), SERVICE, []), 43_200)


class TestWhom:
    @pytest.mark.parametrize("account", [ACCOUNT, OTHER_ACCOUNT])
    def test_a_role_of_a_service_is_nobody_elses(self, aws, account):
        role = aws.role(unique("service"), SERVICE, [])
        with pytest.raises(ClientError, match="AccessDenied"):
            aws.client("sts", account).assume_role(RoleArn=role, RoleSessionName="session")

    def test_a_target_of_a_rule_gets_a_role_that_may_be_passed(self, aws):
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html"""
        rule, target = unique("rule"), aws.role(unique("target"), SERVICE, [])
        aws.client("events").put_rule(Name=rule, EventPattern='{"source": ["x"]}')
        bus = f"arn:aws:events:{REGION}:{OTHER_ACCOUNT}:event-bus/default"
        request = {"Rule": rule, "Targets": [{"Id": "one", "Arn": bus, "RoleArn": target}]}
        with pytest.raises(ClientError, match="iam:PassRole"):
            aws.client("events", aws.session(allow("events:*"))).put_targets(**request)
        passing = allow("iam:PassRole", target, StringEquals={"iam:PassedToService": "events.amazonaws.com"})
        answer = aws.client("events", aws.session(allow("events:*"), passing)).put_targets(**request)
        assert answer["FailedEntryCount"] == 0
