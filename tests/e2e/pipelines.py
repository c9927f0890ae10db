"""What the tests do with pipelines: ask for them, wait for their deployments, look at what came out of them."""

import json
import os
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from localplatform import deployment
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT, Settings

PATIENCE_SECONDS = float(os.environ.get("E2E_PATIENCE", "120"))


@dataclass(frozen=True)
class Platform:
    """The platform under test."""

    settings: Settings
    stack: dict
    # Where its functions reach AWS; none for a platform that the tests have not started.
    proxy: object = None

    def user(self, name: str) -> Api:
        return Api(self.stack, next(user for user in self.stack["users"] if user["username"] == name))

    def aws(self, service: str, account: str = CICD_ACCOUNT, region: str | None = None):
        """A client of an account's root: what the account's owner sees."""
        return deployment.client(self.settings, service, account, region)

    def rows(self, partition: str, kind: str = "") -> list[dict]:
        """The rows of a partition of the table whose sort keys begin like that, in their order."""
        pages = (
            self.aws("dynamodb", self.stack["platformAccountId"])
            .get_paginator("query")
            .paginate(
                TableName=self.stack["tableName"],
                KeyConditionExpression="pk = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
                ConsistentRead=True,
            )
        )
        return [row for page in pages for row in page["Items"] if row["sk"]["S"].startswith(kind)]

    def clone(self, pipeline: dict, directory: Path) -> Path:
        """A clone of the pipeline's repository, made with git."""
        repository = {"region": self.settings.region, "repositoryName": pipeline["repositoryName"]}
        url = self.stack["gitUrl"].format(accountId=CICD_ACCOUNT, **repository)
        subprocess.run(["git", "clone", "--quiet", url, str(directory)], check=True)
        return directory

    def head(self, pipeline: dict) -> str:
        branch = self.aws("codecommit").get_branch(repositoryName=pipeline["repositoryName"], branchName="main")
        return branch["branch"]["commitId"]

    def commit_message(self, pipeline: dict) -> str:
        """What the commit at the head of main says."""
        name, head = pipeline["repositoryName"], self.head(pipeline)
        return self.aws("codecommit").get_commit(repositoryName=name, commitId=head)["commit"]["message"]

    def stack_events(self, pipeline: dict) -> list[str]:
        """The ids of all that has happened to the CICD stack."""
        pages = self.aws("cloudformation").get_paginator("describe_stack_events").paginate(StackName=pipeline["stackName"])
        return [event["EventId"] for page in pages for event in page["StackEvents"]]

    def execution(self, a_deployment: dict) -> dict:
        """The execution of the workflow as Step Functions describes it."""
        states = self.aws("stepfunctions", self.stack["platformAccountId"])
        return states.describe_execution(executionArn=a_deployment["executionArn"])

    def states(self, a_deployment: dict) -> set[str]:
        """The states that an execution has entered."""
        states = self.aws("stepfunctions", self.stack["platformAccountId"])
        pages = states.get_paginator("get_execution_history").paginate(executionArn=a_deployment["executionArn"])
        return {
            event["stateEnteredEventDetails"]["name"] for page in pages for event in page["events"] if "stateEnteredEventDetails" in event
        }

    def payloads(self, a_deployment: dict) -> list[str]:
        """All that the states of an execution were given and gave."""
        states = self.aws("stepfunctions", self.stack["platformAccountId"])
        pages = states.get_paginator("get_execution_history").paginate(executionArn=a_deployment["executionArn"])
        details = [
            value
            for page in pages
            for event in page["events"]
            for key, value in event.items()
            if key.endswith("EventDetails") and isinstance(value, dict)
        ]
        return [detail[key] for detail in details for key in ("input", "output") if key in detail]


def recorded(pipeline: dict) -> dict:
    """What a pipeline's record says: not how its runs go meanwhile, nor what its environments add."""
    record = {name: value for name, value in pipeline.items() if name not in ("delivery", "warnings")}
    shown = ("environmentLabel", "accountId", "region", "status")
    return record | {"stages": [{name: value for name, value in stage.items() if name not in shown} for stage in pipeline["stages"]]}


def definition(environments: dict[str, str], **changes) -> dict:
    """A request for a pipeline with one stage, dev."""
    return {
        "name": f"p-{uuid.uuid4().hex[:8]}",
        "team": "research",
        "cicdEnvironmentId": environments["CICD"],
        "strategy": "cdk-trunk",
        "stages": [{"name": "dev", "environmentId": environments["dev"]}],
    } | changes


def ended(api: Api, pipeline: dict, deployment_id: str | None = None) -> dict:
    """The deployment (the pipeline's last one if none is named), once it has ended."""
    path = f"/pipelines/{pipeline['id']}/deployments/{deployment_id or pipeline['lastDeployment']['id']}"
    return wait_for(lambda: (found := api.call("GET", path)) and found["status"] in ("SUCCEEDED", "FAILED") and found, f"the end of {path}")


def settled(api: Api, pipeline: dict) -> dict:
    """The pipeline, once its deployment has ended; it is to be deployed."""
    a_deployment = ended(api, pipeline)
    found = api.call("GET", f"/pipelines/{pipeline['id']}")
    assert found["status"] == "DEPLOYED", json.dumps(a_deployment, indent=2)
    return found


def redeployed(api: Api, pipeline: dict) -> dict:
    """A new deployment of the pipeline, once it has ended."""
    requested = api.call("POST", f"/pipelines/{pipeline['id']}/deployments")
    return ended(api, pipeline, requested["id"])


def wait_for(condition, what: str, seconds: float = PATIENCE_SECONDS):
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} seconds"
        time.sleep(0.2)
    return answer
