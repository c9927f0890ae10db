"""What Step Functions tells EventBridge about executions.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
from datetime import datetime

import pytest
from conftest import ACCOUNT, Queue, allow, unique, wait_for
from test_map_runs import START_AND_WAIT, WAITING, Machines, mapped, one_state, sync

PATTERN = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}


@pytest.fixture
def machines(aws) -> Machines:
    return Machines(aws)


class Told:
    """The events about a machine's executions, and about those of its children."""

    def __init__(self, aws, machine: str):
        self.queue, name, events = Queue(aws), unique("told"), aws.client("events")
        pattern = PATTERN | {"detail": {"stateMachineArn": [{"prefix": machine}]}}
        self.queue.let_in(events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"])
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": self.queue.arn}])
        self.events: list[dict] = []

    def until(self, count: int) -> list[dict]:
        def enough() -> bool:
            self.events += [json.loads(message["Body"]) for message in self.queue.messages()]
            return len(self.events) >= count

        wait_for(enough, f"{count} events")
        return self.events

    def details(self, count: int) -> list[dict]:
        return [event["detail"] for event in self.until(count)]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


# What the documentation shows of every execution without versions and redrives.
NEVER = {"stateMachineVersionArn": None, "stateMachineAliasArn": None, "redriveCount": 0, "redriveDate": None}


def test_a_success_is_told_from_start_to_end(aws, machines):
    machine = machines.make(one_state({"Type": "Pass", "Result": {"done": True}}))
    told = Told(aws, machine)
    execution = machines.start(machine, {"a": 1}, name="mine")
    ended = machines.ended(execution)
    started, succeeded = told.until(2)
    assert (started["source"], started["account"], started["resources"]) == ("aws.states", ACCOUNT, [execution])
    always = {"executionArn": execution, "stateMachineArn": machine, "name": "mine", "input": '{"a":1}', "inputDetails": {"included": True}}
    always |= NEVER | {"startDate": milliseconds(ended["startDate"]), "error": None, "cause": None, "redriveStatus": "NOT_REDRIVABLE"}
    assert started["detail"] == always | {
        "status": "RUNNING",
        "stopDate": None,
        "output": None,
        "outputDetails": None,
        "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
    }
    assert succeeded["detail"] == always | {
        "status": "SUCCEEDED",
        "stopDate": milliseconds(ended["stopDate"]),
        "output": ended["output"],
        "outputDetails": {"included": True},
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }


@pytest.mark.parametrize(
    ("definition", "stop", "told_of_end"),
    [
        (one_state({"Type": "Fail", "Error": "Bad", "Cause": "it is"}), None, ("FAILED", "Bad", "it is")),
        (WAITING | {"TimeoutSeconds": 1}, None, ("TIMED_OUT", None, None)),
        (WAITING, {"error": "Enough", "cause": "a person"}, ("ABORTED", "Enough", "a person")),
        (WAITING, {}, ("ABORTED", None, None)),
    ],
)
def test_a_bad_end_says_why(aws, machines, definition, stop, told_of_end):
    machine = machines.make(definition)
    told = Told(aws, machine)
    execution = machines.start(machine)
    if stop is not None:
        machines.client.stop_execution(executionArn=execution, **stop)
    started, end = told.details(2)
    assert started["status"] == "RUNNING"
    assert (end["status"], end["error"], end["cause"]) == told_of_end
    assert (end["output"], end["outputDetails"]) == (None, None)
    assert (end["redriveStatus"], end["redriveStatusReason"]) == ("REDRIVABLE", None)
    assert end["stopDate"] == milliseconds(machines.ended(execution)["stopDate"])


def test_a_redriven_execution_says_that_it_is_one(aws, machines):
    machine = machines.make(one_state({"Type": "Fail", "Error": "Bad", "Cause": "it is"}))
    told = Told(aws, machine)
    execution = machines.start(machine)
    machines.ended(execution)
    machines.client.redrive_execution(executionArn=execution)
    counts = [(detail["status"], detail["redriveCount"], detail["redriveDate"] is not None) for detail in told.details(4)]
    assert counts == [("RUNNING", 0, False), ("FAILED", 0, False), ("RUNNING", 1, True), ("FAILED", 1, True)]


def test_nested_executions_are_told_of(aws, machines):
    inner = machines.make(WAITING)
    told = Told(aws, inner)
    execution = machines.start(machines.make(one_state(sync(inner)), *START_AND_WAIT, allow("states:StopExecution")))
    wait_for(lambda: machines.statuses(inner) == ["RUNNING"], "the nested execution")
    machines.client.stop_execution(executionArn=execution)
    assert [detail["status"] for detail in told.details(2)] == ["RUNNING", "ABORTED"], "the parent took it along"


class TestDistributedMaps:
    def ends(self, told: Told, count: int) -> list[tuple]:
        details = [detail for detail in told.details(count) if "/Items" in detail["stateMachineArn"]]
        assert all(detail["mapRunArn"].split(":")[5] == "mapRun" for detail in details)
        return sorted((detail["status"], detail["error"]) for detail in details)

    def test_standard_children_are_told_of(self, aws, machines):
        """Their state machine is that of the Map: a rule on the parent's ARN does not see them."""
        failing = {
            "StartAt": "Which",
            "States": {
                "Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 0, "Next": "Bad"}], "Default": "Good"},
                "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "it is"},
                "Good": {"Type": "Succeed"},
            },
        }
        machine = machines.make(mapped(failing, ToleratedFailureCount=1), allow("states:StartExecution"))
        told = Told(aws, machine)
        machines.run(machine, {"items": [0, 1]})
        assert self.ends(told, 6) == [("FAILED", "Bad"), ("RUNNING", None), ("RUNNING", None), ("SUCCEEDED", None)]

    def test_stopped_children_are_told_of(self, aws, machines):
        machine = machines.make(mapped(WAITING), allow("states:StartExecution"))
        told = Told(aws, machine)
        execution = machines.start(machine, {"items": [0]})
        wait_for(lambda: machines.counts(execution).get("running") == 1, "the child")
        wait_for(lambda: machines.statuses(f"{machine}/Items") == ["RUNNING"], "the child's record")
        machines.client.stop_execution(executionArn=execution)
        assert self.ends(told, 4) == [("ABORTED", None), ("RUNNING", None)]

    def test_express_children_are_not(self, aws, machines):
        definition = mapped(one_state({"Type": "Succeed"}))
        definition["States"]["Only"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "EXPRESS"
        machine = machines.make(definition, allow("states:StartExecution"))
        told = Told(aws, machine)
        machines.run(machine, {"items": [0, 1]})
        assert [detail["stateMachineArn"] for detail in told.details(2)] == [machine, machine]


def test_an_express_execution_is_not_told_of(aws, machines):
    name, states = unique("express"), aws.client("stepfunctions")
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.role(unique("machine"), trust, [])
    definition = one_state({"Type": "Succeed"})
    express = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role, type="EXPRESS")["stateMachineArn"]
    standard = states.create_state_machine(name=f"{name}-too", definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    told = Told(aws, express)
    states.start_execution(stateMachineArn=express)
    states.start_execution(stateMachineArn=standard)
    assert {detail["stateMachineArn"] for detail in told.details(2)} == {standard}


def test_what_is_too_long_is_left_out(aws, machines):
    machine = machines.make(one_state({"Type": "Pass", "Result": "ok"}))
    told = Told(aws, machine)
    machines.run(machine, {"a": '"' * 70_000})
    started, succeeded = told.details(2)
    assert (started["input"], started["inputDetails"]) == (None, {"included": False})
    assert (succeeded["output"], succeeded["outputDetails"]) == ('"ok"', {"included": True})
