"""What a pipeline has delivered: its runs as the API tells them, and what stands in the stages' accounts."""

import json

from localplatform.api import Api
from localplatform.settings import DEV_ACCOUNT, PROD_ACCOUNT
from pipelines import Platform, wait_for

# The first build of a machine installs the application's libraries.
PATIENCE_SECONDS = 300
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "SUPERSEDED", "CANCELLED"}
ACCOUNTS = {"dev": DEV_ACCOUNT, "prod": PROD_ACCOUNT}


def stage(api: Api, pipeline: dict, name: str) -> dict:
    stages = api.call("GET", f"/pipelines/{pipeline['id']}/stages")["stages"]
    return next(each for each in stages if each["name"] == name)


def runs(api: Api, pipeline: dict) -> list[dict]:
    return api.all(f"/pipelines/{pipeline['id']}/runs")


def run(api: Api, pipeline: dict, run_id: str) -> dict:
    return api.call("GET", f"/pipelines/{pipeline['id']}/runs/{run_id}")


def shown(api: Api, pipeline: dict) -> str:
    """All that the API tells of the runs, for the message of a test that failed."""
    return json.dumps([run(api, pipeline, each["runId"]) for each in runs(api, pipeline)[:3]], indent=1)


def stands(api: Api, pipeline: dict, name: str, commit: str) -> dict:
    """The stage, once this commit stands in it."""

    def look() -> dict | None:
        found = stage(api, pipeline, name)
        if (found.get("deployed") or {}).get("commitId") == commit:
            return found
        if found["status"] in ("FAILED", "STOPPED"):
            # It may still tell of the run before.
            failed = run(api, pipeline, found["executionId"])
            assert (failed["commit"] or {}).get("id") != commit, shown(api, pipeline)
        return None

    return wait_for(look, f"{commit} in {name}", PATIENCE_SECONDS)


def waits(api: Api, pipeline: dict, name: str, commit: str) -> dict:
    """The stage, once its approval waits with this commit. An older run that waits there is in its way and gets rejected."""

    def look() -> dict | None:
        found = stage(api, pipeline, name)
        if found["approval"] is None:
            return None
        if found["approval"]["commitId"] == commit:
            return found
        answer(api, pipeline, name, "REJECTED", "a newer one comes")
        return None

    return wait_for(look, f"the approval of {commit} for {name}", PATIENCE_SECONDS)


def answer(api: Api, pipeline: dict, name: str, decision: str, comment: str = "as agreed"):
    return api.request("POST", f"/pipelines/{pipeline['id']}/stages/{name}/approval", {"decision": decision, "comment": comment})


def ended(api: Api, pipeline: dict, run_id: str) -> dict:
    def look() -> dict | None:
        found = run(api, pipeline, run_id)
        return found if found["status"] in ENDED else None

    return wait_for(look, f"the end of the run {run_id}", PATIENCE_SECONDS)


def run_of(api: Api, pipeline: dict, commit: str) -> dict:
    """The newest run that carries a commit, once it is there."""

    def look() -> dict | None:
        return next((each for each in runs(api, pipeline) if (each.get("commit") or {}).get("id") == commit), None)

    return wait_for(look, f"a run of {commit}")


def application(platform: Platform, pipeline: dict, name: str, account: str, region: str | None = None) -> dict[str, list[str]]:
    """The application's stack of a stage as the stage's account shows it: physical ids by type; empty if it is not there."""
    cloudformation = platform.aws("cloudformation", account, region)
    try:
        resources = cloudformation.describe_stack_resources(StackName=f"{pipeline['repositoryName']}-{name}")["StackResources"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" not in str(error):
            raise
        return {}
    found: dict[str, list[str]] = {}
    for resource in resources:
        found.setdefault(resource["ResourceType"], []).append(resource["PhysicalResourceId"])
    return found
