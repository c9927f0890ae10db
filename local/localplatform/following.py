"""Following a deployment: what the workflow and CloudFormation do, as they do it."""

import time

from .api import Api
from .deployment import client
from .settings import CICD_ACCOUNT, Settings

POLL_SECONDS = 0.25
# A deployment ends on its own within two hours; on one machine it takes seconds.
PATIENCE_SECONDS = 600


class TookTooLong(Exception):
    """A deployment did not end."""


def follow(settings: Settings, api: Api, pipeline: dict, say) -> dict:
    """Says what the workflow and CloudFormation do, as they do it; answers the pipeline once its deployment has ended."""
    path = f"/pipelines/{pipeline['id']}"
    deployment_path = f"{path}/deployments/{pipeline['lastDeployment']['id']}"
    begun, told = time.monotonic(), set()

    def tell(key: tuple, text: str) -> None:
        if key not in told:
            told.add(key)
            say(f"  [dim]{time.monotonic() - begun:5.1f} s[/]  {text}")

    while True:
        deployment = api.call("GET", deployment_path)
        ended = deployment["status"] in ("SUCCEEDED", "FAILED")
        for step in deployment["steps"]:
            mark = {"RUNNING": "…", "SUCCEEDED": "[green]✓[/]", "FAILED": "[red]✗[/]"}[step["status"]]
            tell((step["name"], step["status"], step["attempts"]), f"{mark} {step['name']}")
        for event in reversed(stack_events(settings, pipeline)):
            if not event["ResourceStatus"].endswith("_IN_PROGRESS"):
                status, kind = event["ResourceStatus"], event["ResourceType"]
                tell((event["EventId"],), f"    [dim]{status} {kind}[/] {event['LogicalResourceId']}")
        if ended:
            return api.call("GET", path)
        if time.monotonic() - begun > PATIENCE_SECONDS:
            raise TookTooLong(f"The deployment is still {deployment['status']} after {PATIENCE_SECONDS} seconds.")
        time.sleep(POLL_SECONDS)


def stack_events(settings: Settings, pipeline: dict) -> list[dict]:
    """What happened to the CICD stack so far, the newest first."""
    cloudformation = client(settings, "cloudformation", CICD_ACCOUNT)
    try:
        return cloudformation.describe_stack_events(StackName=pipeline["stackName"])["StackEvents"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return []
        raise
