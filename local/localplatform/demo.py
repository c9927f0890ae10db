"""`make demo`: the main job, from a REST call to a deployed CICD stack, followed as it happens."""

import ast
import os
import subprocess
from datetime import datetime

from rich.table import Table
from rich.text import Text

from . import measurements
from .api import Api
from .deployment import client
from .environments import ACCOUNTS
from .following import follow
from .progress import Steps
from .settings import CICD_ACCOUNT, Settings

NAME = "sales"
LINE_WIDTH = 110


class DemoFailed(Exception):
    """The demonstration did not end as it should."""


def demo(settings: Settings, steps: Steps, stack: dict, strategy: str) -> None:
    """Creates a pipeline as alice, follows its deployment, shows what is there and says what to try next."""
    alice = Api(stack, stack["users"][0])
    say = steps.say
    say()
    pipeline = create(settings, alice, strategy)
    say(f"[bold]POST /pipelines[/] as alice: 201, pipeline [bold]{pipeline['id']}[/], status {pipeline['status']}")
    pipeline = follow(settings, alice, pipeline, say)
    if pipeline["status"] != "DEPLOYED":
        failure = pipeline["lastDeployment"].get("failure", {})
        raise DemoFailed(
            f"The pipeline is {pipeline['status']}: {failure.get('error')}\n{failure.get('cause')}\n"
            f"Everything is left running: look at GET /pipelines/{pipeline['id']}, or run `make down`."
        )
    say(f"[bold]GET /pipelines/{pipeline['id']}[/]: status [bold green]DEPLOYED[/]")
    show_repository(settings, stack, pipeline, say)
    show_stack(settings, pipeline, say)
    show_times(settings, alice, pipeline, steps)
    show_next(settings, stack, pipeline, say)


def create(settings: Settings, api: Api, strategy: str) -> dict:
    linked = {environment["accountId"]: environment["id"] for environment in api.all("/environments")}
    cicd, dev, prod = (linked[account.account_id] for account in ACCOUNTS)
    return api.call(
        "POST",
        "/pipelines",
        {
            "name": NAME,
            "description": "Sales ingestion",
            "tags": {"cost-center": "42"},
            "team": "research",
            "cicdEnvironmentId": cicd,
            "strategy": strategy,
            "stages": [
                {"name": "dev", "environmentId": dev},
                {"name": "prod", "environmentId": prod, "manualApproval": True},
            ],
        },
    )


def show_repository(settings: Settings, stack: dict, pipeline: dict, say) -> None:
    url = git_url(stack, pipeline)
    clone = settings.directory / "clones" / pipeline["repositoryName"]
    git("clone", "--quiet", url, str(clone))
    say()
    say(f"[bold]The repository[/] {pipeline['repositoryName']}, cloned with git to {clone}")
    say(f"  {git('-C', str(clone), 'log', '--format=%h %an: %s').strip()}")
    for file in git("-C", str(clone), "ls-files").splitlines():
        say(f"  {file}")
    say()
    say("[bold]app.py[/] in short:")
    source = (clone / "app.py").read_text()
    for node in ast.parse(source).body:
        # What is done, without the imports, the docstring and the class.
        if isinstance(node, (ast.Assign, ast.Expr)) and not isinstance(node.value, ast.Constant):
            line = ast.unparse(node)
            say(Text("  " + (line if len(line) <= LINE_WIDTH else f"{line[:LINE_WIDTH]} …")))


def show_stack(settings: Settings, pipeline: dict, say) -> None:
    cloudformation = client(settings, "cloudformation", CICD_ACCOUNT)
    described = cloudformation.describe_stacks(StackName=pipeline["stackName"])["Stacks"][0]
    resources = cloudformation.describe_stack_resources(StackName=pipeline["stackName"])["StackResources"]
    say()
    say(
        f"[bold]The CICD stack[/] {pipeline['stackName']} in account {CICD_ACCOUNT}: "
        f"[green]{described['StackStatus']}[/], {len(resources)} resources"
    )
    for resource in resources:
        if resource["ResourceType"] == "AWS::CodePipeline::Pipeline":
            state = client(settings, "codepipeline", CICD_ACCOUNT).get_pipeline_state(name=resource["PhysicalResourceId"])
            say(f"[bold]The CodePipeline[/] {state['pipelineName']}:")
            for stage in state["stageStates"]:
                actions = ", ".join(action["actionName"] for action in stage["actionStates"])
                status = stage.get("latestExecution", {}).get("status", "not reached")
                say(f"  {stage['stageName']:<24} {status:<12} [dim]{actions}[/]")
    say("  [dim]The local AWS keeps pipelines, but runs no builds: a build stays where it is.[/]")


def show_times(settings: Settings, api: Api, pipeline: dict, steps: Steps) -> None:
    deployment_id = pipeline["lastDeployment"]["id"]
    asked_for = datetime.fromisoformat(pipeline["createdAt"])
    described = client(settings, "cloudformation", CICD_ACCOUNT).describe_stacks(StackName=pipeline["stackName"])["Stacks"][0]
    accepted = (described["CreationTime"] - asked_for).total_seconds()
    figures = measurements.steps_of(settings, deployment_id)
    table = Table(title="The workflow's steps, as they measured themselves", title_justify="left")
    table.add_column("step")
    for column in ("own work, ms", "in all, ms", "calls to AWS"):
        table.add_column(column, justify="right")
    for figure in figures:
        table.add_row(figure.step, f"{figure.own_ms:.0f}", f"{figure.duration_ms:.0f}", str(figure.aws_calls))
    counted = measurements.until_creation(figures)
    own = sum(figure.own_ms for figure in counted)
    table.add_section()
    table.add_row(
        "until the stack is accepted",
        f"{own:.0f}",
        f"{sum(figure.duration_ms for figure in counted):.0f}",
        str(sum(figure.aws_calls for figure in counted)),
    )
    verdict = "[green]met[/]" if own < measurements.OWN_WORK_TARGET else "[red]missed[/]"
    steps.say()
    steps.say(table)
    steps.say(f"From POST to CreateStack accepted: {accepted:.1f} s on this machine, the local AWS included.")
    steps.say(f"The workflow's own work until then: {own:.0f} ms; the target is under {measurements.OWN_WORK_TARGET} ms: {verdict}.")


def show_next(settings: Settings, stack: dict, pipeline: dict, say) -> None:
    user = stack["users"][0]
    sign_in = (
        f"TOKEN=$(curl -s {stack['endpointUrl']} -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' "
        "-H 'Content-Type: application/x-amz-json-1.1' -d "
        f'\'{{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"{stack["userPoolClientId"]}",'
        f'"AuthParameters":{{"USERNAME":"{user["username"]}","PASSWORD":"{user["password"]}"}}}}\' '
        '| python3 -c \'import json, sys; print(json.load(sys.stdin)["AuthenticationResult"]["IdToken"])\')'
    )
    say()
    say("[bold]All is left running.[/] What to try next:")
    for line in (
        f"API={stack['apiUrl']}",
        sign_in,
        f'curl -s -H "Authorization: $TOKEN" $API/pipelines/{pipeline["id"]}',
        f'curl -s -X POST -H "Authorization: $TOKEN" $API/pipelines/{pipeline["id"]}/deployments   # again: changes nothing',
        f"""curl -s -X POST -H "Authorization: $TOKEN" $API/redeployments -d '{{"pipelineId": "{pipeline["id"]}"}}'   # or many""",
        f"git clone {git_url(stack, pipeline)}",
        "make down",
    ):
        say(Text(f"  {line}"))
    say(f"Users, their passwords and all addresses: [bold]{os.path.relpath(settings.stack_file)}[/]")


def git_url(stack: dict, pipeline: dict) -> str:
    return stack["gitUrl"].format(accountId=CICD_ACCOUNT, region=stack["region"], repositoryName=pipeline["repositoryName"])


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoFailed(f"git {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
