"""Scenarios of several pipelines that share an environment: it changes, or they are all redeployed."""

import json
import re
import time
from dataclasses import dataclass, field

import judging
import requests
from cells import OUTAGE_SECONDS, PATIENCE_SECONDS, Cell, Result, alone, plainly
from proxy import Call, Fault, Made, Rule, Scene
from scenarios import SCENARIOS, Request, Subject, keyed
from world import CICD_ACCOUNT, PLATFORM_ACCOUNT, ROOT, World, owners

STRATEGY = "trunk"
SIZE = 2
BOUNDARIES = ("sweep-one", "sweep-two")
_LONGEST_SECONDS = 900
# The workflow of a single pipeline is tried elsewhere.
STEPS = {
    re.sub("(?<!^)(?=[A-Z])", "-", name).lower()
    for name in re.findall(r"\$\{(\w+)FunctionArn\}", (ROOT / "statemachine.asl.json").read_text())
}


@dataclass
class Fleet:
    """An environment and the pipelines that have a stage in it."""

    world: World
    scene: Scene
    environment: str
    pipelines: list[Subject] = field(default_factory=list)
    boundary: str | None = None

    @classmethod
    def new(cls, world: World) -> "Fleet":
        account = owners.unused_account()
        with world.making:
            environment = owners.ready(world.platform, world.alice, account, world.platform.settings.region, (CICD_ACCOUNT,))
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        for name in BOUNDARIES:
            world.platform.aws("iam", account).create_policy(PolicyName=name, PolicyDocument=json.dumps(everything))
        fleet = cls(world, Scene(), environment["id"])
        world.proxy.belongs(fleet.environment, fleet.scene)
        for _ in range(SIZE):
            subject = Subject.new(world, STRATEGY)
            subject.stages = [{"name": "dev", "environmentId": fleet.environment, "manualApproval": True}]
            if wrong := plainly(world, SCENARIOS["create"], subject).wrong:
                raise RuntimeError(f"a pipeline of a fleet could not be made: {wrong}")
            world.proxy.forget(subject.scene)
            subject.scene = fleet.scene
            for word in (subject.name, subject.id):
                world.proxy.belongs(word, fleet.scene)
            fleet.pipelines.append(subject)
        return fleet

    @property
    def path(self) -> str:
        return f"/environments/{self.environment}"


class FleetScenario:
    name = ""

    def request(self, fleet: Fleet) -> Request:
        raise NotImplementedError

    def redeployment(self, fleet: Fleet, answer: requests.Response) -> str | None:
        raise NotImplementedError

    def expect(self, fleet: Fleet) -> None:
        """Takes down what is to be true once it has been done."""

    def judge(self, fleet: Fleet) -> list[str]:
        return []


class ChangeEnvironment(FleetScenario):
    """Another permissions boundary reaches every pipeline that deploys there."""

    name = "change environment"

    def request(self, fleet: Fleet) -> Request:
        now = fleet.world.alice.request("GET", fleet.path)
        fleet.boundary = BOUNDARIES[now.json().get("permissionsBoundary") == BOUNDARIES[0]]
        return Request("PATCH", fleet.path, {"permissionsBoundary": fleet.boundary}, {"If-Match": now.headers["ETag"]})

    def redeployment(self, fleet: Fleet, answer: requests.Response) -> str | None:
        return fleet.world.alice.call("GET", fleet.path).get("redeploymentId")

    def expect(self, fleet: Fleet) -> None:
        for subject in fleet.pipelines:
            subject.commits += 1

    def judge(self, fleet: Fleet) -> list[str]:
        wrong = []
        for subject in fleet.pipelines:
            [record] = [row for row in fleet.world.rows(subject.id) if row["sk"] == "PIPELINE"]
            found = json.dumps(record["deployedWith" if "deployedWith" in record else "deployed"], default=str)
            if fleet.boundary not in found:
                wrong.append(f"agrees: {subject.id} is deployed with {found}, not with the boundary {fleet.boundary}")
        return wrong


class RedeployMany(FleetScenario):
    name = "redeploy many"

    def request(self, fleet: Fleet) -> Request:
        return Request("POST", "/redeployments", {"environmentId": fleet.environment}, keyed())

    def redeployment(self, fleet: Fleet, answer: requests.Response) -> str | None:
        return answer.json()["id"] if answer.ok else None


FLEET_SCENARIOS: dict[str, FleetScenario] = {scenario.name: scenario for scenario in (ChangeEnvironment(), RedeployMany())}


def run(world: World, cell: Cell, fleet: Fleet) -> Result:
    begun, result, twins = time.monotonic(), Result(cell), []
    rule = Rule(cell.call, cell.fault, cell.always, does=lambda invocation: twins.append(world.invoke_again(invocation)))
    try:
        with alone(cell):
            _Run(FLEET_SCENARIOS[cell.scenario], fleet, result, rule, twins).through()
    except Exception as error:
        result.wrong.append(f"sweep: {type(error).__name__}: {error}")
    result.applied, result.seconds = rule.applied, round(time.monotonic() - begun, 1)
    return result


def recorded(world: World, scenario: FleetScenario, fleet: Fleet) -> list[Made]:
    """The calls of a scenario in which nothing goes wrong."""
    result = Result(Cell(scenario.name, STRATEGY, Call("", "", 0), Fault.DROPPED))
    _Run(scenario, fleet, result, None, []).through()
    if result.wrong:
        raise SystemExit(f"{scenario.name} goes wrong without a fault: {result.wrong}")
    return [made for made in fleet.scene.calls if made.call.function not in STEPS]


class _Run:
    def __init__(self, scenario: FleetScenario, fleet: Fleet, result: Result, rule: Rule | None, twins: list) -> None:
        self.scenario, self.fleet, self.world, self.rule, self.twins = scenario, fleet, fleet.world, rule, twins
        self.result, self.wrong = result, result.wrong
        self.asked = 1

    def through(self) -> None:
        fleet = self.fleet
        request = self.scenario.request(fleet)
        before = self.scenario.redeployment(fleet, _NOTHING)
        self.scenario.expect(fleet)
        fleet.scene.begin(self.rule)
        answer = self.send(request)
        view = self.end_of(self.scenario.redeployment(fleet, answer), before)
        if self.rule:
            self.rule.lifted = True
        if judging.is_to_be_sent_again(answer):
            self.result.healed_by.append("the same request")
            answer = self.send(request)
            if not answer.ok:
                self.wrong.append(f"mended: the same request is answered {answer.status_code} again: {answer.text[:300]}")
                return
            view = self.end_of(self.scenario.redeployment(fleet, answer), None)
        if view and view["status"] != "SUCCEEDED":
            self.named(view)
            view = self.mend()
        if not view:
            self.wrong.append("answer: nothing came of it")
            return
        counts = view.get("total"), view.get("done"), view.get("failed")
        if counts != (SIZE, SIZE, 0):
            self.wrong.append(f"agrees: the redeployment counts {counts}, not {(SIZE, SIZE, 0)}")
        for subject in fleet.pipelines:
            self.wrong += judging.deployments(subject, {}, self.asked)
            self.wrong += judging.deployed(subject)
        self.wrong += self.scenario.judge(fleet)

    def send(self, request: Request) -> requests.Response:
        answer = request.send(self.world)
        self.wrong += judging.answer(answer)
        return answer

    def end_of(self, redeployment: str | None, before: str | None) -> dict | None:
        """The redeployment when it has ended, and the pipelines as well."""
        if redeployment is None or redeployment == before:
            return None
        lasting = self.rule is not None and self.rule.always and not self.rule.lifted
        view, stuck = self.followed(redeployment, OUTAGE_SECONDS if lasting else PATIENCE_SECONDS)
        if stuck and lasting:
            self.rule.lifted = True
            view, stuck = self.followed(redeployment, PATIENCE_SECONDS)
        for twin in self.twins:
            twin.join()
        if stuck:
            self.wrong.append(f"ended: {stuck}")
        for subject in self.fleet.pipelines:
            _, stuck = self.world.settled(subject.id, PATIENCE_SECONDS, _LONGEST_SECONDS)
            if stuck:
                self.wrong.append(f"ended: {subject.id}: {stuck}")
        return view

    def followed(self, redeployment: str, patience: float) -> tuple[dict, str | None]:
        """The redeployment as the API shows it once it has ended; what is wrong if it says that it runs and nothing runs."""
        states = self.world.client("stepfunctions", PLATFORM_ACCOUNT)
        machine = self.world.stack["stateMachineArn"].replace("deploy-pipeline", "redeploy-pipelines")
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{redeployment}"
        idle, deadline = None, time.monotonic() + _LONGEST_SECONDS
        while True:
            try:
                lives = states.describe_execution(executionArn=arn)["status"] == "RUNNING"
            except states.exceptions.ExecutionDoesNotExist:
                lives = False
            got = self.world.alice.request("GET", f"/redeployments/{redeployment}")
            view = got.json()
            if got.ok and view["status"] != "RUNNING":
                return view, None
            idle = None if lives else idle or time.monotonic()
            if idle and time.monotonic() - idle > patience:
                return view, f"the redeployment says RUNNING for {patience} s without a living execution"
            if time.monotonic() > deadline:
                return view, f"the redeployment still runs after {_LONGEST_SECONDS} s"
            time.sleep(0.3)

    def named(self, view: dict) -> None:
        """A redeployment that failed says why and what to do; the pipelines' own failures are named as always."""
        failure = view.get("failure") or {}
        if not judging.is_named(failure.get("error", "")):
            self.wrong.append(f"named: the redeployment is {view['status']} with {failure}")
        elif "again" not in failure.get("cause", ""):
            self.wrong.append(f"named: the cause does not say what to do: {failure}")
        for subject in self.fleet.pipelines:
            [record] = [row for row in self.world.rows(subject.id) if row["sk"] == "PIPELINE"]
            if record["status"] == "FAILED":
                self.wrong += judging.failure(subject, record)

    def mend(self) -> dict | None:
        """One plain call: the redeployment is asked for again."""
        self.asked += 1
        self.result.healed_by.append("POST /redeployments")
        answer = FLEET_SCENARIOS["redeploy many"].request(self.fleet).send(self.world)
        if not answer.ok:
            self.wrong.append(f"mended: POST /redeployments is answered {answer.status_code}: {answer.text[:300]}")
            return None
        return self.end_of(answer.json()["id"], None)


class _Nothing:
    ok = False


_NOTHING = _Nothing()
