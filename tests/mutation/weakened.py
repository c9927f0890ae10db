"""A running platform whose policies lack a statement for a while, and the tests that have to notice."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "local")]

from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT, PLATFORM_ACCOUNT, PROD_ACCOUNT, Settings  # noqa: E402

LINKED_ACCOUNTS = (CICD_ACCOUNT, DEV_ACCOUNT, PROD_ACCOUNT)
# Which functions each test of tests/e2e made work in one run, and how long it took: `make record-functions`.
RECORDED = HERE / "functions.json"
# A test waits so long for what a role without its permission never does.
PATIENCE_SECONDS = "25"
TESTS_OF_A_MUTANT = 6
# By the first step of a state machine one knows the tests that run it.
FIRST_STEPS = {"deploy-pipeline": "prepare", "redeploy-pipelines": "select-pipelines"}


class Platform:
    """A platform whose roles are changed while it runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        recorded = json.loads(RECORDED.read_text())
        self.functions: dict[str, list[str]] = recorded["functions"]
        self.seconds: dict[str, float] = recorded["seconds"]
        # Tests are made for a platform of their own: some fail where they have run before.
        self.fails_anyway: set[str] = set()
        self.passes: set[str] = set()

    def client(self, service: str, account: str):
        credentials = {"aws_access_key_id": account, "aws_secret_access_key": "test"}
        return boto3.client(service, region_name=self.settings.region, endpoint_url=self.settings.endpoint_url, **credentials)

    def judge(self, mutant: dict) -> str | None:
        """The test that fails while a policy lacks the statement, and passes when it is back."""
        for tests in self.chosen(mutant):
            while left := [test for test in tests if test not in self.fails_anyway]:
                with self.without(mutant):
                    failed = self.failing(left)
                if failed is None:
                    break
                if failed in self.passes or not self.failing([failed]):
                    self.passes.add(failed)
                    return failed
                self.fails_anyway.add(failed)
        return None

    @contextmanager
    def without(self, mutant: dict) -> Iterator[None]:
        undo = [self.change(mutant, account) for account in self.accounts(mutant)]
        try:
            yield
        finally:
            for restore in undo:
                restore()

    @staticmethod
    def accounts(mutant: dict) -> tuple[str, ...]:
        return (PLATFORM_ACCOUNT,) if mutant["template"] == "template.yaml" else LINKED_ACCOUNTS

    def change(self, mutant: dict, account: str) -> Callable[[], object]:
        """Puts the policy without the statement in place; answers how to put it back."""
        of_kind = {
            "AWS::Events::EventBusPolicy": self.change_bus,
            "AWS::IAM::ManagedPolicy": self.change_managed_policy,
            "AWS::IAM::Role": self.change_role,
            "AWS::S3::BucketPolicy": self.change_bucket,
            "AWS::SQS::QueuePolicy": self.change_queue,
        }
        return of_kind[mutant["kind"]](mutant, account)

    def change_role(self, mutant: dict, account: str) -> Callable[[], object]:
        iam, role = self.client("iam", account), mutant["name"]
        policy = iam.list_role_policies(RoleName=role)["PolicyNames"][mutant["document"]]
        before = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        if rest := _rest(before, mutant):
            iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=rest)
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=policy)
        return lambda: iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(before))

    def change_managed_policy(self, mutant: dict, account: str) -> Callable[[], object]:
        iam, arn = self.client("iam", account), self.physical_id(mutant["resource"])
        old = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        before = iam.get_policy_version(PolicyArn=arn, VersionId=old)["PolicyVersion"]["Document"]
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=_rest(before, mutant), SetAsDefault=True)

        def restore() -> None:
            iam.set_default_policy_version(PolicyArn=arn, VersionId=old)
            iam.delete_policy_version(PolicyArn=arn, VersionId=made["PolicyVersion"]["VersionId"])

        return restore

    def change_queue(self, mutant: dict, account: str) -> Callable[[], object]:
        sqs, url = self.client("sqs", account), self.physical_id(mutant["resource"].removesuffix("Policy"))
        before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _rest(json.loads(before), mutant) or ""})
        return lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": before})

    def change_bucket(self, mutant: dict, account: str) -> Callable[[], object]:
        s3, bucket = self.client("s3", account), self.physical_id(mutant["resource"].removesuffix("Policy"))
        before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        s3.delete_bucket_policy(Bucket=bucket)
        return lambda: s3.put_bucket_policy(Bucket=bucket, Policy=before)

    def change_bus(self, mutant: dict, account: str) -> Callable[[], object]:
        events, bus = self.client("events", account), self.physical_id("EventBus")
        before = events.describe_event_bus(Name=bus)["Policy"]
        events.remove_permission(EventBusName=bus, StatementId=mutant["left_out"]["Sid"])
        return lambda: events.put_permission(EventBusName=bus, Policy=before)

    def physical_id(self, logical_id: str) -> str:
        cloudformation = self.client("cloudformation", PLATFORM_ACCOUNT)
        stack = json.loads(self.settings.stack_file.read_text())["tableName"].rpartition("-Table")[0]
        found = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def chosen(self, mutant: dict) -> Iterator[list[str]]:
        """The tests to run, in steps."""
        name = mutant["name"].removeprefix("dataall-platform-").removesuffix(f"-{self.settings.region}")
        if name in FIRST_STEPS:
            yield self.spread(self.functions[FIRST_STEPS[name]])
            return
        if (ROOT / "functions" / name).is_dir():
            yield [f"test_permissions.py::test_a_role_allows_what_its_function_calls_and_no_more[{name}]"]
            if tests := self.spread(self.functions.get(name, [])):
                yield tests
        else:
            yield self.covering()

    def spread(self, tests: list[str]) -> list[str]:
        """The fastest tests of each file in turn."""
        by_file: dict[str, list[str]] = {}
        for test in sorted(tests, key=self.duration):
            by_file.setdefault(test.partition("::")[0], []).append(test)
        found: list[str] = []
        while len(found) < TESTS_OF_A_MUTANT and any(by_file.values()):
            found += [of.pop(0) for of in by_file.values() if of]
        return found[:TESTS_OF_A_MUTANT]

    def covering(self) -> list[str]:
        """Few tests that together make every function work."""
        works: dict[str, set[str]] = {}
        for function, tests in self.functions.items():
            for test in tests:
                works.setdefault(test, set()).add(function)
        found, left = [], set(self.functions)
        while left and (best := max(works, key=lambda test: len(works[test] & left) / (1 + self.duration(test)))) and works[best] & left:
            found.append(best)
            left -= works[best]
        return sorted(found, key=self.duration)

    def duration(self, test: str) -> float:
        return self.seconds.get(test, 0)

    def failing(self, tests: list[str]) -> str | None:
        """The first of the tests that fails."""
        environment = os.environ | {
            "E2E_PATIENCE": PATIENCE_SECONDS,
            "LOCAL_DIRECTORY": str(self.settings.directory),
            "LOCAL_AWS_PORT": str(self.settings.aws.port),
            "LOCAL_AWS_PIPELINES": "off",
            "PYTHONPATH": str(ROOT / "local"),
        }
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--running-platform", *(f"tests/e2e/{test}" for test in tests)]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return None
        failed = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        if not failed:
            raise RuntimeError(ran.stdout + ran.stderr)
        # A test's parameters may hold spaces.
        name = failed[0].partition(" ")[2].partition(" - ")[0]
        return name.removeprefix("tests/e2e/")


def _rest(document: dict, mutant: dict) -> str | None:
    """What remains of a policy's document without the statement."""
    rest = [statement for index, statement in enumerate(document["Statement"]) if index != mutant["statement"]]
    return json.dumps(document | {"Statement": rest}) if rest else None
