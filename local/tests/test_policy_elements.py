"""Policy variables and NotPrincipal: a Deny with one denies."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, allow, unique


@pytest.fixture(scope="module")
def bucket(aws) -> str:
    name = unique("bucket")
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


@pytest.fixture(scope="module")
def of_team(aws, bucket):
    """A client of S3 of a role with this tag and these permissions."""

    def client(team: str | None, *permissions: dict):
        name = unique("role")
        arn = aws.role(name, {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}, list(permissions))
        if team:
            aws.client("iam").tag_role(RoleName=name, Tags=[{"Key": "team", "Value": team}])
        return aws.client("s3", aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"])

    return client


def may(client, bucket: str, key: str) -> bool:
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"")
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def test_a_variable_stands_for_its_value(of_team, bucket):
    own = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*")
    assert may(of_team("research", own), bucket, "research/a")
    assert not may(of_team("research", own), bucket, "marketing/a")
    assert not may(of_team(None, own), bucket, "research/a")


def test_a_deny_with_a_variable_denies(of_team, bucket):
    deny = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*") | {"Effect": "Deny"}
    assert not may(of_team("research", allow("s3:*"), deny), bucket, "research/a")
    assert may(of_team("research", allow("s3:*"), deny), bucket, "marketing/a")


def test_a_variable_may_have_a_default_and_stand_in_a_condition(of_team, bucket):
    default = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team, 'nobody'}}/*")
    assert may(of_team(None, default), bucket, "nobody/a")
    same = allow("s3:PutObject", "*", StringEquals={"aws:PrincipalAccount": "${aws:ResourceAccount}"})
    assert may(of_team(None, same), bucket, "a")


def test_not_principal_is_everybody_else(aws, of_team):
    bucket = unique("bucket")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    name = unique("exempt")
    arn = aws.role(name, {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}, [allow("s3:*")])
    exempt = aws.client("s3", aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"])
    deny = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*") | {"Effect": "Deny", "NotPrincipal": {"AWS": [arn]}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    assert may(exempt, bucket, "a")
    assert not may(of_team(None, allow("s3:*")), bucket, "a")


def test_targets_of_a_rule_get_roles_that_one_may_pass(aws):
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.role(unique("target"), trust, [])
    rule, bus = unique("rule"), "arn:aws:events:eu-west-1:222222222222:event-bus/default"
    aws.client("events").put_rule(Name=rule, EventPattern='{"source": ["a"]}')
    target = {"Id": "bus", "Arn": bus, "RoleArn": role}
    with pytest.raises(ClientError, match="iam:PassRole"):
        aws.client("events", aws.session(allow("events:*"))).put_targets(Rule=rule, Targets=[target])
    aws.client("events", aws.session(allow("events:*"), allow("iam:PassRole", role))).put_targets(Rule=rule, Targets=[target])
