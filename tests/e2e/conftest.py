"""The platform under test, and who uses it."""

import platforms
import pytest
from localplatform.api import Api
from localplatform.environments import ACCOUNTS
from pipelines import Platform

pytest_plugins = ["recording"]


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
