"""Step Functions, judged by `step-functions.yaml`."""

import json

import pytest
from conftest import cases, local


class Machines:
    def __init__(self, aws, function: str):
        self.aws, self.client = aws, aws.client("stepfunctions")
        waiting = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": True}}}
        passing = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
        self.world = {"function": function, "waiting": self.make(json.dumps(waiting), []), "passing": self.make(json.dumps(passing), [])}

    def make(self, definition: str, permissions: list) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = self.aws.role(local.unique("judged"), trust, permissions)
        return self.client.create_state_machine(name=local.unique("judged"), definition=definition, roleArn=role)["stateMachineArn"]

    def run(self, definition: dict, given, permissions: list = ()) -> dict:
        written = json.dumps(definition)
        for name, arn in self.world.items():
            written = written.replace(f"${{{name}}}", arn)
        machine = self.make(written, list(permissions))
        arn = self.client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]

        def ended() -> dict | None:
            found = self.client.describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        return local.wait_for(ended, "the end of the execution")

    def history(self, execution: dict) -> list[str]:
        events = self.client.get_execution_history(executionArn=execution["executionArn"])["events"]
        return [event["type"] for event in sorted(events, key=lambda event: event["id"])]

    def output(self, definition: dict, given):
        execution = self.run(definition, given)
        assert execution["status"] == "SUCCEEDED", execution.get("cause")
        return json.loads(execution["output"])


@pytest.fixture(scope="module")
def machines(aws, make_function) -> Machines:
    return Machines(aws, make_function())


@pytest.mark.parametrize("case", cases("step-functions"))
def test_case(machines, case):
    if "functions" in case:
        judge_functions(machines, case["functions"])
    elif "choice" in case:
        judge_choice(machines, case["choice"], case["values"])
    else:
        given = {name: "x" * length for name, length in case["input-of"].items()} if "input-of" in case else case.get("input", {})
        judge(machines, machines.run(case["definition"], given, case.get("role", ())), case["expect"])


def judge(machines: Machines, execution: dict, expected: dict) -> None:
    status = expected.get("status") or ("FAILED" if "error" in expected else "SUCCEEDED")
    assert execution["status"] == status, execution.get("cause")
    for name in ("error", "cause"):
        if name in expected:
            assert execution.get(name) == expected[name]
    if "cause-has" in expected:
        assert expected["cause-has"] in execution["cause"]
    if "output" in expected:
        assert json.loads(execution["output"]) == expected["output"]
    if "history" in expected:
        assert machines.history(execution) == expected["history"]


def judge_functions(machines: Machines, calls: list) -> None:
    """All calls in one execution: one branch each."""
    branches = [
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": f"$[{n}]", "Parameters": {"got.$": call}, "End": True}}}
        for n, (call, _, _) in enumerate(calls)
    ]
    definition = {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": branches, "End": True}}}
    results = machines.output(definition, [given for _, given, _ in calls])
    assert [result["got"] for result in results] == [expected for _, _, expected in calls]


def judge_choice(machines: Machines, rule: dict, values: list) -> None:
    choose = {"Type": "Choice", "Choices": [{"Variable": "$.value", "Next": "Yes"} | rule], "Default": "No"}
    answers = {name: {"Type": "Pass", "Result": name == "Yes", "End": True} for name in ("Yes", "No")}
    processor = {"StartAt": "Choose", "States": {"Choose": choose} | answers}
    definition = {"StartAt": "All", "States": {"All": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    chosen = machines.output(definition, [{"value": value, "other": "m"} for value, _ in values])
    assert list(zip([value for value, _ in values], chosen, strict=True)) == [tuple(value) for value in values]
