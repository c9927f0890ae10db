"""`make demo`: the main job, from a REST call to the application in two accounts, followed as it happens."""

import ast
import json
import os
import subprocess
import time
from datetime import datetime

from rich.table import Table
from rich.text import Text

from . import measurements
from .api import Api
from .deliveries import Deliveries
from .deployment import client
from .environments import ACCOUNTS
from .following import follow
from .progress import Steps
from .settings import CICD_ACCOUNT, DEV_ACCOUNT, PROD_ACCOUNT, Settings

NAME = "sales"
LINE_WIDTH = 110
SALES = "date,product,amount\n2026-11-24,tea,3\n2026-11-24,coffee,5\n"
SUMMARY_SECONDS = 30


class DemoFailed(Exception):
    """The demonstration did not end as it should."""


def demo(settings: Settings, steps: Steps, stack: dict, strategy: str) -> None:
    """Creates a pipeline as alice, follows it until prod is delivered, shows what is there and says what to try next."""
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
    times = deliver(settings, alice, pipeline, steps)
    show_steps(settings, pipeline, steps)
    show_times(settings, pipeline, times, say)
    show_next(settings, stack, pipeline, steps)


def deliver(settings: Settings, api: Api, pipeline: dict, steps: Steps) -> dict[str, float]:
    """Follows the CodePipeline to dev, approves prod and follows it there; the seconds that people wait for."""
    say, deliveries = steps.say, Deliveries(api, pipeline, steps)
    say()
    say(f"[bold]The CodePipeline runs[/]: GET /pipelines/{pipeline['id']}/runs and …/stages tell how it goes")
    dev = deliveries.follow("dev", "SUCCEEDED")
    bucket = show_application(settings, deliveries.resources("dev"), DEV_ACCOUNT, say)
    try_application(settings, bucket, say)
    say()
    deliveries.follow("prod", "WAITING_FOR_APPROVAL")
    nothing = deliveries.resources("prod")["resources"]
    say(f"[bold]prod[/] waits for the team of the environment in {PROD_ACCOUNT}; {len(nothing)} resources stand there now")
    approval = deliveries.approve("prod", "seen in dev")
    say(f"[bold]POST /pipelines/{pipeline['id']}/stages/prod/approval[/] as alice, whose team owns that account: {approval['decision']}")
    prod = deliveries.follow("prod", "SUCCEEDED")
    show_application(settings, deliveries.resources("prod"), PROD_ACCOUNT, say)
    return {
        "POST -> in dev": seconds(pipeline["createdAt"], dev["deployed"]["at"]),
        "approval -> in prod": seconds(approval["at"], prod["deployed"]["at"]),
    }


def seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def show_application(settings: Settings, found: dict, account: str, say) -> str:
    """What stands in a stage's account, as the API and the account itself tell; the bucket."""
    say()
    say(f"[bold]{found['stage']}[/], account {account}: stack {found['stackName']} [green]{found['status']}[/]")
    for resource in found["resources"]:
        say(f"  {resource['type']:<28} {resource['physicalId']}")
    bucket = next(resource["physicalId"] for resource in found["resources"] if resource["type"] == "AWS::S3::Bucket")
    versioning = client(settings, "s3", account).get_bucket_versioning(Bucket=bucket).get("Status", "off")
    say(f"  [dim]the bucket, asked as its account's owner: versioning {versioning}[/]")
    return bucket


def try_application(settings: Settings, bucket: str, say) -> None:
    """Puts a file into dev's bucket and shows what the application makes of it."""
    s3 = client(settings, "s3", DEV_ACCOUNT)
    s3.put_object(Bucket=bucket, Key="incoming/sales.csv", Body=SALES.encode())
    deadline = time.monotonic() + SUMMARY_SECONDS
    while not (made := s3.list_objects_v2(Bucket=bucket, Prefix="summaries/").get("Contents")):
        if time.monotonic() > deadline:
            raise DemoFailed(f"The application in dev made no summary of incoming/sales.csv within {SUMMARY_SECONDS} seconds.")
        time.sleep(0.2)
    [summary] = made
    text = json.loads(s3.get_object(Bucket=bucket, Key=summary["Key"])["Body"].read())
    say(f"  [dim]put[/] incoming/sales.csv [dim]there, and the application wrote[/] {summary['Key']}: {json.dumps(text)}")


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


def show_steps(settings: Settings, pipeline: dict, steps: Steps) -> None:
    figures = measurements.steps_of(settings, pipeline["lastDeployment"]["id"])
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
    steps.say(f"The workflow's own work until then: {own:.0f} ms; the target is under {measurements.OWN_WORK_TARGET} ms: {verdict}.")


def show_times(settings: Settings, pipeline: dict, times: dict[str, float], say) -> None:
    described = client(settings, "cloudformation", CICD_ACCOUNT).describe_stacks(StackName=pipeline["stackName"])["Stacks"][0]
    accepted = seconds(pipeline["createdAt"], described["CreationTime"].isoformat())
    say()
    say("[bold]How long it took[/] on this machine, the local AWS and its builds included:")
    for what, took in ({"POST -> stack accepted": accepted} | times).items():
        say(f"  {what:<24} {took:6.1f} s")


def show_next(settings: Settings, stack: dict, pipeline: dict, steps: Steps) -> None:
    say = steps.say
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
        f'curl -s -H "Authorization: $TOKEN" $API/pipelines/{pipeline["id"]}/stages   # what stands where, what waits for whom',
        f'curl -s -H "Authorization: $TOKEN" $API/pipelines/{pipeline["id"]}/runs',
        f'curl -s -X POST -H "Authorization: $TOKEN" $API/pipelines/{pipeline["id"]}/deployments   # again: changes nothing',
        f"""curl -s -X POST -H "Authorization: $TOKEN" $API/redeployments -d '{{"pipelineId": "{pipeline["id"]}"}}'   # or many""",
        f"git clone {git_url(stack, pipeline)}",
        "make down",
    ):
        say(Text(f"  {line}"))
    show_console(steps, stack)
    say(f"Users, their passwords and all addresses: [bold]{os.path.relpath(settings.stack_file)}[/]")


def show_console(steps: Steps, stack: dict) -> None:
    """Where the web console is, and who may sign in."""
    if "consoleUrl" in stack:
        users = ", ".join(f"{user['username']} ({', '.join(user['groups'])}): {user['password']}" for user in stack["users"])
        steps.say()
        steps.say(f"[bold]The console[/]: [bold]{stack['consoleUrl']}[/]  [dim]{users}[/]")


def git_url(stack: dict, pipeline: dict) -> str:
    return stack["gitUrl"].format(accountId=CICD_ACCOUNT, region=stack["region"], repositoryName=pipeline["repositoryName"])


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoFailed(f"git {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
