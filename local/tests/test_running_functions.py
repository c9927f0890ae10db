"""Whose request is it? The local AWS knows what each function works on."""

import json
import urllib.error
import urllib.request

import pytest

from localaws import running_functions
from localaws.settings import Settings

ACCOUNT = "111111111111"


def test_an_invocation_is_known_by_its_trace_while_it_runs(aws, make_function):
    client = aws.client("lambda", ACCOUNT)
    function = make_function(TracingConfig={"Mode": "Active"})
    event = {"do": "ask", "pipelineId": "k3j9x0ab"}
    told = json.load(client.invoke(FunctionName=function, Payload=json.dumps(event))["Payload"])
    assert (told["function"], told["event"]) == (function.rpartition(":")[2], event)
    assert told["processId"] > 0


def test_one_that_is_over_is_not_known(aws, make_function):
    client = aws.client("lambda", ACCOUNT)
    function = make_function(TracingConfig={"Mode": "Active"})
    trace = json.load(client.invoke(FunctionName=function, Payload=json.dumps({"do": "trace"}))["Payload"])["trace"]
    parent = trace.partition("Parent=")[2].partition(";")[0]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{aws.endpoint_url}{running_functions.PATH}{parent}")


def test_functions_find_this_aws_unless_they_are_to_go_another_way(monkeypatch):
    monkeypatch.setenv("LOCAL_AWS_PORT", "4599")
    monkeypatch.delenv("LOCAL_AWS_FUNCTIONS_ENDPOINT", raising=False)
    assert Settings.from_environment().functions_endpoint == "http://127.0.0.1:4599"
    monkeypatch.setenv("LOCAL_AWS_FUNCTIONS_ENDPOINT", "http://127.0.0.1:4600")
    assert Settings.from_environment().functions_endpoint == "http://127.0.0.1:4600"
