"""What owners of accounts do: bootstrap them well or badly, deploy the platform's role, run the commands that they are told."""

import shlex
import uuid
from pathlib import Path

from localplatform import commands, environments
from localplatform.api import Api
from localplatform.environments import Account
from localplatform.settings import TOOLS
from pipelines import Platform


def unused_account() -> str:
    """An account that nobody has linked, in this run of the tests or in another one on the same platform."""
    return f"81{uuid.uuid4().int % 10**10:010}"


def run(platform: Platform, account_id: str, command: str) -> None:
    """Runs a command as it is printed, with the account's credentials."""
    if not command.startswith("npx "):
        environments.run(platform.settings, account_id, command, f"owner-{account_id}")
        return
    # npx takes the pinned CDK from this folder, and nothing from the network.
    variables = platform.settings.credentials(account_id) | {"npm_config_offline": "true"}
    commands.run(shlex.split(command), platform.settings.log(f"owner-{account_id}"), variables, TOOLS / "node")


def bootstrap(platform: Platform, account_id: str, *options: str, region: str | None = None) -> None:
    command = [commands.CDK, "bootstrap", f"aws://{account_id}/{region or platform.settings.region}", "--no-notices", *options]
    variables = platform.settings.credentials(account_id)
    commands.run(command, platform.settings.log(f"owner-{account_id}"), variables, platform.settings.directory)


def bootstrap_trusting(platform: Platform, account_id: str, trusted: str, region: str | None = None) -> None:
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    bootstrap(platform, account_id, "--trust", trusted, "--cloudformation-execution-policies", policy, region=region)


def bootstrap_of_version(platform: Platform, account_id: str, version: int, directory: Path) -> None:
    """The CDK's own bootstrap, but of another version."""
    shown = directory / "bootstrap.yaml"
    commands.run([commands.CDK, "bootstrap", "--show-template"], shown)
    lines = shown.read_text().splitlines()[1:]
    # The parameter and the stack's output: the CDK writes the version into both.
    for what in ("/cdk-bootstrap/${Qualifier}/version", "  BootstrapVersion:"):
        at = next(index for index, line in enumerate(lines) if what in line)
        value = next(index for index in range(at, len(lines)) if lines[index].strip().startswith("Value:"))
        lines[value] = lines[value].partition("Value:")[0] + f'Value: "{version}"'
    template = directory / "old-bootstrap.yaml"
    template.write_text("\n".join(lines))
    bootstrap(platform, account_id, "--template", str(template))


def link(api: Api, account_id: str, region: str, label: str = "stage", team: str = "research", **more) -> dict:
    request = {"label": label, "accountId": account_id, "region": region, "team": team} | more
    return api.call("POST", "/environments", request)


def ready(platform: Platform, api: Api, account_id: str, region: str, trusts: tuple[str, ...], pipelines: str = "NONE", **more) -> dict:
    """A new environment that is bootstrapped, linked and verified; its owner lets the platform keep these `pipelines` there."""
    for_cdk = Account("stage", account_id, trusts)
    environments.bootstrap(platform.settings, for_cdk, region)
    environment = link(api, account_id, region, **more)
    environments.deploy_role(platform.settings, environment, pipelines)
    return environments.verify(api, environment)
