"""Step Functions: the events of an execution's history, and intrinsic functions.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

import json

import pytest
from conftest import allow
from test_map_runs import Machines, one_state


@pytest.fixture
def machines(aws) -> Machines:
    return Machines(aws)


def history(machines: Machines, state: dict, *permissions: dict, given: dict | None = None) -> list[dict]:
    execution = machines.start(machines.make(one_state(state), *permissions), given)
    machines.ended(execution)
    events = machines.client.get_execution_history(executionArn=execution)["events"]
    return [event for event in events if "State" not in event["type"] and not event["type"].startswith("Execution")]


def types(events: list[dict]) -> list[str]:
    return [event["type"] for event in events]


class TestFunctions:
    MAY = allow("lambda:InvokeFunction")

    def test_as_a_resource(self, machines, make_function):
        function = make_function()
        events = history(machines, {"Type": "Task", "Resource": function}, self.MAY, given={"a": 1})
        assert types(events) == ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"]
        assert events[0]["lambdaFunctionScheduledEventDetails"]["resource"] == function
        assert json.loads(events[2]["lambdaFunctionSucceededEventDetails"]["output"]) == {"a": 1}

    def test_that_fails(self, machines, make_function):
        events = history(machines, {"Type": "Task", "Resource": make_function()}, self.MAY, given={"do": "raise"})
        assert types(events)[-1] == "LambdaFunctionFailed"
        assert events[-1]["lambdaFunctionFailedEventDetails"]["error"] == "Throttled"

    def test_that_is_tried_again(self, machines, make_function):
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
        events = history(machines, {"Type": "Task", "Resource": make_function(), "Retry": retry}, self.MAY, given={"do": "raise"})
        assert types(events).count("LambdaFunctionScheduled") == 2

    def test_by_the_integration(self, machines, make_function):
        task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": make_function()}}
        events = history(machines, task, self.MAY)
        assert types(events) == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
        named = {event["type"]: event[f"{event['type'][0].lower()}{event['type'][1:]}EventDetails"] for event in events}
        assert {(told["resourceType"], told["resource"]) for told in named.values()} == {("lambda", "invoke")}

    def test_whose_result_does_not_fit_have_not_failed(self, machines, make_function):
        task = {"Type": "Task", "Resource": make_function(), "OutputPath": "$.absent"}
        assert types(history(machines, task, self.MAY)) == ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"]


def test_a_task_that_takes_too_long(machines):
    inner = machines.make(one_state({"Type": "Wait", "Seconds": 30}))
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 1}
    events = history(machines, task | {"Parameters": {"StateMachineArn": inner}}, allow(["states:*", "events:*"]))
    assert types(events) == ["TaskScheduled", "TaskStarted", "TaskTimedOut"]
    told = events[-1]["taskTimedOutEventDetails"]
    assert told == {"resourceType": "states", "resource": "startExecution.sync:2", "error": "States.Timeout"}


def test_a_failure_may_have_no_name(machines):
    ended = machines.run(machines.make(one_state({"Type": "Fail"})))
    assert (ended["status"], "error" in ended, "cause" in ended) == ("FAILED", False, False)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Format('{} {} {}', $.nothing, $.yes, $.object)", "null true {a=1, b=[x]}"),
        ("States.MathAdd($.half, 0)", 3),
        ("States.MathAdd(1, 2)", 3),
        ("States.StringToJson($.empty)", None),
        ("States.StringToJson(States.Format('[{}]', 1))", [1]),
    ],
)
def test_intrinsic_functions(machines, call, expected):
    given = {"nothing": None, "yes": True, "object": {"a": 1, "b": ["x"]}, "half": 2.5, "empty": ""}
    ended = machines.run(machines.make(one_state({"Type": "Pass", "Parameters": {"got.$": call}})), given)
    assert json.loads(ended["output"]) == {"got": expected}
