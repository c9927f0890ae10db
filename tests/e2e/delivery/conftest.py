"""A platform whose CodePipelines run: builds build, stacks arrive in the stages' accounts."""

import platforms
import pytest
from pipelines import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory, pytestconfig) -> Platform:
    with platforms.running(tmp_path_factory.mktemp("platform"), pytestconfig, runs_pipelines=True) as platform:
        yield platform
