"""Each function's role against the function itself: a built function names the operations that it can call.

The linker leaves out what a function never calls. DynamoDB, Step Functions and EventBridge are told the operation by name; of S3
the SDK's type names are left, here of the linked accounts' buckets, too, so that these only bound what the role allows. STS is in
every function: the SDK looks for credentials with it.
"""

import re
import zipfile
from functools import cache

import pytest
from botocore.session import Session
from localplatform import functions

# What the SDK says in `X-Amz-Target`, before the operation.
TARGETS = {"dynamodb": "DynamoDB_20120810", "states": "AWSStepFunctions", "events": "AWSEvents"}
MODELS = {"dynamodb": "dynamodb", "states": "stepfunctions", "events": "events"}
# IAM knows transactions by the actions in them.
TRANSACTION = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"}
# Asked for by no call of the function: with it S3 says of an object that it is not there.
UNCALLED = {"s3:ListBucket"}
# Lambda itself reads the stream with the function's role.
READS_STREAMS = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}


@pytest.fixture(scope="module")
def operations() -> dict[str, list[str]]:
    """The names of all operations of each service, the longest first."""
    session = Session()
    return {service: sorted(session.get_service_model(model).operation_names, key=len, reverse=True) for service, model in MODELS.items()}


@pytest.fixture(scope="module")
def granted(platform):
    """What the role of a function allows on the platform's own resources, as IAM has it."""
    iam = platform.aws("iam", platform.stack["platformAccountId"])

    def actions(function: str) -> set[str]:
        role = f"dataall-platform-{function}-{platform.settings.region}"
        documents = [iam.get_role_policy(RoleName=role, PolicyName=name) for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]
        statements = [statement for document in documents for statement in document["PolicyDocument"]["Statement"]]
        assert all(statement["Effect"] == "Allow" for statement in statements)
        return {action for statement in statements for action in as_list(statement["Action"])}

    return actions


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


@cache
def executable(function: str) -> bytes:
    """What was deployed as the function."""
    with zipfile.ZipFile(functions.package(function)) as package:
        return package.read("bootstrap")


def called(function: str, operations: dict[str, list[str]]) -> set[str]:
    """The operations that the built function names. Other text follows a name without a gap."""
    built = executable(function)
    return {
        f"{service}:{next(name for name in operations[service] if text.startswith(name.encode()))}"
        for service, target in TARGETS.items()
        for text in re.findall(target.encode() + rb"\.(\w+)", built)
    }


def called_of_s3(function: str) -> set[str]:
    names = re.findall(rb"aws_sdk_s3::operation::([a-z_]+)", executable(function))
    return {"s3:" + "".join(word.capitalize() for word in name.decode().split("_")) for name in names}


@pytest.mark.parametrize("function", functions.names())
def test_a_role_allows_what_its_function_calls_and_no_more(function, granted, operations):
    calls, allowed = called(function, operations), granted(function)
    of_these_services = {action for action in allowed if action.partition(":")[0] in TARGETS} - READS_STREAMS
    if "dynamodb:TransactWriteItems" in calls:
        assert of_these_services & TRANSACTION
        # An action that a call needs beside transactions cannot be told from theirs.
        calls, of_these_services = calls - {"dynamodb:TransactWriteItems"} - TRANSACTION, of_these_services - TRANSACTION
    assert of_these_services == calls
    of_s3 = {action for action in allowed if action.startswith("s3:")} - UNCALLED
    assert of_s3 <= called_of_s3(function)
