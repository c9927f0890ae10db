"""A platform of the tests' own: the code of `make up` on a free port, with a directory of its own; IAM enforced."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from localaws import process
from localplatform.progress import Steps
from localplatform.settings import Settings
from localplatform.up import up
from pipelines import Platform
from proxy import Proxy


@contextmanager
def running(directory: Path, config: pytest.Config, *, runs_pipelines: bool, with_console: bool = False) -> Iterator[Platform]:
    """The platform with the environments CICD, dev and prod of the team research.

    Unless it `runs_pipelines`, CodePipelines read their sources and stay there, so that tests of hundreds of them need no builds.
    """
    if config.getoption("--running-platform"):
        settings = Settings.from_environment()
        yield Platform(settings, json.loads(settings.stack_file.read_text()))
        return
    # The workflow waits five seconds for CloudFormation, which needs far less here.
    os.environ["SFN_WAIT_SCALE"] = "0.1"
    settings = Settings.apart(directory, runs_pipelines=runs_pipelines)
    capture = config.pluginmanager.getplugin("capturemanager")
    # Functions reach AWS through a proxy that hands everything on, until a test lets calls go wrong.
    with Proxy(settings.aws.endpoint_url) as proxy:
        settings = replace(settings, aws=replace(settings.aws, functions_through=proxy.url))
        try:
            # Minutes, the first time: what happens is to be seen although pytest captures output.
            with capture.global_and_fixture_disabled(), Steps() as steps:
                steps.say()
                stack = up(settings, steps, with_console=with_console)
            yield Platform(settings, stack, proxy)
        finally:
            process.stop(settings.aws)
