"""Redeployments of many pipelines: by events, over REST, by a schedule, by what happens in the accounts; followed and cancelled."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime

import bus
import owners
import pytest
from bus import Listener, Queue
from localplatform.api import Api
from localplatform.deployment import STACK_NAME
from localplatform.settings import CICD_ACCOUNT
from pipelines import PATIENCE_SECONDS, Platform, definition, ended, redeployed, settled, wait_for
from times import in_order

ACCOUNT, LATER_ACCOUNT = owners.unused_account(), owners.unused_account()


@pytest.fixture(scope="module")
def environment(platform, alice) -> dict:
    """An environment that nobody else's pipelines use."""
    return owners.ready(platform, alice, ACCOUNT, platform.settings.region, (CICD_ACCOUNT,))


@pytest.fixture(scope="module")
def pipelines(alice, environment, environments) -> dict[str, dict]:
    """Deployed pipelines by their names: two with a stage in that environment, and one without, of two strategies."""
    here = {"stages": [{"name": "dev", "environmentId": environment["id"]}]}
    wanted = {
        "trunk-here": here | {"strategy": "trunk"},
        "gitflow-here": here | {"strategy": "gitflow"},
        "gitflow": {"strategy": "gitflow"},
    }
    made = {name: alice.call("POST", "/pipelines", definition(environments, **how)) for name, how in wanted.items()}
    return {name: settled(alice, pipeline) for name, pipeline in made.items()}


class Watch:
    """Tells which deployments pipelines have got since it was set up."""

    def __init__(self, api: Api, pipelines: dict[str, dict]):
        self._api, self._pipelines = api, pipelines
        self._before = {deployment["id"] for name in pipelines for deployment in self._all(name)}

    def _all(self, name: str) -> list[dict]:
        return self._api.all(f"/pipelines/{self._pipelines[name]['id']}/deployments")

    def of(self, name: str) -> list[dict]:
        return [deployment for deployment in self._all(name) if deployment["id"] not in self._before]

    def counts(self) -> dict[str, int]:
        """How many deployments each pipeline has got, if any."""
        return {name: len(new) for name in self._pipelines if (new := self.of(name))}

    def causes(self) -> set[str]:
        """The requests that asked for the new deployments."""
        return {deployment["requestId"] for name in self._pipelines for deployment in self.of(name)}


@pytest.fixture
def watch(alice, pipelines) -> Watch:
    return Watch(alice, pipelines)


def followed(api: Api, redeployment_id: str, until: Callable[[dict], bool] = lambda view: view["status"] != "RUNNING") -> dict:
    """The redeployment, once it is as wanted: by default, once it has ended. An event is accepted a moment after it was put."""

    def look() -> dict | None:
        answer = api.request("GET", f"/redeployments/{redeployment_id}")
        return answer.json() if answer.ok and until(answer.json()) else None

    return wait_for(look, f"the end of the redeployment {redeployment_id}")


def assert_one_at_a_time(deployments: list[dict]) -> None:
    for earlier, later in itertools.pairwise(sorted(deployments, key=lambda deployment: datetime.fromisoformat(deployment["startedAt"]))):
        assert in_order(earlier["endedAt"], later["startedAt"])


class Executions:
    """The executions of the workflow of redeployments, whoever asked for them."""

    def __init__(self, platform: Platform):
        self._states = platform.aws("stepfunctions", platform.stack["platformAccountId"])
        self._machine = platform.stack["stateMachineArn"].replace("deploy-pipeline", "redeploy-pipelines")

    def inputs(self) -> list[dict]:
        """What they were given, latest first."""
        pages = self._states.get_paginator("list_executions").paginate(stateMachineArn=self._machine)
        found = [execution["executionArn"] for page in pages for execution in page["executions"]]
        return [json.loads(self._states.describe_execution(executionArn=arn)["input"]) for arn in found]

    def of(self, kind: str) -> list[str]:
        """The ids of those with a cause of this kind."""
        return [given["redeploymentId"] for given in self.inputs() if given["cause"]["kind"] == kind]


@pytest.fixture
def executions(platform) -> Executions:
    return Executions(platform)


@pytest.fixture
def reconfigured(platform) -> Iterator[Callable[..., None]]:
    """Changes parameters of the platform's stack as its operator does; afterwards they are as they were."""
    cloudformation = platform.aws("cloudformation", platform.stack["platformAccountId"])
    before = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["Parameters"]

    def reconfigure(**changes: str) -> None:
        parameters = [
            {"ParameterKey": name, "ParameterValue": changes[name]} if name in changes else {"ParameterKey": name, "UsePreviousValue": True}
            for name in (parameter["ParameterKey"] for parameter in before)
        ]
        capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
        cloudformation.update_stack(StackName=STACK_NAME, UsePreviousTemplate=True, Parameters=parameters, Capabilities=capabilities)
        cloudformation.get_waiter("stack_update_complete").wait(StackName=STACK_NAME, WaiterConfig={"Delay": 1})
        changed.update(changes)

    changed: dict[str, str] = {}
    yield reconfigure
    if changed:
        reconfigure(**{name: next(p["ParameterValue"] for p in before if p["ParameterKey"] == name) for name in changed})


class TestByEvent:
    @pytest.mark.parametrize(
        ("meant", "deployed"),
        [
            ("pipelineId", {"gitflow"}),
            ("environmentId", {"trunk-here", "gitflow-here"}),
            ("strategy", {"gitflow", "gitflow-here"}),
            ("all", {"trunk-here", "gitflow", "gitflow-here"}),
        ],
    )
    def test_every_pipeline_that_is_meant_is_deployed_once(self, platform, admin, pipelines, environment, watch, meant, deployed):
        value = {"pipelineId": pipelines["gitflow"]["id"], "environmentId": environment["id"], "strategy": "gitflow", "all": True}[meant]
        everything = admin.all("/pipelines")
        event = bus.put(platform, {meant: value})
        redeployment = followed(admin, event)
        assert (redeployment["target"], redeployment["cause"]) == ({meant: value}, {"kind": "REQUESTED"})
        assert redeployment["requestedBy"] == f"event:{bus.SOURCE}"
        assert watch.counts() == dict.fromkeys(deployed, 1)
        assert watch.causes() == {event}
        assert [new["status"] for name in deployed for new in watch.of(name)] == ["SUCCEEDED"] * len(deployed)
        total = {
            "pipelineId": 1,
            "environmentId": 2,
            "strategy": sum(p["strategy"] == "gitflow" for p in everything),
            "all": len(everything),
        }
        assert redeployment["total"] == redeployment["done"] + redeployment["failed"] == total[meant]

    def test_an_event_that_comes_again_changes_nothing(self, platform, alice, admin, pipelines, watch, executions):
        requests = Listener(platform, {"detail-type": [bus.REDEPLOY_REQUESTED]})
        event = bus.put(platform, {"pipelineId": pipelines["gitflow"]["id"]})
        heard = wait_for(lambda: requests.matching(bus.REDEPLOY_REQUESTED), "the event itself")[0]
        requests.close()
        assert heard["id"] == event
        queue = Queue(platform, "dataall-platform-events")
        queue.send(json.dumps(heard))
        first = followed(alice, event)
        queue.send(json.dumps(heard))
        wait_for(queue.is_empty, "the queue's end")
        assert followed(alice, event) == first
        assert watch.counts() == {"gitflow": 1}
        assert [given["redeploymentId"] for given in executions.inputs()].count(event) == 1

    def test_one_that_asks_for_what_is_under_way_adds_no_deployment(self, platform, alice, admin, pipelines, watch):
        """Two events with different ids, at the same time: each pipeline goes from one deployment to the next, never two at once."""
        events = [bus.put(platform, {"pipelineId": pipelines["gitflow"]["id"]}) for _ in range(3)]
        assert [followed(admin, event)["status"] for event in events] == ["SUCCEEDED"] * 3
        assert 1 <= len(watch.of("gitflow")) <= 3
        assert_one_at_a_time(watch.of("gitflow"))

    def test_a_malformed_one_ends_among_the_dead_letters_and_nowhere_else(self, platform, admin, pipelines, watch, executions):
        queue, dead_letters = Queue(platform, "dataall-platform-events"), Queue(platform, "dataall-platform-events-dead-letters")
        known, visibility = len(executions.inputs()), queue.attribute("VisibilityTimeout")
        queue.set(VisibilityTimeout="1")
        malformed = bus.put(platform, {"pipelineId": pipelines["gitflow"]["id"], "all": True, "soon": True})
        good = bus.put(platform, {"pipelineId": pipelines["gitflow"]["id"]})
        followed(admin, good)
        dead = [json.loads(body) for body in wait_for(dead_letters.take, "the dead letter")]
        queue.set(VisibilityTimeout=visibility)
        assert [event["id"] for event in dead] == [malformed]
        assert admin.request("GET", f"/redeployments/{malformed}").status_code == 404
        assert (watch.counts(), watch.causes(), len(executions.inputs())) == ({"gitflow": 1}, {good}, known + 1)
        logs = platform.aws("logs", platform.stack["platformAccountId"])
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="/aws/lambda/dataall-platform", filterPattern=f'"{malformed}"'
        )
        told = "".join(event["message"] for page in pages for event in page["events"])
        assert "/detail/soon" in told and "exactly one of" in told, "every problem is in the log"

    def test_others_may_not_put_events(self, platform):
        """A linked account may tell of its stacks, and cannot ask for redeployments."""
        account = platform.stack["platformAccountId"]
        arn = f"arn:aws:events:{platform.settings.region}:{account}:event-bus/{platform.stack['eventBusName']}"
        entry = {"EventBusName": arn, "Source": bus.SOURCE, "DetailType": bus.REDEPLOY_REQUESTED, "Detail": '{"all": true}'}
        for who in (CICD_ACCOUNT, "999999999999"):
            client = platform.aws("events", who)
            with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
                client.put_events(Entries=[entry])


class TestOverRest:
    def test_is_accepted_and_followed(self, alice, pipelines, environment, watch):
        answer = alice.request("POST", "/redeployments", {"environmentId": environment["id"]})
        redeployment = answer.json()
        assert (answer.status_code, answer.headers["Location"]) == (202, f"{alice.url}/redeployments/{redeployment['id']}")
        views = [redeployment]

        def look() -> bool:
            views.append(alice.call("GET", answer.headers["Location"]))
            return views[-1]["status"] != "RUNNING"

        wait_for(look, "the end of the redeployment")
        counted = [view for view in views if "total" in view]
        for view in counted:
            assert view["total"] == 2 == view["done"] + view["failed"] + view["cancelled"] + view["remaining"]
        assert [view["done"] for view in counted] == sorted(view["done"] for view in counted)
        assert any(view["status"] == "RUNNING" and view["remaining"] for view in counted), "it was seen while it ran"
        last = views[-1]
        assert (last["status"], last["done"], last["remaining"], last["requestedBy"]) == ("SUCCEEDED", 2, 0, "alice")
        assert in_order(last["requestedAt"], last["startedAt"], last["endedAt"])
        assert last["executionUrl"].endswith(f":execution:dataall-platform-redeploy-pipelines:{last['id']}")
        assert watch.counts() == {"trunk-here": 1, "gitflow-here": 1}

    def test_the_same_key_asks_once(self, alice, pipelines, watch):
        body, headers = {"pipelineId": pipelines["gitflow"]["id"]}, {"Idempotency-Key": uuid.uuid4().hex}
        first, second = (alice.request("POST", "/redeployments", body, headers=headers) for _ in range(2))
        assert (first.json()["id"], first.status_code) == (second.json()["id"], second.status_code)
        other = alice.request("POST", "/redeployments", {"pipelineId": pipelines["trunk-here"]["id"]}, headers=headers)
        assert other.status_code == 422
        followed(alice, first.json()["id"])
        assert watch.counts() == {"gitflow": 1}

    def test_tells_every_problem(self, admin):
        for body, pointer in (({}, ""), ({"all": False}, "/all"), ({"all": True, "strategy": "trunk"}, ""), ({"soon": 1}, "/soon")):
            refused = admin.request("POST", "/redeployments", body)
            assert refused.status_code == 400
            assert pointer in [error["pointer"] for error in refused.json()["errors"]], body
        for path in ("/redeployments/nonsense", f"/redeployments/{uuid.uuid4()}"):
            assert admin.request("GET", path).status_code in (400, 404)

    def test_is_for_those_who_may_deploy(self, alice, bob, admin, pipelines, environment, watch):
        mine = {"pipelineId": pipelines["gitflow"]["id"]}, {"environmentId": environment["id"]}
        for target in mine:
            assert bob.request("POST", "/redeployments", target).status_code == 404
        for target in ({"strategy": "gitflow"}, {"all": True}):
            for user in (alice, bob):
                assert user.request("POST", "/redeployments", target).status_code == 403
        alice.call("PATCH", f"/environments/{environment['id']}", {"invitedTeams": ["marketing"]})
        assert bob.request("POST", "/redeployments", mine[1]).status_code == 403, "who is invited does not own it"
        alice.call("PATCH", f"/environments/{environment['id']}", {"invitedTeams": None})
        assert watch.counts() == {}

        asked = alice.call("POST", "/redeployments", mine[0])
        path = f"/redeployments/{asked['id']}"
        assert bob.request("GET", path).status_code == bob.request("POST", f"{path}/cancellation").status_code == 404
        assert admin.call("GET", path)["id"] == asked["id"]
        assert followed(alice, asked["id"])["status"] == "SUCCEEDED", "bob has cancelled nothing"
        everything = admin.call("POST", "/redeployments", {"strategy": "cdk-trunk"})
        assert alice.request("GET", f"/redeployments/{everything['id']}").status_code == 404
        admin.call("POST", f"/redeployments/{everything['id']}/cancellation")
        followed(admin, everything["id"])


class TestCancelling:
    def test_nothing_new_starts_and_what_runs_ends_by_itself(self, alice, environments, environment, pipelines, reconfigured):
        reconfigured(ConcurrentDeployments="1")
        more = [{"stages": [{"name": "dev", "environmentId": environment["id"]}]} for _ in range(3)]
        requested = [alice.call("POST", "/pipelines", definition(environments, **how)) for how in more]
        meant = {pipeline["id"]: settled(alice, pipeline) for pipeline in requested}
        meant |= {pipeline["id"]: pipeline for name, pipeline in pipelines.items() if name != "gitflow"}
        watch = Watch(alice, meant)
        path = f"/redeployments/{alice.call('POST', '/redeployments', {'environmentId': environment['id']})['id']}"
        wait_for(watch.counts, "the first deployment")
        answer = alice.request("POST", f"{path}/cancellation")
        cancelled = answer.json()
        assert (answer.status_code, cancelled["status"], cancelled["cancelledBy"]) == (202, "CANCELLED", "alice")
        started = watch.counts()
        untouched = [pipeline for pipeline in meant.values() if pipeline["id"] not in started]
        assert untouched, "it was cancelled in the middle"
        assert (cancelled["total"], cancelled["remaining"], cancelled["failed"]) == (5, 0, 0)
        assert cancelled["done"] + cancelled["cancelled"] == 5
        assert cancelled["done"] in (len(started) - 1, len(started)), "the last one may have been running"

        deployments = [ended(alice, meant[new["pipelineId"]], new["id"]) for name in started for new in watch.of(name)]
        assert {deployment["status"] for deployment in deployments} == {"SUCCEEDED"}
        assert_one_at_a_time(deployments)
        # A deployment of its own takes longer than the next one of a redeployment would have taken to start.
        assert redeployed(alice, untouched[0])["status"] == "SUCCEEDED"
        assert watch.counts() == started | {untouched[0]["id"]: 1}
        again = alice.request("POST", f"{path}/cancellation")
        assert (again.status_code, again.json()) == (202, cancelled)
        assert alice.call("GET", path) == cancelled

    def test_one_that_has_ended_is_left_as_it_is(self, alice, pipelines):
        asked = alice.call("POST", "/redeployments", {"pipelineId": pipelines["gitflow"]["id"]})
        done = followed(alice, asked["id"])
        answer = alice.request("POST", f"/redeployments/{asked['id']}/cancellation")
        assert answer.status_code == 202
        assert (answer.json()["status"], answer.json()["done"]) == (done["status"], 1) == ("SUCCEEDED", 1)


class TestChangedEnvironments:
    def test_what_reaches_pipelines_deploys_them(self, platform, alice, environment, watch):
        iam = platform.aws("iam", ACCOUNT)
        boundary = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.create_policy(PolicyName="team-boundary", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [boundary]}))
        path = f"/environments/{environment['id']}"
        changed = alice.call("PATCH", path, {"permissionsBoundary": "team-boundary"})
        redeployment = followed(alice, changed["redeploymentId"])
        assert redeployment["cause"] == {"kind": "ENVIRONMENT_CHANGED", "environmentId": environment["id"]}
        assert (redeployment["status"], redeployment["requestedBy"]) == ("SUCCEEDED", "alice")
        counts = watch.counts()
        assert counts == {"trunk-here": 1, "gitflow-here": 1}
        assert alice.call("PATCH", path, {"permissionsBoundary": "team-boundary"})["redeploymentId"] == changed["redeploymentId"]
        assert watch.counts() == counts, "the same again is no change"

    def test_what_does_not_reach_them_deploys_nothing(self, alice, environment, executions, watch):
        before = alice.call("GET", f"/environments/{environment['id']}").get("redeploymentId"), len(executions.inputs())
        changed = alice.call("PATCH", f"/environments/{environment['id']}", {"label": "Renamed"})
        assert (changed.get("redeploymentId"), len(executions.inputs())) == before
        assert watch.counts() == {}


class TestStacksDeletedBehindOurBack:
    def test_a_stack_comes_back(self, platform, alice, pipelines, executions, watch):
        pipeline = alice.call("GET", f"/pipelines/{pipelines['gitflow']['id']}")
        known = executions.of("STACK_DELETED")
        delete_stack(platform, pipeline)
        [redeployment] = wait_for(lambda: [new for new in executions.of("STACK_DELETED") if new not in known], "the redeployment")
        assert followed(alice, redeployment)["cause"] == {
            "kind": "STACK_DELETED",
            "stackId": pipeline["stackId"],
            "accountId": CICD_ACCOUNT,
        }
        restored = alice.call("GET", f"/pipelines/{pipeline['id']}")
        assert restored["status"] == "DEPLOYED"
        assert restored["stackId"] != pipeline["stackId"]
        found = platform.aws("cloudformation").describe_stacks(StackName=pipeline["stackName"])["Stacks"]
        assert [(stack["StackId"], stack["StackStatus"]) for stack in found] == [(restored["stackId"], "CREATE_COMPLETE")]
        assert watch.counts() == {"gitflow": 1}

    def test_one_that_we_delete_stays_deleted(self, platform, alice, admin, environments, executions):
        pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
        known = executions.of("STACK_DELETED")
        alice.call("DELETE", f"/pipelines/{pipeline['id']}")
        [redeployment] = wait_for(lambda: [new for new in executions.of("STACK_DELETED") if new not in known], "what the event started")
        assert followed(admin, redeployment)["failed"] == 0
        wait_for(lambda: alice.request("GET", f"/pipelines/{pipeline['id']}").status_code == 404, "the pipeline's end")
        stacks = platform.aws("cloudformation")
        with pytest.raises(stacks.exceptions.ClientError, match="does not exist"):
            stacks.describe_stacks(StackName=pipeline["stackName"])

    def test_other_stacks_are_no_concern_of_ours(self, platform, executions):
        """The rule passes on what is named like a pipeline's stack; this one is no pipeline's."""
        stacks, queue = platform.aws("cloudformation"), Queue(platform, "dataall-platform-events")
        topic = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
        known = len(executions.inputs())
        for name in ("somebody-else", "dataall-pipeline-"):
            name += uuid.uuid4().hex[:8]
            stacks.create_stack(StackName=name, TemplateBody=topic)
            stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
            stacks.delete_stack(StackName=name)
            wait_for(lambda name=name: is_gone(stacks, name), f"the end of {name}")
        wait_for(queue.is_empty, "the queue's end")
        assert len(executions.inputs()) == known
        assert Queue(platform, "dataall-platform-events-dead-letters").is_empty()


def delete_stack(platform: Platform, pipeline: dict) -> None:
    cloudformation = platform.aws("cloudformation")
    cloudformation.delete_stack(StackName=pipeline["stackName"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=pipeline["stackId"], WaiterConfig={"Delay": 1})


def is_gone(cloudformation, name: str) -> bool:
    try:
        cloudformation.describe_stacks(StackName=name)
    except cloudformation.exceptions.ClientError as error:
        return "does not exist" in str(error)
    return False


class TestSchedule:
    def test_deploys_what_is_out_of_date_or_has_drifted_and_nothing_else(
        self, platform, alice, admin, pipelines, environments, executions, reconfigured
    ):
        """EventBridge's own schedule, every full minute: one pipeline has lost its repository, one could not be deployed before."""
        later = owners.link(alice, LATER_ACCOUNT, platform.settings.region)
        stages = [{"name": "dev", "environmentId": later["id"]}]
        outdated = alice.call("POST", "/pipelines", definition(environments, stages=stages))
        assert ended(alice, outdated)["failure"]["error"] in ("EnvironmentNotBootstrapped", "EnvironmentRoleNotAssumable")
        owners.bootstrap_trusting(platform, LATER_ACCOUNT, CICD_ACCOUNT)
        owners.run(platform, LATER_ACCOUNT, later["setup"][-1])
        platform.aws("codecommit").delete_repository(repositoryName=pipelines["trunk-here"]["repositoryName"])

        watch = Watch(alice, pipelines | {"outdated": outdated})
        reconfigured(RedeploySchedule="cron(* * * * ? *)")
        [scheduled, *_] = wait_for(lambda: executions.of("SCHEDULED"), "the schedule", PATIENCE_SECONDS)
        redeployment = followed(admin, scheduled)
        assert (redeployment["target"], redeployment["cause"]) == ({"all": True}, {"kind": "SCHEDULED"})
        assert redeployment["requestedBy"] == "event:aws.events"
        assert watch.counts() == {"trunk-here": 1, "outdated": 1}
        assert alice.call("GET", f"/pipelines/{outdated['id']}")["status"] == "DEPLOYED"
        assert platform.head(pipelines["trunk-here"])

    def test_is_off_by_default(self, platform):
        events = platform.aws("events", platform.stack["platformAccountId"])
        assert [rule["Name"] for rule in events.list_rules()["Rules"] if "ScheduleExpression" in rule] == []
