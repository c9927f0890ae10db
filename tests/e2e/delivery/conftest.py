"""A platform whose CodePipelines run: builds build, stacks arrive in the stages' accounts."""

import owners
import platforms
import pytest
from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT
from pipelines import Platform

OTHER_REGION = "eu-central-1"


@pytest.fixture(scope="session")
def platform(tmp_path_factory, pytestconfig) -> Platform:
    with platforms.running(tmp_path_factory.mktemp("platform"), pytestconfig, runs_pipelines=True) as platform:
        yield platform


@pytest.fixture(scope="session")
def far(platform, alice) -> dict:
    """The account dev in another region."""
    return owners.ready(platform, alice, DEV_ACCOUNT, OTHER_REGION, (CICD_ACCOUNT,))
