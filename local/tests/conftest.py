"""A local AWS of the tests' own: a free port, a state of its own, IAM enforced."""

import io
import json
import os
import socket
import subprocess
import sys
import time
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

REGION = "eu-west-1"
ACCOUNT = "111111111111"
OTHER_ACCOUNT = "222222222222"
LOCAL = Path(__file__).parents[1]
# Each client keeps a connection: hundreds of them would be hundreds of open files of the server.
_CLIENTS: dict[tuple, object] = {}


@dataclass(frozen=True)
class LocalAws:
    """A running local AWS, and clients of it."""

    port: int
    directory: Path
    environment: dict[str, str]

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, credentials: dict | str = ACCOUNT, region: str = REGION):
        """A client of an account's root (its number), or of a session (what AssumeRole answers)."""
        if isinstance(credentials, str):
            credentials = {"AccessKeyId": credentials, "SecretAccessKey": "test", "SessionToken": None}
        key = (self.port, service, credentials["AccessKeyId"], region)
        if key not in _CLIENTS:
            _CLIENTS[key] = self._new_client(service, credentials, region)
        return _CLIENTS[key]

    def _new_client(self, service: str, credentials: dict, region: str):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def role(self, name: str, trust: list | dict, permissions: list, account: str = ACCOUNT) -> str:
        """A role's ARN."""
        iam = self.client("iam", account)
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust if isinstance(trust, list) else [trust]))
        if permissions:
            iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=_policy(permissions))
        return role["Role"]["Arn"]

    def session(self, *permissions: dict, account: str = ACCOUNT, **options) -> dict:
        """Credentials of a new role with these permissions."""
        trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        arn = self.role(unique("role"), trust, list(permissions), account)
        return self.client("sts", account).assume_role(RoleArn=arn, RoleSessionName="session", **options)["Credentials"]


def _policy(statements: list) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: str | list[str], resource: str = "*", **conditions) -> dict:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return statement | ({"Condition": conditions} if conditions else {})


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Queue:
    """A queue; nobody but its account may send to it."""

    def __init__(self, aws: LocalAws, account: str = ACCOUNT, **attributes: str):
        self.sqs, self.name = aws.client("sqs", account), unique("queue")
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:{REGION}:{account}:{self.name}"

    def let_in(self, rule: str) -> None:
        """Lets the rule of this ARN send to it."""
        statement = allow("sqs:SendMessage", self.arn, ArnEquals={"aws:SourceArn": rule}) | {
            "Principal": {"Service": "events.amazonaws.com"}
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def messages(self) -> list[dict]:
        return self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", [])

    def first(self) -> dict:
        return wait_for(self.messages, f"a message in {self.name}")[0]


def wait_for(condition, what: str, seconds: float = 20):
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} seconds"
        time.sleep(0.05)
    return answer


def localaws(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "localaws", command], env=environment, capture_output=True, text=True, check=False)


def environment_for(directory: Path) -> dict[str, str]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        port, edge_port = one.getsockname()[1], other.getsockname()[1]
    settings = {"LOCAL_AWS_PORT": str(port), "LOCAL_AWS_EDGE_PORT": str(edge_port)}
    settings |= {"LOCAL_AWS_DIRECTORY": str(directory), "LOCAL_AWS_REGION": REGION}
    # Packages for builds stay from one run of the tests to the next.
    settings["LOCAL_AWS_BUILD_CACHE"] = os.environ.get("LOCAL_AWS_BUILD_CACHE", str(LOCAL.parent / ".local/build-cache"))
    return os.environ | settings | {"PYTHONPATH": str(LOCAL)}


@pytest.fixture(scope="session")
def aws(tmp_path_factory) -> LocalAws:
    directory = tmp_path_factory.mktemp("aws")
    environment = environment_for(directory)
    started = localaws("start", environment)
    assert started.returncode == 0, started.stderr
    yield LocalAws(int(environment["LOCAL_AWS_PORT"]), directory, environment)
    stopped = localaws("stop", environment)
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture
def codecommit(aws):
    return aws.client("codecommit")


@pytest.fixture
def repository(codecommit) -> str:
    """The name of a new, empty repository."""
    name = unique("dataall-sales")
    codecommit.create_repository(repositoryName=name)
    return name


@pytest.fixture
def first_commit(codecommit, repository) -> str:
    """The id of the repository's first commit, on main: a.txt and folder/b.txt."""
    files = [{"filePath": "a.txt", "fileContent": b"one\n"}, {"filePath": "folder/b.txt", "fileContent": b"two\n"}]
    return codecommit.create_commit(repositoryName=repository, branchName="main", putFiles=files)["commitId"]


def packed(program: str) -> bytes:
    """The archive of a function."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        code.writestr(entry, (Path(__file__).parent / "functions" / program).read_text())
    return archive.getvalue()


@pytest.fixture(scope="session")
def make_function(aws):
    """Makes a function that echoes (or does what another `program` of functions/ does), whose role has these permissions; its ARN.

    Nobody but the account may invoke it.
    """

    def make(*permissions: dict, account: str = ACCOUNT, program: str = "bootstrap", **options) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        made = aws.client("lambda", account).create_function(
            FunctionName=unique("echo"),
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=aws.role(unique("function"), trust, list(permissions), account),
            Code={"ZipFile": packed(program)},
            Timeout=5,
            **options,
        )
        return made["FunctionArn"]

    return make
