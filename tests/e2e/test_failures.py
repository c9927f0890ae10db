"""What an account's owner has left undone fails clearly, is fixed by the command that the record names, and then works."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import owners
import pytest
from localplatform import environments as linked
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT
from pipelines import Platform, definition, ended, redeployed

NOT_BOOTSTRAPPED = "EnvironmentNotBootstrapped"
NOT_ASSUMABLE = "EnvironmentRoleNotAssumable"


@dataclass(frozen=True)
class Case:
    """An account in which something is amiss; the error that names it and words that say what it is."""

    account_id: str
    prepare: Callable[[Platform, dict, Path], None]
    error: str
    said: str
    # Whether anything is amiss as long as no pipeline deploys there.
    by_itself: bool = True


def role_only(platform: Platform, environment: dict, _: Path) -> None:
    linked.deploy_role(platform.settings, environment)


def old_bootstrap(platform: Platform, environment: dict, directory: Path) -> None:
    owners.bootstrap_of_version(platform, environment["accountId"], 5, directory)
    linked.deploy_role(platform.settings, environment)


def bootstrap_without_trust(platform: Platform, environment: dict, _: Path) -> None:
    owners.bootstrap(platform, environment["accountId"])
    linked.deploy_role(platform.settings, environment)


def bootstrap_only(platform: Platform, environment: dict, _: Path) -> None:
    owners.bootstrap_trusting(platform, environment["accountId"], CICD_ACCOUNT)


def another_external_id(platform: Platform, environment: dict, directory: Path) -> None:
    bootstrap_only(platform, environment, directory)
    command = environment["setup"][-1].replace(environment["externalId"], "another-external-id")
    owners.run(platform, environment["accountId"], command)


def another_platform(platform: Platform, environment: dict, directory: Path) -> None:
    bootstrap_only(platform, environment, directory)
    command = environment["setup"][-1].replace("PlatformAccountId=000000000000", "PlatformAccountId=999999999999")
    owners.run(platform, environment["accountId"], command)


CASES = {
    "missing bootstrap": Case("400000000001", role_only, NOT_BOOTSTRAPPED, "is not bootstrapped for the CDK"),
    "bootstrap too old": Case("400000000002", old_bootstrap, NOT_BOOTSTRAPPED, "too old"),
    "bootstrap without trust": Case(
        "400000000003", bootstrap_without_trust, NOT_BOOTSTRAPPED, f"does not trust the CICD account {CICD_ACCOUNT}", by_itself=False
    ),
    "unknown role": Case("400000000004", bootstrap_only, NOT_ASSUMABLE, "may not assume the role"),
    "wrong external id": Case("400000000005", another_external_id, NOT_ASSUMABLE, "may not assume the role"),
    "wrong trust": Case("400000000006", another_platform, NOT_ASSUMABLE, "may not assume the role"),
}


@dataclass
class Outcome:
    """What happened to a case, from its first deployment to the one after it was fixed."""

    verified: dict
    failed: dict
    failed_pipeline: dict
    command: str
    fixed: dict
    mended_pipeline: dict


def play(platform: Platform, api: Api, environments: dict[str, str], case: Case, directory: Path) -> Outcome:
    environment = owners.link(api, case.account_id, platform.settings.region)
    case.prepare(platform, environment, directory)
    verified = api.call("POST", f"/environments/{environment['id']}/verification")
    stages = [
        {"name": "dev", "environmentId": environments["dev"]},
        {"name": "test", "environmentId": environment["id"]},
    ]
    pipeline = api.call("POST", "/pipelines", definition(environments, stages=stages))
    failed = ended(api, pipeline)
    failed_pipeline = api.call("GET", f"/pipelines/{pipeline['id']}")
    cause = failed_pipeline["lastDeployment"]["failure"]["cause"]
    command = cause.partition("Run: ")[2]
    if not command:
        # The record is read by teams that have no business with the external id: its owner finds the command.
        assert f"Its team research finds the command in GET /environments/{environment['id']}" in cause
        command = api.call("GET", f"/environments/{environment['id']}")["setup"][-1]
    owners.run(platform, case.account_id, command)
    fixed = redeployed(api, pipeline)
    return Outcome(verified, failed, failed_pipeline, command, fixed, api.call("GET", f"/pipelines/{pipeline['id']}"))


@pytest.fixture(scope="module")
def outcomes(platform, alice, environments, tmp_path_factory) -> dict[str, Future[Outcome]]:
    """All cases, played at the same time."""
    with ThreadPoolExecutor(len(CASES)) as pool:
        return {
            name: pool.submit(play, platform, alice, environments, case, tmp_path_factory.mktemp("case")) for name, case in CASES.items()
        }


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return CASES[request.param]


@pytest.fixture
def outcome(request, case, outcomes) -> Outcome:
    return next(outcomes[name].result() for name, other in CASES.items() if other is case)


def test_verification_names_it(case, outcome):
    if not case.by_itself:
        assert (outcome.verified["status"], outcome.verified["problems"]) == ("READY", [])
        return
    assert outcome.verified["status"] == "FAILED"
    [problem] = outcome.verified["problems"]
    assert problem["code"] == case.error
    assert case.said in problem["detail"]
    assert case.account_id in problem["command"] or " && aws cloudformation deploy " in problem["command"]


def test_the_record_says_what_is_wrong_and_what_to_do(case, outcome):
    pipeline, failure = outcome.failed_pipeline, outcome.failed_pipeline["lastDeployment"]["failure"]
    assert (pipeline["status"], pipeline["lastDeployment"]["status"]) == ("FAILED", "FAILED")
    assert "deployedRevision" not in pipeline or pipeline["deployedRevision"] is None
    assert failure["error"] == case.error
    assert case.said in failure["cause"]
    assert case.account_id in failure["cause"]
    assert "\n" not in outcome.command
    assert outcome.failed["failure"] == failure
    [step] = outcome.failed["steps"]
    assert (step["name"], step["status"]) == ("Prepare", "FAILED")
    assert step["attempts"] == 1, "what a person must fix is not tried again"


def test_the_execution_fails_with_the_same_words(platform, outcome):
    failure, execution = outcome.failed["failure"], platform.execution(outcome.failed)
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", failure["error"], failure["cause"])
    assert execution["name"].startswith(f"{outcome.failed_pipeline['name']}-{outcome.failed_pipeline['id']}-r1-")
    assert max(len(payload.encode()) for payload in platform.payloads(outcome.failed)) < 8_192


def test_the_command_mends_it(outcome):
    assert outcome.fixed["status"] == "SUCCEEDED", outcome.fixed
    assert (outcome.mended_pipeline["status"], outcome.mended_pipeline["deployedRevision"]) == ("DEPLOYED", 1)
    assert "failure" not in outcome.mended_pipeline["lastDeployment"]


def test_nothing_secret_is_in_the_record(alice, outcome):
    external_ids = {environment["externalId"] for environment in alice.all("/environments") if "externalId" in environment}
    words = str(outcome.failed) + str(outcome.failed_pipeline)
    assert not [external_id for external_id in external_ids if external_id in words]


def test_the_role_is_for_the_platform_alone(platform, alice, environments):
    """IAM is enforced: neither the platform's administrator nor a caller without the external id gets in."""
    dev = alice.call("GET", f"/environments/{environments['dev']}")
    sts = platform.aws("sts", "000000000000")
    for words in ({"ExternalId": dev["externalId"]}, {}):
        with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=dev["roleArn"], RoleSessionName="intruder", **words)
