"""`make up` on a local AWS that was stopped, and on one that runs."""

import pytest

from localaws import process
from localaws.settings import Settings as LocalAws
from localplatform import up
from localplatform.progress import Steps
from localplatform.settings import Settings


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Of a platform that was deployed, and one function of it updated alone."""
    aws = LocalAws(
        port=1, edge_port=2, directory=tmp_path / "aws", region="eu-west-1", builds=0, build_cache=tmp_path / "cache", runs_pipelines=False
    )
    (aws.directory / "updated-functions").mkdir(parents=True)
    (aws.directory / "updated-functions/create-pipeline").touch()
    for mark in ("deployed", "console-deployed"):
        (aws.directory / mark).write_text("fingerprint")
    settings = Settings(tmp_path, aws, "dev")
    settings.stack_file.write_text("{}")
    return settings


def remembered(settings: Settings) -> list[str]:
    """What is still noted of the platform."""
    marks = ("deployed", "console-deployed", "updated-functions/create-pipeline")
    notes = [settings.stack_file, *(settings.aws.directory / mark for mark in marks)]
    return [note.name for note in notes if note.exists()]


@pytest.mark.parametrize(
    ("pid", "kept"),
    [
        pytest.param(None, [], id="stopped: it starts empty"),
        pytest.param(4711, ["stack.json", "deployed", "console-deployed", "create-pipeline"], id="running: it has what was deployed"),
    ],
)
def test_what_was_deployed_is_forgotten_with_the_aws_that_had_it(settings, monkeypatch, pid, kept):
    monkeypatch.setattr(process, "running_pid", lambda _: pid)
    monkeypatch.setattr(process, "start", lambda _: None)
    up.start(settings, Steps())
    assert remembered(settings) == kept
