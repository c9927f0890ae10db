"""The platform under the sweep, and what is true of it, as its owners see it: records, executions, repositories, stacks, events."""

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "local"), str(ROOT / "tests/e2e")]

import owners  # noqa: E402
from bus import Listener, Queue  # noqa: E402
from localplatform import environments  # noqa: E402
from localplatform.api import Api  # noqa: E402
from localplatform.environments import ACCOUNTS  # noqa: E402
from localplatform.settings import CICD_ACCOUNT, PLATFORM_ACCOUNT  # noqa: E402
from pipelines import Platform  # noqa: E402
from proxy import PREFIX, Invocation, Proxy  # noqa: E402

LOOK_SECONDS = 0.2
ANNOUNCED_WITHIN_SECONDS = 10
# What a function could not accept comes again after this time, not after minutes.
QUEUES = ("dataall-platform-events", "dataall-platform-delivery-events", "dataall-platform-ended-executions")
VISIBILITY_SECONDS = "20"
BUSY = ("DEPLOYING", "DELETING")
ENDS = {"SUCCEEDED": "Pipeline Deployment Succeeded", "FAILED": "Pipeline Deployment Failed", "DELETED": "Pipeline Deleted"}
_TRAILER = re.compile(r"^Deployment: (\S+)$", re.MULTILINE)


class World:
    """Clients of the platform, and a thread that watches records and executions for all cells at once."""

    def __init__(self, platform: Platform, proxy: Proxy) -> None:
        self.platform, self.proxy = platform, proxy
        self.stack = platform.stack
        self.alice: Api = platform.user("alice")
        linked = {environment["accountId"]: environment["id"] for environment in self.alice.all("/environments")}
        self.environments = {account.label: linked[account.account_id] for account in ACCOUNTS}
        self._clients: dict[tuple[str, str], object] = {}
        self._clients_lock = threading.Lock()
        self.making = threading.Lock()
        self._unready: str | None = None
        self._looked = threading.Condition()
        self._watched: dict[str, int] = defaultdict(int)
        self._looks = 0
        self._records: dict[str, dict | None] = {}
        self._running: set[str] = set()
        self._busy_since: dict[str, float] = {}
        self.ends: dict[str, list[str]] = defaultdict(list)
        self._stopped = threading.Event()

    @contextmanager
    def watched(self) -> Iterator["World"]:
        listener = Listener(self.platform, {"detail-type": list(ENDS.values())})
        for name in QUEUES:
            Queue(self.platform, name).set(VisibilityTimeout=VISIBILITY_SECONDS)
        threads = [
            threading.Thread(target=self._repeat, args=(look,), daemon=True) for look in (self._look, lambda: self._listen(listener))
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()
            listener.close()

    def unready_environment(self) -> str:
        """An environment whose account is linked, and not bootstrapped."""
        with self.making:
            if self._unready is None:
                environment = owners.link(self.alice, owners.unused_account(), self.platform.settings.region, "unready")
                environments.deploy_role(self.platform.settings, environment)
                self.alice.call("POST", f"/environments/{environment['id']}/verification")
                self._unready = environment["id"]
            return self._unready

    def client(self, service: str, account: str = CICD_ACCOUNT):
        """A client of an account's root, which many threads share."""
        with self._clients_lock:
            if (service, account) not in self._clients:
                self._clients[service, account] = boto3.client(
                    service,
                    region_name=self.platform.settings.region,
                    endpoint_url=self.platform.settings.endpoint_url,
                    aws_access_key_id=account,
                    aws_secret_access_key="test",
                    config=Config(max_pool_connections=50, read_timeout=400, retries={"total_max_attempts": 1}),
                )
            return self._clients[service, account]

    def _repeat(self, look: Callable[[], None]) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                look()
            except (ClientError, OSError) as error:
                print(f"The watch of the sweep: {error}", flush=True)

    def _look(self) -> None:
        """Looks at the executions first: a record that is busy then, without one, waits for nobody."""
        with self._looked:
            watched = sorted(self._watched)
        running = self._running_executions()
        records: dict[str, dict | None] = dict.fromkeys(watched)
        for start in range(0, len(watched), 100):
            keys = [{"pk": {"S": f"PIPELINE#{one}"}, "sk": {"S": "PIPELINE"}} for one in watched[start : start + 100]]
            request = {self.stack["tableName"]: {"Keys": keys, "ConsistentRead": True}}
            answer = self.client("dynamodb", PLATFORM_ACCOUNT).batch_get_item(RequestItems=request)
            for item in answer["Responses"][self.stack["tableName"]]:
                records[item["id"]["S"]] = plain(item)
        now = time.monotonic()
        with self._looked:
            self._running, self._records = running, self._records | records
            for one in watched:
                record = records[one]
                if record and record["status"] in BUSY and not self._lives(one):
                    self._busy_since.setdefault(one, now)
                else:
                    self._busy_since.pop(one, None)
            self._looks += 1
            self._looked.notify_all()

    def _running_executions(self) -> set[str]:
        states = self.client("stepfunctions", PLATFORM_ACCOUNT)
        found, more = set(), {}
        while True:
            page = states.list_executions(stateMachineArn=self.stack["stateMachineArn"], statusFilter="RUNNING", maxResults=1000, **more)
            found |= {execution["name"] for execution in page["executions"]}
            if "nextToken" not in page:
                return found
            more = {"nextToken": page["nextToken"]}

    def redeployments_of(self, stack_id: str) -> list[str]:
        """How the redeployments are that were started because this stack was deleted."""
        states = self.client("stepfunctions", PLATFORM_ACCOUNT)
        machine = self.stack["stateMachineArn"].replace("deploy-pipeline", "redeploy-pipelines")
        found = states.list_executions(stateMachineArn=machine, maxResults=1000)["executions"]
        described = (states.describe_execution(executionArn=execution["executionArn"]) for execution in found)
        return [execution["status"] for execution in described if stack_id in execution["input"]]

    def _lives(self, pipeline_id: str) -> bool:
        return any(f"-{pipeline_id}-r" in name for name in self._running)

    def _listen(self, listener: Listener) -> None:
        listener.matching("")
        while listener.heard:
            event = listener.heard.pop()
            self.ends[event["detail"]["deploymentId"]].append(event["detail-type"])

    def settled(self, pipeline_id: str, patience: float, longest: float) -> tuple[dict | None, str | None]:
        """The pipeline's record once nothing is under way any more, and what is wrong if that does not come.

        A record that is busy while no execution of it lives is given `patience`.
        """
        deadline = time.monotonic() + longest
        with self._looked:
            self._watched[pipeline_id] += 1
            first = self._looks + 2
            try:
                while True:
                    self._looked.wait()
                    if self._looks < first:
                        continue
                    record = self._records.get(pipeline_id)
                    if not self._lives(pipeline_id) and (record is None or record["status"] not in BUSY):
                        return record, None
                    now = time.monotonic()
                    since = self._busy_since.get(pipeline_id)
                    if since and now - since > patience:
                        return record, f"the record is {record['status']} for {patience:.0f} s without a living execution"
                    if now > deadline:
                        return record, f"the record is {record and record['status']} after {longest:.0f} s and an execution still runs"
            finally:
                self._watched[pipeline_id] -= 1
                if not self._watched[pipeline_id]:
                    del self._watched[pipeline_id]

    def invoke_again(self, invocation: Invocation) -> threading.Thread:
        """Runs a function a second time, at once and with the same event."""
        client = self.client("lambda", PLATFORM_ACCOUNT)
        arguments = {"FunctionName": PREFIX + invocation.function, "Payload": json.dumps(invocation.event)}
        thread = threading.Thread(target=client.invoke, kwargs=arguments, daemon=True)
        thread.start()
        return thread

    def rows(self, pipeline_id: str) -> list[dict]:
        """All rows of a pipeline's partition."""
        pages = (
            self.client("dynamodb", PLATFORM_ACCOUNT)
            .get_paginator("query")
            .paginate(
                TableName=self.stack["tableName"],
                KeyConditionExpression="pk = :pipeline",
                ExpressionAttributeValues={":pipeline": {"S": f"PIPELINE#{pipeline_id}"}},
                ConsistentRead=True,
            )
        )
        return [plain(item) for page in pages for item in page["Items"]]

    def execution(self, pipeline: dict, row: dict) -> dict | None:
        """The execution of a deployment."""
        machine = self.stack["stateMachineArn"].replace(":stateMachine:", ":execution:")
        name = f"{pipeline['name']}-{pipeline['id']}-r{int(row['revision'])}-{row['id']}"
        try:
            return self.client("stepfunctions", PLATFORM_ACCOUNT).describe_execution(executionArn=f"{machine}:{name}")
        except ClientError:
            return None

    def repository(self, name: str) -> Path:
        """The repository itself, on this machine."""
        settings = self.platform.settings
        return settings.aws.repositories / CICD_ACCOUNT / settings.region / f"{name}.git"

    def deployments_of_commits(self, name: str, branch: str) -> list[str]:
        """The deployments that wrote the platform's commits on a branch, the newest first."""
        return _TRAILER.findall(git(self.repository(name), "log", "--format=%B", branch))

    def file(self, name: str, branch: str, path: str) -> str:
        return git(self.repository(name), "show", f"{branch}:{path}")

    def has(self, name: str, branch: str, path: str) -> bool:
        return path in git(self.repository(name), "ls-tree", "-r", "--name-only", branch).splitlines()

    def stacks(self, name: str) -> list[dict]:
        """The stacks that stand under a name."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError:
            return []
        return [stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"]

    def code_pipelines(self, names: list[str]) -> dict[str, list[str]]:
        """The stages of those CodePipelines that are there."""
        client, found = self.client("codepipeline"), {}
        for name in names:
            with contextlib.suppress(ClientError):
                found[name] = [stage["name"] for stage in client.get_pipeline(name=name)["pipeline"]["stages"]]
        return found

    def buckets(self, stack_id: str) -> list[str]:
        """The buckets of a stack."""
        resources = self.client("cloudformation").list_stack_resources(StackName=stack_id)["StackResourceSummaries"]
        return [one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::S3::Bucket"]

    def is_there(self, bucket: str) -> bool:
        try:
            self.client("s3").head_bucket(Bucket=bucket)
        except ClientError:
            return False
        return True

    def announced(self, deployment_id: str, kind: str) -> bool:
        """Whether the bus has told of this end of a deployment; it is given a moment."""
        try:
            return self.until(lambda: kind in self.ends[deployment_id], kind, ANNOUNCED_WITHIN_SECONDS)
        except TimeoutError:
            return False

    def until(self, condition: Callable[[], object], what: str, seconds: float = 30):
        """The first true answer of `condition`."""
        deadline = time.monotonic() + seconds
        while not (answer := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come within {seconds} s")
            self._stopped.wait(LOOK_SECONDS)
        return answer


def plain(item: dict) -> dict:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}


def git(repository: Path, *arguments: str, **options) -> str:
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True, text=True, **options).stdout
