"""Policies that IAM and S3 refuse.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
"""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, unique, wait_for

SYNTAX = "Syntax errors in policy"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/absent"
PERMISSIONS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def policy(*statements: dict, **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)} | more)


def without(statement: dict, name: str) -> dict:
    return {key: value for key, value in statement.items() if key != name}


MALFORMED = [
    ("{", SYNTAX),
    ("{}", SYNTAX),
    (policy(PERMISSIONS, Version="2020-01-01"), SYNTAX),
    (policy(PERMISSIONS, Comment="x"), SYNTAX),
    (policy(PERMISSIONS | {"Comment": "x"}), SYNTAX),
    (policy(PERMISSIONS | {"Effect": "Maybe"}), SYNTAX),
    (policy(without(PERMISSIONS, "Effect")), SYNTAX),
    (policy(PERMISSIONS | {"NotAction": "s3:*"}), SYNTAX),
    (policy(PERMISSIONS | {"Condition": {"StringAlmost": {"aws:a": "b"}}}), SYNTAX),
    (policy(without(PERMISSIONS, "Action")), "must contain actions"),
    (policy(PERMISSIONS | {"Action": []}), "must contain actions"),
    (policy(PERMISSIONS | {"Action": "GetObject"}), "prefaced by a vendor"),
    (policy(PERMISSIONS | {"Condition": {"StringEquals": {"a": "b"}}}), "prefaced by a vendor"),
    (policy(without(PERMISSIONS, "Resource")), "must contain resources"),
    (policy(PERMISSIONS | {"Resource": "bucket/key"}), "must be in ARN format"),
    (policy(PERMISSIONS | {"Principal": "*"}), "should not specify a principal"),
    (policy(PERMISSIONS | {"Sid": "two words"}), "must be alpha-numeric"),
    (policy(PERMISSIONS | {"Sid": "A"}, PERMISSIONS | {"Sid": "A"}), "must be unique"),
]
BAD_TRUST = [
    ("{", "invalid Json"),
    (policy(without(TRUST, "Principal")), "Missing required field Principal"),
    (policy(TRUST | {"Resource": "*"}), "Has prohibited field Resource"),
    (policy(TRUST | {"Action": "s3:*"}), "may only specify STS AssumeRole actions"),
    (policy(TRUST | {"Principal": {"AWS": ROLE}}), "Invalid principal in policy"),
    (policy(TRUST | {"Principal": {"Service": "lambda"}}), "Invalid principal in policy"),
]


@pytest.fixture
def role(aws) -> str:
    name = unique("role")
    aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))
    return name


class TestPermissions:
    @pytest.mark.parametrize(("document", "message"), MALFORMED)
    def test_a_malformed_one_is_refused(self, aws, role, document, message):
        with pytest.raises(ClientError, match=message) as refused:
            aws.client("iam").put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=document)
        assert refused.value.response["Error"]["Code"] == "MalformedPolicyDocument"
        with pytest.raises(ClientError, match=message):
            aws.client("iam").create_policy(PolicyName=unique("policy"), PolicyDocument=document)

    def test_all_that_is_allowed_is_taken(self, aws, role):
        statements = [
            PERMISSIONS | {"Action": ["s3:Get*", "*"], "Resource": ["*", "arn:aws:s3:::bucket/${aws:username}/*"]},
            {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::bucket"},
            PERMISSIONS | {"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}, "Null": {"aws:a": "true"}}},
            PERMISSIONS | {"Sid": "", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}},
        ]
        aws.client("iam").put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=policy(*statements))
        aws.client("iam").put_role_policy(RoleName=role, PolicyName="two", PolicyDocument=json.dumps({"Statement": PERMISSIONS}))


class TestTrust:
    @pytest.mark.parametrize(("document", "message"), BAD_TRUST)
    def test_a_malformed_one_is_refused(self, aws, role, document, message):
        with pytest.raises(ClientError, match=message) as refused:
            aws.client("iam").create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document)
        assert refused.value.response["Error"]["Code"] == "MalformedPolicyDocument"
        with pytest.raises(ClientError, match=message):
            aws.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=document)

    def test_users_roles_accounts_and_sessions_may_be_trusted(self, aws, role):
        named = [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:role/{role}"]
        statements = [
            TRUST | {"Principal": {"AWS": [*named, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"]}},
            TRUST | {"Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"Service": ["states.eu-west-1.amazonaws.com"]}},
            TRUST | {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        ]
        aws.client("iam").create_role(RoleName=unique("role"), AssumeRolePolicyDocument=policy(*statements))


class TestBuckets:
    def statement(self, bucket: str, **more) -> dict:
        return {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"} | more

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"Resource": "arn:aws:s3:::another/*"}, "Policy has invalid resource"),
            ({"Action": "sqs:SendMessage"}, "Policy has invalid action"),
            ({"Principal": {"AWS": ROLE}}, "Invalid principal in policy"),
        ],
    )
    def test_a_malformed_one_is_refused(self, aws, more, message):
        s3, bucket = aws.client("s3"), unique("bucket")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        with pytest.raises(ClientError, match=message) as refused:
            s3.put_bucket_policy(Bucket=bucket, Policy=policy(self.statement(bucket, **more)))
        assert refused.value.response["Error"]["Code"] == "MalformedPolicy"
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(self.statement(bucket)))


class TestTemplates:
    @pytest.mark.parametrize(
        ("kind", "properties"),
        [
            ("AWS::IAM::Role", {"AssumeRolePolicyDocument": json.loads(policy(TRUST | {"Action": "s3:*"}))}),
            (
                "AWS::IAM::Role",
                {
                    "AssumeRolePolicyDocument": json.loads(policy(TRUST)),
                    "Policies": [{"PolicyName": "one", "PolicyDocument": json.loads(policy(PERMISSIONS | {"Action": "x"}))}],
                },
            ),
            ("AWS::IAM::ManagedPolicy", {"PolicyDocument": json.loads(policy(PERMISSIONS | {"Action": "x"}))}),
            ("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": json.loads(policy(PERMISSIONS))}),
        ],
    )
    def test_a_malformed_one_ends_the_creation(self, aws, kind, properties):
        client, name = aws.client("cloudformation"), unique("stack")
        template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Policy": {"Type": kind, "Properties": properties}}}
        client.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        wait_for(lambda: client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE", "the end")
