"""Deploying the platform with `sam deploy`: the template and the command are those of AWS."""

import contextlib
import hashlib
import platform
from collections.abc import Callable
from pathlib import Path

import boto3

from . import commands
from .settings import CICD_ACCOUNT, DEV_ACCOUNT, PLATFORM_ACCOUNT, PROD_ACCOUNT, ROOT, Settings

STACK_NAME = "dataall-platform"
SOURCES = [ROOT / "statemachine.asl.json"] + [
    ROOT / "infra" / name for name in ("template.yaml", "dashboard.yaml", "samconfig.toml", "redeployment.asl.json")
]
# Whose CloudFormation may tell the platform that a pipeline's stack is gone.
TRUSTED_ACCOUNTS = (CICD_ACCOUNT, DEV_ACCOUNT, PROD_ACCOUNT)
# Demonstrations and tests do more in a minute than people do.
QUOTAS = (
    "UnverifiedLinks=1000",
    "WritesPerMinute=100000",
    "CredentialsPerHour=100000",
    "RedeploymentsPerHour=100000",
    "PipelinesPerTeam=100000",
    "PipelinesPerCicdEnvironment=100000",
)
USERS = [
    {"username": "alice", "password": "Alice-of-research-1", "groups": ["research"]},
    {"username": "bob", "password": "Bob-of-marketing-1", "groups": ["marketing"]},
    {"username": "admin", "password": "Admin-of-platform-1", "groups": ["platform-admins"]},
]


def deploy(settings: Settings, packages: list[Path], on_line: Callable[[str], None] = lambda _: None) -> None:
    """Creates or updates the platform's stack; not if it was deployed from the same files."""
    fingerprint = _fingerprint([*packages, *SOURCES])
    deployed = _deployed(settings)
    if deployed.exists() and deployed.read_text() == fingerprint:
        return
    log = settings.log("sam-deploy")
    log.unlink(missing_ok=True)
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    commands.run(
        [
            *(commands.SAM, "deploy", "--config-file", "infra/samconfig.toml", "--config-env", "local"),
            *("--parameter-overrides", f"Architecture={architecture}", f"TrustedAccountIds={','.join(TRUSTED_ACCOUNTS)}", *QUOTAS),
        ],
        log,
        settings.credentials(PLATFORM_ACCOUNT),
        on_line=on_line,
    )
    deployed.write_text(fingerprint)


def forget(settings: Settings) -> None:
    """For a local AWS that starts empty: nothing is deployed to it."""
    _deployed(settings).unlink(missing_ok=True)


def _deployed(settings: Settings) -> Path:
    """The fingerprint of what was deployed last."""
    return settings.aws.directory / "deployed"


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def describe(settings: Settings) -> dict:
    """What runs and how to reach it: the content of stack.json."""
    stack = client(settings, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    api_id = outputs["ApiUrl"].removeprefix("https://").partition(".")[0]
    return {
        "endpointUrl": settings.endpoint_url,
        "apiUrl": f"{settings.endpoint_url}/restapis/{api_id}/v1/_user_request_",
        "region": settings.region,
        "platformAccountId": outputs["PlatformAccountId"],
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
        "stateMachineArn": outputs["StateMachineArn"],
        "tableName": outputs["TableName"],
        "eventBusName": outputs["EventBusName"],
        "gitUrl": settings.git_url,
        "users": USERS,
    }


def make_users(settings: Settings, stack: dict) -> None:
    """Makes the users and the groups that they are in; those that are there get their password again."""
    cognito, pool = client(settings, "cognito-idp"), stack["userPoolId"]
    for user in stack["users"]:
        name = user["username"]
        with contextlib.suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=user["password"], Permanent=True)
        for group in user["groups"]:
            with contextlib.suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(UserPoolId=pool, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)


def client(settings: Settings, service: str, account: str = PLATFORM_ACCOUNT, region: str | None = None):
    """A client of an account's root."""
    return boto3.client(
        service,
        region_name=region or settings.region,
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=account,
        aws_secret_access_key=settings.credentials(account)["AWS_SECRET_ACCESS_KEY"],
    )
