"""Options and fixtures of the parity tests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rendered
from cdk import WarmCdk
from configurations import BASE, STRATEGIES, TABLE, Configuration, random_configuration, with_strategy

DEFAULT_SAMPLES = 8


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity")
    group.addoption("--samples", type=int, default=DEFAULT_SAMPLES, help="how many random configurations of each strategy")
    group.addoption("--seed", default=None, help="what they are made from; printed, so that a run can be repeated")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.seed is None:
        config.option.seed = secrets.token_hex(4)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    option = terminalreporter.config.option
    terminalreporter.write_line(
        f"parity: for each strategy {len(TABLE)} configurations of the table and {option.samples} random ones; "
        f"to repeat: make parity N={option.samples} SEED={option.seed}"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "configuration" not in metafunc.fixturenames:
        return
    config = metafunc.config
    seeds = [f"{config.option.seed}-{number}" for number in range(config.option.samples)]
    cases = {}
    for strategy in STRATEGIES:
        cases |= {f"{strategy}-{name}": with_strategy(case, strategy) for name, case in TABLE.items()}
        cases |= {f"{strategy}-random-{seed}": random_configuration(seed, strategy) for seed in seeds}
    metafunc.parametrize("configuration", cases.values(), ids=cases.keys(), scope="session")


@pytest.fixture(scope="session")
def binary() -> Path:
    return rendered.build()


Render = Callable[[Configuration], rendered.Rendered]


@pytest.fixture(scope="session")
def render(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Renders a configuration to a folder of its own."""
    return lambda configuration: rendered.render(binary, configuration, tmp_path_factory.mktemp("rendered"))


@pytest.fixture(scope="session")
def warm_cdk(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCdk]:
    cdk = WarmCdk(render(BASE).repository, tmp_path_factory.mktemp("cdk"))
    yield cdk
    cdk.close()
