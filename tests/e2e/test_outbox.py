"""No record waits for a person: what is recorded gets started, and what ends without a word is closed, whatever died."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bus
import owners
from bus import Listener
from denials import denied, switched_off
from localplatform.settings import CICD_ACCOUNT
from pipelines import definition, ended, redeployed, settled, wait_for

STARTER = "dataall-platform-start-executions"


def test_what_was_recorded_while_nothing_could_be_started_is_started_later(platform, alice, environments):
    with switched_off(platform, "start-executions"):
        created = alice.call("POST", "/pipelines", definition(environments))
        assert (created["status"], created["lastDeployment"]["status"]) == ("DEPLOYING", "QUEUED")
        asked = alice.call("POST", "/redeployments", {"pipelineId": created["id"]})
        # Asking again is no second deployment.
        assert alice.call("POST", f"/pipelines/{created['id']}/deployments")["id"] == created["lastDeployment"]["id"]
    assert settled(alice, created)["deployedRevision"] == 1
    path = f"/redeployments/{asked['id']}"
    done = wait_for(lambda: (found := alice.call("GET", path))["status"] != "RUNNING" and found, "the end of the redeployment")
    assert (done["status"], done["total"]) == ("SUCCEEDED", 1)


def test_what_step_functions_refuses_for_good_is_recorded_and_one_call_heals_it(platform, alice, environments):
    with denied(platform, STARTER, "states:StartExecution"):
        created = alice.call("POST", "/pipelines", definition(environments))
        failure = ended(alice, created)["failure"]
    assert failure["error"] == "WorkflowNotStarted"
    assert f"POST /pipelines/{created['id']}/deployments" in failure["cause"]
    assert redeployed(alice, created)["status"] == "SUCCEEDED"


def test_an_execution_that_somebody_stops_closes_its_record(platform, alice, environments):
    listener = Listener(platform, {"source": [bus.SOURCE]})
    created = settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy="trunk")))
    # Its stack is updated once its run has ended, and builds do not end here.
    changed = alice.call("PATCH", f"/pipelines/{created['id']}", {"tags": {"stopped": "yes"}})
    path = f"/pipelines/{created['id']}/deployments/{changed['lastDeployment']['id']}"

    def waits() -> dict | None:
        found = alice.call("GET", path)
        return found if [step for step in found["steps"] if step["name"] == "WaitForRun"] else None

    running = wait_for(waits, "the wait for the run")
    states = platform.aws("stepfunctions", platform.stack["platformAccountId"])
    states.stop_execution(executionArn=running["executionArn"])
    stopped = ended(alice, changed)
    told = listener.first("Pipeline Deployment Failed", pipelineId=created["id"])["detail"]
    listener.close()
    assert stopped["failure"]["error"] == told["failure"]["error"] == "ExecutionStopped"
    assert alice.call("GET", f"/pipelines/{created['id']}")["status"] == "FAILED"
    # Each further deployment would wait for the run, too.
    alice.call("DELETE", f"/pipelines/{created['id']}")
    wait_for(lambda: alice.request("GET", f"/pipelines/{created['id']}").status_code == 404, "the end of the deletion")


def test_a_failure_that_the_last_step_cannot_record_is_recorded_all_the_same(platform, alice, environments):
    bare = owners.link(alice, owners.unused_account(), platform.settings.region)
    stages = [{"name": "dev", "environmentId": bare["id"]}]
    with denied(platform, "dataall-platform-record-failure", "dynamodb:PutItem"):
        created = alice.call("POST", "/pipelines", definition(environments, stages=stages))
        failed = ended(alice, created)
        assert platform.execution(failed)["error"] == "FailureNotRecorded"
    # What the workflow could not record is what failed.
    assert failed["failure"]["error"] == "EnvironmentRoleNotAssumable"
    assert alice.call("GET", f"/pipelines/{created['id']}")["status"] == "FAILED"


def kill_all_functions(platform) -> int:
    """Kills the processes of all functions that the local AWS runs; how many there were."""
    server = int(platform.settings.aws.pid_file.read_text())
    killed = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server and (process / "comm").read_text().strip() == "bootstrap":
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
        except (FileNotFoundError, ProcessLookupError):
            # It has ended meanwhile.
            continue
    return killed


def test_whatever_dies_no_pipeline_waits_for_a_person(platform, alice, environments):
    """Every process of every function is killed over and over while pipelines are made, edited and deleted."""
    stages = [{"name": "dev", "environmentId": environments["dev"]}, {"name": "prod", "environmentId": environments["prod"]}]

    def live(number: int) -> dict:
        """Some requests of a user; those that fail are not sent again."""
        answer = alice.request("POST", "/pipelines", definition(environments, strategy=("cdk-trunk", "trunk", "gitflow")[number % 3]))
        if not answer.ok:
            return {}
        created = answer.json()
        alice.request("PATCH", f"/pipelines/{created['id']}", {"stages": stages})
        if number % 2:
            alice.request("DELETE", f"/pipelines/{created['id']}")
        return created

    killed = 0
    with ThreadPoolExecutor(6) as pool:
        lives = [pool.submit(live, number) for number in range(6)]
        while not all(life.done() for life in lives):
            killed += kill_all_functions(platform)
    made = [life.result() for life in lives if life.result()]
    for _ in range(20):
        killed += kill_all_functions(platform)
    assert killed, "nothing was killed"

    def waits(pipeline: dict) -> bool:
        answer = alice.request("GET", f"/pipelines/{pipeline['id']}")
        return answer.status_code != 404 and (not answer.ok or answer.json()["status"] in ("DEPLOYING", "DELETING"))

    for pipeline in made:
        wait_for(lambda pipeline=pipeline: not waits(pipeline), f"the end of what was asked of {pipeline['id']}", 180)
    for pipeline in made:
        if alice.request("GET", f"/pipelines/{pipeline['id']}").ok:
            deployments = alice.all(f"/pipelines/{pipeline['id']}/deployments")
            assert all(deployment["status"] in ("SUCCEEDED", "FAILED") for deployment in deployments)
    assert platform.aws("codecommit", CICD_ACCOUNT).list_repositories()["repositories"]
