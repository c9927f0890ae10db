"""What one sees of a deployment: its steps while it runs, all that was logged of it by one query, its trace and its metrics."""

import datetime
import json
import re
import time
from dataclasses import dataclass

import pytest
from localplatform.api import Api
from localplatform.commands import ROOT
from pipelines import Platform, definition, ended, settled, wait_for

GUIDE = ROOT / "docs/operations.md"
NAMESPACE = "dataall-pipelines"


@dataclass(frozen=True)
class Deployed:
    """A pipeline that was created, and what was seen meanwhile."""

    pipeline: dict
    deployment: dict
    request_id: str
    seen: list[dict]


@pytest.fixture(scope="module")
def deployed(alice, environments) -> Deployed:
    answer = alice.request("POST", "/pipelines", definition(environments))
    pipeline, seen = answer.json(), []
    path = f"/pipelines/{pipeline['id']}/deployments/{pipeline['lastDeployment']['id']}"
    wait_for(lambda: seen.append(alice.call("GET", path)) or seen[-1]["status"] in ("SUCCEEDED", "FAILED"), "its end")
    return Deployed(settled(alice, pipeline), seen[-1], answer.headers["x-amzn-RequestId"], seen)


class TestWhileItRuns:
    def test_steps_are_seen_with_their_times(self, deployed):
        running = [view for view in deployed.seen if view["status"] == "RUNNING" and view["steps"]]
        assert running, "it was seen while it ran"
        final = {step["name"]: step for step in deployed.deployment["steps"]}
        for view in running:
            # The step that writes the record is not in it.
            for step in (step for step in view["steps"] if step["name"] != "RecordSuccess"):
                assert step["startedAt"] == final[step["name"]]["startedAt"]
                assert ("endedAt" in step) == (step["status"] != "RUNNING")
        assert len(final) > 5
        assert len({len(view["steps"]) for view in running}) > 1, "their number grows"

    def test_its_execution_can_be_opened_in_the_console(self, platform, deployed):
        for view in (view for view in deployed.seen if "executionArn" in view):
            region = platform.stack["region"]
            console = f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/"
            assert view["executionUrl"] == console + view["executionArn"]
        assert deployed.deployment["executionUrl"].endswith(platform.execution(deployed.deployment)["executionArn"])


class Logs:
    """CloudWatch Logs of the platform's account, asked as the operator's guide says."""

    def __init__(self, platform: Platform):
        self._client = platform.aws("logs", platform.stack["platformAccountId"])
        guide = GUIDE.read_text()
        self._query = re.search(r"```\n(fields .*?)```", guide, re.DOTALL)[1]
        self._groups = re.search(r"--log-group-names (.+)", guide)[1].split()

    def about(self, an_id: str) -> list[dict]:
        """What the guide's query finds, oldest first."""
        now = int(time.time())
        what = {"queryString": self._query.replace("DEPLOYMENT_ID", an_id), "startTime": now - 3600, "endTime": now + 60}
        query = self._client.start_query(logGroupNames=self._groups, **what)["queryId"]
        results = wait_for(
            lambda: (found := self._client.get_query_results(queryId=query))["status"] == "Complete" and found, "the results"
        )
        return [json.loads(field["value"]) for row in results["results"] for field in row if field["field"] == "@message"]


@pytest.fixture(scope="module")
def logs(platform) -> Logs:
    return Logs(platform)


class TestOneQuery:
    def test_finds_the_call_every_step_and_the_workflow(self, deployed, logs):
        functions = [step["name"] for step in deployed.deployment["steps"] if not step["name"].startswith("Announce")]

        def complete() -> list[dict] | None:
            """CloudWatch takes lines a moment after they were written, each function's by itself."""
            found = logs.about(deployed.deployment["id"])
            return found if sum("step" in line for line in found) > len(functions) else None

        lines = wait_for(complete, "the lines of all steps")
        calls = [line for line in lines if line.get("method") == "POST"]
        assert [(line["route"], line["status"], line["user"]) for line in calls] == [("/pipelines", 201, "alice")]
        steps = [line["step"] for line in lines if "step" in line]
        assert steps == [*functions, "RecordSuccess"]
        history = [line for line in lines if "execution_arn" in line]
        assert {line["execution_arn"] for line in history} == {deployed.deployment["executionArn"]}
        assert (history[0]["type"], history[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")

    def test_lines_say_what_they_are_about(self, deployed, logs):
        """The call, the steps: pipeline, deployment, the request that asked for it, the trace."""
        lines = [line for line in logs.about(deployed.deployment["id"]) if "step" in line or line.get("method") == "POST"]
        expected = {"pipelineId": deployed.pipeline["id"], "deploymentId": deployed.deployment["id"], "requestId": deployed.request_id}
        assert [line for line in lines if line | expected != line] == []
        assert deployed.deployment["requestId"] == deployed.request_id
        # The table's stream, which starts the workflow, hands no trace on.
        assert len({line["traceId"] for line in lines if "step" in line}) == 1, "one trace through the workflow"
        assert len({line["invocationId"] for line in lines}) == len(lines)
        for figure in ("durationMs", "awsCalls", "readUnits", "writeUnits"):
            assert all(line[figure] >= 0 for line in lines), figure
        assert sum(line["writeUnits"] for line in lines) > 0

    def test_leads_from_a_problem_to_its_line(self, alice, logs):
        refused = alice.request("GET", "/pipelines/absent00")
        problem = refused.json()
        assert refused.headers["x-amzn-RequestId"] == problem["instance"]
        [line] = wait_for(lambda: logs.about(problem["instance"]), "the line of the problem")
        assert (line["status"], line["error"], line["requestId"]) == (404, "NotFound", problem["instance"])

    def test_finds_nothing_about_another(self, deployed, logs):
        other = deployed.deployment["id"][:-1] + ("0" if deployed.deployment["id"][-1] != "0" else "1")
        assert logs.about(other) == []

    def test_no_line_holds_a_secret(self, alice: Api, platform, logs):
        """The external ids that open the accounts, and the tokens that callers send."""
        client = platform.aws("logs", platform.stack["platformAccountId"])
        groups = [group["logGroupName"] for page in client.get_paginator("describe_log_groups").paginate() for group in page["logGroups"]]
        secrets = [environment["externalId"] for environment in alice.all("/environments") if "externalId" in environment]
        secrets.append(alice.token())
        now = int(time.time())
        for secret in secrets:
            text = f"fields @message | filter @message like '{secret}'"
            query = client.start_query(logGroupNames=groups, queryString=text, startTime=now - 7200, endTime=now + 60)["queryId"]
            assert client.get_query_results(queryId=query)["results"] == []


@pytest.fixture(scope="module")
def failed(platform, alice, environments) -> dict:
    """A deployment that failed, because the repository was not ours."""
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    codecommit.delete_repository(repositoryName=name)
    codecommit.create_repository(repositoryName=name)
    return ended(alice, pipeline, alice.call("POST", f"/pipelines/{pipeline['id']}/deployments")["id"])


class TestMetrics:
    def points(self, platform, name: str, **dimensions: str) -> dict:
        now = datetime.datetime.now(datetime.UTC)
        hours = {"StartTime": now - datetime.timedelta(hours=2), "EndTime": now + datetime.timedelta(minutes=1), "Period": 10_800}
        what = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()]}
        client = platform.aws("cloudwatch", platform.stack["platformAccountId"])
        points = client.get_metric_statistics(**what, **hours, Statistics=["SampleCount", "Sum", "Maximum"])["Datapoints"]
        return {name: sum(point[name] for point in points) for name in ("SampleCount", "Sum", "Maximum")}

    @pytest.mark.parametrize(
        ("name", "dimensions"),
        [
            ("StepDuration", {"Step": "Prepare"}),
            ("StepDuration", {"Step": "RecordSuccess"}),
            ("StepErrors", {"Step": "CommitRepository", "Error": "RepositoryNotOurs"}),
            ("Deployments", {"Operation": "DEPLOY", "Outcome": "SUCCEEDED"}),
            ("Deployments", {"Operation": "DEPLOY", "Outcome": "FAILED"}),
            ("DeploymentDuration", {"Operation": "DEPLOY"}),
            ("DeploymentFailures", {"Error": "RepositoryNotOurs"}),
        ],
    )
    def test_arrive(self, platform, deployed, failed, name, dimensions):
        assert failed["failure"]["error"] == "RepositoryNotOurs"
        assert self.points(platform, name, **dimensions)["Sum"] > 0

    def test_count_each_deployment_once(self, platform, alice, environments):
        def count() -> float:
            return self.points(platform, "Deployments", Operation="DEPLOY", Outcome="SUCCEEDED")["Sum"]

        before = count()
        settled(alice, alice.call("POST", "/pipelines", definition(environments)))
        wait_for(lambda: count() > before, "the deployment's metric", 10)
        assert count() == before + 1
