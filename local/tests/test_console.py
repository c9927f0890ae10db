"""Building the console for `make up`: when, and what happens if it fails."""

import io
from concurrent.futures import Future
from pathlib import Path

import pytest
from rich.console import Console

from localplatform import commands, console, up
from localplatform.progress import Steps
from localplatform.settings import Settings


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.apart(tmp_path)


@pytest.fixture
def npm(tmp_path, monkeypatch) -> list[str]:
    """What npm was asked for, in a repository with a console that is made up."""
    monkeypatch.setattr(console, "ROOT", tmp_path)
    for name, path in (("SOURCES", "console"), ("BUILT", "console/dist"), ("API", "docs/openapi.json")):
        monkeypatch.setattr(console, name, tmp_path / path)
    for path in ("console/package.json", "console/package-lock.json", "console/src/main.tsx", "docs/openapi.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("1")
    asked: list[str] = []

    def run(command: list[str], log: Path, **_) -> None:
        asked.append(" ".join(command[3:5]))
        (console.BUILT if "build" in command else console.SOURCES / "node_modules").mkdir(exist_ok=True)

    monkeypatch.setattr(commands, "run", run)
    return asked


def test_it_is_built_once(settings, npm):
    console.build(settings)
    console.build(settings)
    assert npm == ["ci --no-audit", "run build"]


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("console/src/main.tsx", ["run build"]),
        ("docs/openapi.json", ["run build"]),
        ("console/package-lock.json", ["ci --no-audit", "run build"]),
        ("console/node_modules/react/index.js", []),
        ("console/dist/index.html", []),
    ],
)
def test_it_is_built_again_when_its_sources_have_changed(settings, npm, tmp_path, changed, again):
    console.build(settings)
    npm.clear()
    (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / changed).write_text("2")
    console.build(settings)
    assert npm == again


def interrupted(*_, **__) -> None:
    raise KeyboardInterrupt


def test_a_build_that_was_interrupted_is_not_taken_for_one(settings, npm, tmp_path, monkeypatch):
    console.build(settings)
    (tmp_path / "console/src/main.tsx").write_text("2")
    with monkeypatch.context() as patch:
        patch.setattr(commands, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            console.build(settings)
    npm.clear()
    console.build(settings)
    assert npm == ["run build"]


def test_a_build_that_fails_is_told_of_and_all_else_goes_on(settings, monkeypatch):
    def fails(*_) -> None:
        raise RuntimeError("src/main.tsx(1,1): error TS1005")

    monkeypatch.setattr(console, "build", fails)
    monkeypatch.setattr(console, "deploy", lambda *_: pytest.fail("what was not built is not deployed"))
    steps, told = Steps(), io.StringIO()
    steps.console = Console(file=told)
    built: Future[bool] = Future()
    built.set_result(up._build_console(settings, steps))
    assert built.result() is False
    assert "error TS1005" in told.getvalue() and up.CONSOLE_ADVICE[:20] in told.getvalue()
    assert up._publish_console(settings, steps, built) is False
