"""S3 across accounts: the caller's own policies and the bucket's must both allow."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, allow, unique


@pytest.fixture
def bucket(aws) -> str:
    """A bucket of the other account, with an object."""
    name, s3 = unique("artifacts"), aws.client("s3", OTHER_ACCOUNT)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key="artifact", Body=b"theirs")
    return name


@pytest.fixture
def let_in(aws, bucket):
    """Gives the bucket a policy."""

    def let_in(*statements: dict) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        aws.client("s3", OTHER_ACCOUNT).put_bucket_policy(Bucket=bucket, Policy=policy)

    return let_in


@pytest.fixture
def caller(aws):
    """A role's ARN, and S3 as a session of it."""

    def caller(*permissions: dict):
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        arn = aws.role(unique("deploy"), trust, list(permissions))
        session = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
        return arn, aws.client("s3", session)

    return caller


def by(principal: str, bucket: str, action: str = "s3:GetObject*", **conditions) -> dict:
    return allow(action, f"arn:aws:s3:::{bucket}/*", **conditions) | {"Principal": {"AWS": principal}}


def refused(call, **parameters) -> None:
    with pytest.raises(ClientError, match=r"\(AccessDenied\)|\(403\)"):
        call(**parameters)


def test_a_role_that_the_policy_names_reads_and_another_does_not(bucket, let_in, caller):
    role, s3 = caller(allow("s3:GetObject"))
    _, another = caller(allow("s3:GetObject"))
    refused(s3.get_object, Bucket=bucket, Key="artifact")
    let_in(by(role, bucket))
    assert s3.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"
    refused(another.get_object, Bucket=bucket, Key="artifact")
    refused(s3.put_object, Bucket=bucket, Key="artifact", Body=b"ours")


def test_the_callers_own_policies_must_allow_it_too(bucket, let_in, caller):
    role, s3 = caller(allow("s3:GetObject", "arn:aws:s3:::another/*"))
    let_in(by(role, bucket))
    refused(s3.get_object, Bucket=bucket, Key="artifact")


def test_a_policy_that_names_an_account_lets_its_roles_in_but_one(bucket, let_in, caller):
    _, s3 = caller(allow("s3:*"))
    denied_role, denied = caller(allow("s3:*"))
    let_in(by(f"arn:aws:iam::{ACCOUNT}:root", bucket), by(denied_role, bucket) | {"Effect": "Deny"})
    assert s3.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"
    refused(denied.get_object, Bucket=bucket, Key="artifact")


def test_conditions_of_the_policy_are_about_the_caller(bucket, let_in, caller):
    role, s3 = caller(allow("s3:*"))
    _, another = caller(allow("s3:*"))
    let_in(by(ACCOUNT, bucket, ArnEquals={"aws:PrincipalArn": role}))
    assert s3.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"
    refused(another.get_object, Bucket=bucket, Key="artifact")


def test_the_root_of_an_account_needs_the_policy_as_well(aws, bucket, let_in):
    s3 = aws.client("s3")
    refused(s3.get_object, Bucket=bucket, Key="artifact")
    let_in(by(ACCOUNT, bucket))
    assert s3.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"


def test_a_presigned_url_is_its_signers(aws, bucket, let_in, caller):
    """Nobody but the role that the policy names gives out URLs that read."""
    role, s3 = caller(allow("s3:GetObject"))
    _, another = caller(allow("s3:GetObject"))
    let_in(by(role, bucket))
    cloudformation = aws.client("cloudformation")
    aws.client("s3", OTHER_ACCOUNT).put_object(Bucket=bucket, Key="template", Body=b'{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}')

    def template_by(signer) -> list[dict]:
        url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "template"})
        return cloudformation.get_template_summary(TemplateURL=url)["ResourceTypes"]

    assert template_by(s3) == ["AWS::SNS::Topic"]
    with pytest.raises(ClientError, match="Access Denied"):
        template_by(another)


@pytest.mark.parametrize("key", ["s3:ResourceAccount", "aws:ResourceAccount"])
def test_the_resource_account_is_that_of_the_bucket(aws, bucket, let_in, caller, key):
    """As in the deploy role of the CDK's bootstrap, whose own account's buckets are excepted."""
    own = unique("own")
    aws.client("s3").create_bucket(Bucket=own, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.client("s3").put_object(Bucket=own, Key="artifact", Body=b"ours")
    elsewhere, there = (
        caller(allow("s3:GetObject*", "*", **{operator: {key: ACCOUNT}}))[1] for operator in ("StringNotEquals", "StringEquals")
    )
    let_in(by(ACCOUNT, bucket))
    assert elsewhere.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"
    refused(elsewhere.get_object, Bucket=own, Key="artifact")
    assert there.get_object(Bucket=own, Key="artifact")["Body"].read() == b"ours"
    refused(there.get_object, Bucket=bucket, Key="artifact")


def test_within_an_account_either_policy_suffices(aws, bucket, let_in):
    """The role's own or the bucket's; a denial of either wins."""
    session = aws.session(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), account=OTHER_ACCOUNT)
    nothing_own = aws.session(allow("sts:GetCallerIdentity"), account=OTHER_ACCOUNT)
    s3, by_policy = aws.client("s3", session), aws.client("s3", nothing_own)
    assert s3.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"
    refused(by_policy.get_object, Bucket=bucket, Key="artifact")
    role = aws.client("sts", nothing_own).get_caller_identity()["Arn"].split("/")[1]
    let_in(by(f"arn:aws:iam::{OTHER_ACCOUNT}:role/{role}", bucket))
    assert by_policy.get_object(Bucket=bucket, Key="artifact")["Body"].read() == b"theirs"
    let_in(by("*", bucket) | {"Effect": "Deny"})
    refused(s3.get_object, Bucket=bucket, Key="artifact")
