"""IAM and STS, judged by `iam.yaml`."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import cases, local

_DENIED = {"AccessDenied", "AccessDeniedException", "403", "AuthorizationErrorException", "AWS.SimpleQueueService.NonExistentQueue"}


def written(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class World:
    """What calls are about, and who makes them."""

    def __init__(self, aws):
        self.aws = aws
        self.s3, self.iam = aws.client("s3"), aws.client("iam")
        bucket, table, queue = local.unique("judged"), local.unique("judged"), local.unique("judged")
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.s3.put_object(Bucket=bucket, Key="a/b.txt", Body=b"x")
        aws.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        agreed = {"StringEquals": {"sts:ExternalId": "agreed"}}
        account_role = local.unique("judged")
        self.names = {
            "bucket": bucket,
            "table": table,
            "queue-url": aws.client("sqs").create_queue(QueueName=queue)["QueueUrl"],
            "service-role": aws.role(local.unique("judged"), assume | {"Principal": {"Service": "states.amazonaws.com"}}, []),
            "account-role": aws.role(account_role, assume | {"Principal": {"AWS": local.ACCOUNT}}, []),
            "account-role-name": account_role,
            "external-role": aws.role(local.unique("judged"), assume | {"Principal": {"AWS": local.ACCOUNT}, "Condition": agreed}, []),
        }
        self.iam.update_role(RoleName=account_role, MaxSessionDuration=7200)
        self.iam.tag_role(RoleName=account_role, Tags=[{"Key": "team", "Value": "a"}])

    def filled(self, value, **more: str):
        """With the names of the world; `${{variable}}` stands for a variable of IAM."""
        text = json.dumps(value)
        for name, known in (self.names | more).items():
            text = text.replace(f"${{{name}}}", known)
        return json.loads(text.replace("${{", "${").replace("}}/", "}/"))

    def caller(self, case: dict) -> tuple[dict | str, str]:
        """Credentials, and the ARN of their role."""
        if "root" in case:
            return case["root"], ""
        account, name = case.get("account", local.ACCOUNT), local.unique("judged")
        iam = self.aws.client("iam", account)
        trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        arn = self.aws.role(name, trust, self.filled(case.get("statements", [])), account)
        if "boundary" in case:
            policy = iam.create_policy(PolicyName=name, PolicyDocument=written(*case["boundary"]))["Policy"]["Arn"]
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=policy)
        if "tags" in case:
            iam.tag_role(RoleName=name, Tags=[{"Key": key, "Value": value} for key, value in case["tags"].items()])
        session = {"Policy": written(*self.filled(case["session"]))} if "session" in case else {}
        sts = self.aws.client("sts", account)
        return sts.assume_role(RoleArn=arn, RoleSessionName="judged", **session)["Credentials"], arn

    def call(self, case: dict) -> None:
        credentials, arn = self.caller(case)
        service, operation, arguments = case["call"]
        if "bucket-policy" in case:
            self.s3.put_bucket_policy(Bucket=self.names["bucket"], Policy=written(*self.filled(case["bucket-policy"], caller=arn)))
        try:
            getattr(self.aws.client(service, credentials), operation)(**self.filled(arguments))
        finally:
            self.s3.delete_bucket_policy(Bucket=self.names["bucket"])

    def take(self, case: dict) -> None:
        """Gives IAM or S3 a policy."""
        if "document" in case:
            self.iam.create_policy(PolicyName=local.unique("judged"), PolicyDocument=json.dumps(case["document"]))
        elif "trust" in case:
            self.iam.create_role(RoleName=local.unique("judged"), AssumeRolePolicyDocument=json.dumps(case["trust"]))
        else:
            self.s3.put_bucket_policy(Bucket=self.names["bucket"], Policy=json.dumps(self.filled(case["bucket-document"])))


@pytest.fixture(scope="module")
def world(aws) -> World:
    return World(aws)


@pytest.mark.parametrize("case", cases("iam"))
def test_case(world, case):
    assert answer(world, case) == case["expect"]


def answer(world: World, case: dict) -> str:
    try:
        (world.call if "call" in case else world.take)(case)
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        return "denied" if code in _DENIED else code
    return "allowed"
