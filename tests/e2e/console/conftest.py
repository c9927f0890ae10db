"""A platform that delivers, with the console."""

import platforms
import pytest
from pipelines import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory, pytestconfig) -> Platform:
    directory = tmp_path_factory.mktemp("platform")
    with platforms.running(directory, pytestconfig, runs_pipelines=True, with_console=True) as platform:
        assert "consoleUrl" in platform.stack, "the console could not be built or deployed: see above"
        yield platform
