"""A platform of the tests' own: the code of `make up` on a free port, with a directory of its own; IAM enforced."""

import os
from pathlib import Path

import pytest
from localaws import process
from localplatform.api import Api
from localplatform.environments import ACCOUNTS
from localplatform.progress import Steps
from localplatform.settings import Settings
from localplatform.up import up
from pipelines import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory, pytestconfig) -> Platform:
    """The platform with the environments CICD, dev and prod of the team research."""
    directory: Path = tmp_path_factory.mktemp("platform")
    # The workflow waits five seconds for CloudFormation, which needs far less here.
    os.environ["SFN_WAIT_SCALE"] = "0.1"
    settings = Settings.apart(directory)
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        # Minutes, the first time: what happens is to be seen although pytest captures output.
        with capture.global_and_fixture_disabled(), Steps() as steps:
            steps.say()
            stack = up(settings, steps)
        yield Platform(settings, stack)
    finally:
        process.stop(settings.aws)


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
