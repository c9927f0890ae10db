"""`make deploy-function`: a running function's code is replaced by a binary."""

import json
from pathlib import Path

import pytest

from localaws.settings import Settings as LocalAws
from localplatform import function_updates, functions
from localplatform.progress import StepFailed, Steps
from localplatform.settings import Settings

ECHO = Path(__file__).parent / "functions/bootstrap"


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Of a platform that was never started."""
    aws = LocalAws(
        port=1, edge_port=2, directory=tmp_path / "aws", region="eu-west-1", builds=0, build_cache=tmp_path / "cache", runs_pipelines=False
    )
    return Settings(tmp_path, aws, "dev")


@pytest.fixture
def echoing(tmp_path) -> Path:
    """The package of a bootstrap that answers with the event."""
    return functions.pack(ECHO.read_bytes(), tmp_path / "echo.zip")


@pytest.fixture
def marking(tmp_path) -> Path:
    """The package of a bootstrap that answers with a mark what the echo answers as it came."""
    echo = "*) printf '%s' \"$event\" |"
    text = ECHO.read_text()
    assert text.count(echo) == 1
    marked = text.replace(echo, '*) printf \'{"replaced": %s}\' "$event" |')
    return functions.pack(marked.encode(), tmp_path / "marking.zip")


def test_a_function_that_has_answered_answers_with_its_new_code(aws, make_function, echoing, marking):
    function, client = make_function(), aws.client("lambda")

    def answer() -> dict:
        return json.loads(client.invoke(FunctionName=function, Payload=b'{"a": 1}')["Payload"].read())

    def code() -> str:
        return client.get_function_configuration(FunctionName=function)["CodeSha256"]

    assert answer() == {"a": 1}
    first = code()
    before, after = function_updates.replace_code(client, function, marking)
    assert answer() == {"replaced": {"a": 1}}
    assert (before, after) == (first, code())
    assert before != after
    assert function_updates.replace_code(client, function, marking) == (after, after), "the same binary makes the same package"
    assert function_updates.replace_code(client, function, echoing)[0] == after
    assert answer() == {"a": 1}


@pytest.mark.parametrize(("name", "told"), [("no-such", "There is no function 'no-such'."), ("", "make deploy-function NAME=")])
def test_an_unknown_name_lists_the_functions(settings, name, told):
    with pytest.raises(StepFailed, match=told) as refused:
        function_updates.deploy_function(settings, Steps(), name)
    assert {"create-pipeline", "deploy-stack"} <= set(str(refused.value).split())


def test_without_a_platform_it_says_how_to_start_one(settings):
    with pytest.raises(StepFailed, match="make up"):
        function_updates.deploy_function(settings, Steps(), "create-pipeline")
