"""What people and the platform do with a pipeline, one call after the other: each is a scenario whose calls of AWS go wrong in turn."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import requests
from proxy import Scene
from world import World

STRATEGIES = ("trunk", "gitflow", "cdk-trunk")


@dataclass
class Request:
    """A call of the API that can be sent again as it was."""

    method: str
    path: str
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def send(self, world: World) -> requests.Response:
        return world.alice.request(self.method, self.path, self.body, headers=self.headers, params=self.query)


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


@dataclass
class Subject:
    """A pipeline, and what is to be true of it."""

    world: World
    strategy: str
    scene: Scene
    name: str
    stages: list[dict]
    tags: dict[str, str] = field(default_factory=dict)
    id: str | None = None
    revision: int = 1
    # The platform's commits on each branch.
    commits: int = 1
    # What developers pushed: branch and path.
    pushed: list[tuple[str, str]] = field(default_factory=list)
    deployments: set[str] = field(default_factory=set)
    buckets: set[str] = field(default_factory=set)
    stack_id: str | None = None
    approval: str | None = None

    @classmethod
    def new(cls, world: World, strategy: str) -> "Subject":
        environments = world.environments
        # CodePipelines run no builds here: they wait for a person before the first stage, so that an update does not wait for them.
        asks = strategy != "cdk-trunk"
        stages = [
            {"name": "dev", "environmentId": environments["dev"], "manualApproval": asks},
            {"name": "prod", "environmentId": environments["prod"], "manualApproval": asks},
        ]
        subject = cls(world, strategy, Scene(), f"s-{uuid.uuid4().hex[:8]}", stages)
        world.proxy.belongs(subject.name, subject.scene)
        return subject

    @property
    def path(self) -> str:
        return f"/pipelines/{self.id}"

    @property
    def repository(self) -> str:
        return f"dataall-{self.name}-{self.id}"

    @property
    def branches(self) -> list[str]:
        """The branches that the platform writes to."""
        others = [stage["name"] for stage in self.stages if stage["name"] != "prod"] if self.strategy == "gitflow" else []
        return ["main", *others]

    def known_as(self, pipeline_id: str) -> None:
        self.id = pipeline_id
        self.world.proxy.belongs(pipeline_id, self.scene)

    def plainly(self, method: str, path: str = "", body: object = None, **query: str) -> requests.Response:
        return Request(method, self.path + path, body, query=query).send(self.world)


class Scenario:
    """A scenario; after it a pipeline is `DEPLOYED`, or gone if the scenario `ends` it."""

    name = ""
    strategies: tuple[str, ...] = STRATEGIES
    ends = False
    # Whether it makes the pipeline.
    begins = False
    # Whether it asks for a deployment.
    changes = True
    # The error with which it is to end at first.
    fails_with: str | None = None

    def before(self, subject: Subject) -> None:
        """What happens before anything goes wrong."""

    def request(self, subject: Subject) -> Request | None:
        """The call with which it begins; none if it begins by itself."""
        raise NotImplementedError

    def expect(self, subject: Subject) -> None:
        """Takes down what is to be true once it has been done."""

    def begun(self, subject: Subject) -> None:
        """Does what makes it begin by itself."""

    def mends(self, subject: Subject) -> Request:
        """The call that mends a failure."""
        return Request("POST", f"{subject.path}/deployments")

    def judge(self, subject: Subject) -> list[str]:
        """What else is wrong at the end."""
        return []


class Create(Scenario):
    name = "create"
    begins = True

    def request(self, subject: Subject) -> Request:
        body = {
            "name": subject.name,
            "team": "research",
            "cicdEnvironmentId": subject.world.environments["CICD"],
            "strategy": subject.strategy,
            "stages": subject.stages,
        }
        return Request("POST", "/pipelines", body, keyed())


class Heal(Create):
    """A stage's account is not bootstrapped: the creation fails, says why, and a change of the stages mends it."""

    name = "create and heal"
    strategies = ("trunk",)
    fails_with = "EnvironmentNotBootstrapped"

    def request(self, subject: Subject) -> Request:
        request = super().request(subject)
        broken = {"name": "prod", "environmentId": subject.world.unready_environment()}
        return replace(request, body=request.body | {"stages": [subject.stages[0], broken]})

    def mends(self, subject: Subject) -> Request:
        return Request("PATCH", subject.path, {"stages": subject.stages})

    def expect(self, subject: Subject) -> None:
        subject.revision += 1


class Edit(Scenario):
    """A developer has pushed; then tags and stages change."""

    name = "edit"

    def before(self, subject: Subject) -> None:
        codecommit = subject.world.client("codecommit")
        for branch in subject.branches:
            head = codecommit.get_branch(repositoryName=subject.repository, branchName=branch)["branch"]["commitId"]
            path = f"notes/{uuid.uuid4().hex}.txt"
            put = {"filePath": path, "fileContent": b"A developer's note.\n"}
            codecommit.create_commit(
                repositoryName=subject.repository, branchName=branch, parentCommitId=head, putFiles=[put], commitMessage="A note"
            )
            subject.pushed.append((branch, path))

    def request(self, subject: Subject) -> Request:
        tags, stages = self.wanted(subject)
        headers = {"If-Match": f'"{subject.revision}"'}
        return Request("PATCH", subject.path, {"description": f"Edit {tags['edit']}", "tags": tags, "stages": stages}, headers)

    @staticmethod
    def wanted(subject: Subject) -> tuple[dict[str, str], list[dict]]:
        tags = {"edit": str(subject.revision)}
        dev, *rest = subject.stages
        if subject.strategy == "gitflow" or len(rest) > 1:
            return tags, [dev, rest[-1]]
        return tags, [dev, dev | {"name": "test"}, rest[-1]]

    def expect(self, subject: Subject) -> None:
        subject.tags, subject.stages = self.wanted(subject)
        subject.revision += 1
        subject.commits += 1

    def judge(self, subject: Subject) -> list[str]:
        wrong = []
        for branch in subject.branches:
            rendered = json.loads(subject.world.file(subject.repository, branch, "ddk.json"))
            if rendered.get("tags", {}).get("edit") != subject.tags["edit"]:
                wrong.append(f"{branch}: ddk.json has the tags {rendered.get('tags')}, not {subject.tags}")
        return wrong


class Redeploy(Scenario):
    name = "redeploy"

    def request(self, subject: Subject) -> Request:
        return Request("POST", f"{subject.path}/deployments", headers=keyed())


class Restore(Scenario):
    """Somebody deletes the CICD stack: CloudFormation tells the platform, which deploys the pipeline again."""

    name = "restore"

    def request(self, _: Subject) -> None:
        return None

    def begun(self, subject: Subject) -> None:
        subject.world.client("cloudformation").delete_stack(StackName=subject.stack_id)

    def expect(self, subject: Subject) -> None:
        subject.stack_id = None


class Reject(Scenario):
    """A person rejects what waits for approval, and has it tried again."""

    name = "reject"
    strategies = ("trunk",)
    changes = False

    def before(self, subject: Subject) -> None:
        waits_for_approval(subject)

    def request(self, subject: Subject) -> Request:
        subject.approval = f"Not today: {uuid.uuid4().hex}"
        body = {"decision": "REJECTED", "comment": subject.approval}
        return Request("POST", f"{subject.path}/stages/dev/approval", body, keyed())

    def judge(self, subject: Subject) -> list[str]:
        action = approval_action(subject)
        if action["status"] != "Failed" or not action.get("summary", "").startswith(subject.approval):
            return [f"the approval is {action}, not rejected with {subject.approval!r}"]
        return []


class Retry(Scenario):
    name = "retry"
    strategies = ("trunk",)
    changes = False

    def before(self, subject: Subject) -> None:
        waits_for_approval(subject)
        # Another run may come to the stage as soon as it is free.
        subject.world.until(steadily(lambda: not runs_in_progress(subject) or reject(subject)), "the end of all runs")

    def request(self, subject: Subject) -> Request:
        return Request("POST", f"{subject.path}/stages/dev/retry", headers=keyed())

    def judge(self, subject: Subject) -> list[str]:
        action = approval_action(subject)
        return [] if action["status"] == "InProgress" else [f"the approval is {action} and does not wait again"]


class Delete(Scenario):
    name = "delete"
    ends = True
    takes_repository = False

    def mends(self, subject: Subject) -> Request:
        return self.request(subject)

    def request(self, subject: Subject) -> Request:
        return Request("DELETE", subject.path, query={"deleteRepository": str(self.takes_repository).lower()})


class DeleteAll(Delete):
    """The repository, too."""

    name = "delete with repository"
    takes_repository = True


def approval_action(subject: Subject) -> dict:
    """The approval before the stage dev, as CodePipeline has it."""
    state = subject.world.client("codepipeline").get_pipeline_state(name=subject.repository)
    [stage] = [stage for stage in state["stageStates"] if stage["stageName"] == "Approve-dev"]
    return stage["actionStates"][0].get("latestExecution", {"status": "none"})


def runs_in_progress(subject: Subject) -> list[str]:
    found = subject.world.client("codepipeline").list_pipeline_executions(pipelineName=subject.repository)["pipelineExecutionSummaries"]
    return [run["pipelineExecutionId"] for run in found if run["status"] == "InProgress"]


def reject(subject: Subject) -> None:
    """Rejects what waits, if anything does."""
    action = approval_action(subject)
    if action["status"] == "InProgress":
        subject.world.client("codepipeline").put_approval_result(
            pipelineName=subject.repository,
            stageName="Approve-dev",
            actionName="Approve",
            token=action["token"],
            result={"summary": "Rejected in AWS", "status": "Rejected"},
        )


def steadily(condition: Callable[[], object], times: int = 4) -> Callable[[], bool]:
    """Whether the condition was true so many times in a row: runs that events start come a moment later."""
    row = 0

    def look() -> bool:
        nonlocal row
        row = row + 1 if condition() else 0
        return row >= times

    return look


def waits_for_approval(subject: Subject) -> None:
    """Sees to it that one run waits for the approval, and that there is no other that could take its place."""
    client, name = subject.world.client("codepipeline"), subject.repository
    is_idle = steadily(lambda: not runs_in_progress(subject))

    def waits() -> bool:
        runs = runs_in_progress(subject)
        if len(runs) > 1:
            reject(subject)
        elif is_idle():
            client.start_pipeline_execution(name=name)
        return len(runs) == 1 and approval_action(subject)["status"] == "InProgress"

    subject.world.until(steadily(waits), "a run that waits for approval")


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for scenario in (Create(), Heal(), Edit(), Redeploy(), Restore(), Reject(), Retry(), Delete(), DeleteAll())
}
