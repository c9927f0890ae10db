"""Making accounts ready as their owners would: the CDK's bootstrap, the platform's role, the link between them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .api import Api
from .deployment import client
from .settings import CICD_ACCOUNT, DEV_ACCOUNT, PROD_ACCOUNT, Settings

BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"


@dataclass(frozen=True)
class Account:
    """An account that a team links, the accounts whose pipelines deploy there, and the pipelines that the platform may keep there."""

    label: str
    account_id: str
    trusts: tuple[str, ...] = ()
    pipelines: str = "NONE"


ACCOUNTS = (
    Account("CICD", CICD_ACCOUNT, pipelines="SELF_MUTATING"),
    Account("dev", DEV_ACCOUNT, (CICD_ACCOUNT,)),
    Account("prod", PROD_ACCOUNT, (CICD_ACCOUNT,)),
)


def bootstrapped(settings: Settings, account_id: str, region: str) -> bool:
    ssm = client(settings, "ssm", account_id, region)
    try:
        ssm.get_parameter(Name=BOOTSTRAP_VERSION)
    except ssm.exceptions.ParameterNotFound:
        return False
    return True


def bootstrap(settings: Settings, account: Account, region: str | None = None) -> None:
    """Bootstraps the account with the CDK's own command, unless it is."""
    region = region or settings.region
    if bootstrapped(settings, account.account_id, region):
        return
    command = [commands.CDK, "bootstrap", f"aws://{account.account_id}/{region}", "--no-notices"]
    for trusted in account.trusts:
        command += ["--trust", trusted]
    if account.trusts:
        command += ["--cloudformation-execution-policies", "arn:aws:iam::aws:policy/AdministratorAccess"]
    log = settings.log(f"bootstrap-{account.account_id}")
    # In a directory of its own: the CDK takes the context of an application where there is one.
    commands.run(command, log, settings.credentials(account.account_id), settings.directory)


def link(api: Api, account: Account, region: str, team: str) -> dict:
    """The environment of the account and region, linked if it was not."""
    for environment in api.all("/environments"):
        if (environment["accountId"], environment["region"]) == (account.account_id, region):
            return environment
    request = {"label": account.label, "accountId": account.account_id, "region": region, "team": team}
    return api.call("POST", "/environments", request, headers={"Idempotency-Key": f"{account.account_id}-{region}"})


def deploy_role(settings: Settings, environment: dict, pipelines: str | None = None) -> None:
    """Runs the command that the platform gives the account's owner for its role, with the account's credentials."""
    command = environment["setup"][-1]
    if pipelines:
        [command] = [choice["command"] for choice in environment["setupChoices"] if choice["pipelines"] == pipelines]
    run(settings, environment["accountId"], command, f"environment-{environment['accountId']}-{environment['region']}")


def run(settings: Settings, account_id: str, command: str, log: str) -> None:
    """Runs a command as it is printed, in a shell of the account's owner, who has no copy of the platform's repository."""
    with tempfile.TemporaryDirectory() as elsewhere:
        commands.run(["bash", "-c", command], settings.log(log), settings.credentials(account_id), Path(elsewhere))


class NotReady(Exception):
    """An environment that was set up and that the platform cannot work in."""


def verify(api: Api, environment: dict) -> dict:
    verified = api.call("POST", f"/environments/{environment['id']}/verification")
    if verified["status"] != "READY":
        problems = [f"  {problem['detail']}\n  {problem.get('command', '')}" for problem in verified["problems"]]
        raise NotReady("\n".join([f"the environment {environment['label']} is {verified['status']}:", *problems]))
    return verified
