"""The platform under test, and who uses it."""

import contextlib
import uuid

import platforms
import pytest
from localplatform.api import Api
from localplatform.environments import ACCOUNTS
from pipelines import Platform

pytest_plugins = ["answers", "recording", "secrecy"]


def pytest_addoption(parser):
    parser.addoption(
        "--running-platform", action="store_true", help="use the platform that `make up` runs instead of one of the tests' own"
    )


@pytest.fixture(scope="session")
def platform(tmp_path_factory, pytestconfig) -> Platform:
    """A platform whose CodePipelines run no builds; those of `delivery/` do."""
    with platforms.running(tmp_path_factory.mktemp("platform"), pytestconfig, runs_pipelines=False) as platform:
        yield platform


@pytest.fixture(scope="session")
def alice(platform) -> Api:
    """In the team research, which owns the three environments."""
    return platform.user("alice")


@pytest.fixture(scope="session")
def bob(platform) -> Api:
    """In the team marketing, which owns nothing."""
    return platform.user("bob")


@pytest.fixture(scope="session")
def admin(platform) -> Api:
    return platform.user("admin")


@pytest.fixture(scope="session")
def environments(alice) -> dict[str, str]:
    """The ids of the three environments by their labels: CICD, dev, prod."""
    linked = {environment["accountId"]: environment["id"] for environment in alice.all("/environments")}
    return {account.label: linked[account.account_id] for account in ACCOUNTS}


PASSWORD = "Somebody-of-a-team-1"


@pytest.fixture(scope="session")
def member_of(platform):
    """A new user who is in these groups."""
    cognito, pool = platform.aws("cognito-idp", platform.stack["platformAccountId"]), platform.stack["userPoolId"]

    def member(*groups: str) -> Api:
        name = f"user-{uuid.uuid4().hex[:8]}"
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        for group in groups:
            with contextlib.suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(UserPoolId=pool, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        return Api(platform.stack, {"username": name, "password": PASSWORD})

    return member


@pytest.fixture
def configured(platform):
    """Gives a function other settings for the time of a test."""
    lambdas, before = platform.aws("lambda", platform.stack["platformAccountId"]), {}

    def configure(function: str, **settings: str) -> None:
        name = f"dataall-platform-{function}"
        present = lambdas.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        before.setdefault(name, present)
        lambdas.update_function_configuration(FunctionName=name, Environment={"Variables": present | settings})

    yield configure
    for name, variables in before.items():
        lambdas.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
