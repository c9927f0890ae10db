"""Step Functions: what a path must find, and what happens if it does not.

The causes are those that AWS gave to others, or documents:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import json

import pytest
from conftest import allow
from test_map_runs import Machines, mapped, one_state


@pytest.fixture
def machines(aws) -> Machines:
    return Machines(aws)


IN_STATE = "An error occurred while executing the state 'Only' (entered at the event id #2). "
# A task that answers what it is given, by a function; and one of each other kind.
PASS = {"Type": "Pass"}


def failed(ended: dict) -> tuple[str, str]:
    assert ended["status"] == "FAILED", ended
    return ended["error"], ended["cause"]


class TestPaths:
    @pytest.mark.parametrize(
        ("state", "cause"),
        [
            (PASS | {"InputPath": "$.absent"}, "Invalid path '$.absent' : No results for path: $['absent']"),
            (PASS | {"InputPath": "$.absent.deeper"}, "Invalid path '$.absent.deeper' : Missing property in path $['absent']"),
            (PASS | {"InputPath": "$.list[3]"}, "Invalid path '$.list[3]' : No results for path: $['list'][3]"),
            (PASS | {"OutputPath": "$.absent"}, "Invalid path '$.absent' : No results for path: $['absent']"),
            (
                PASS | {"Parameters": {"value.$": "$.absent"}},
                """The JSONPath '$.absent' specified for the field 'value.$' could not be found in the input '{"a":1,"list":[0]}'""",
            ),
            (
                PASS | {"Parameters": {"deep": [{"value.$": "$$.Execution.Input.absent"}]}},
                "The JSONPath '$$.Execution.Input.absent' specified for the field 'value.$' could not be found in the input"
                """ '{"a":1,"list":[0]}'""",
            ),
            (
                PASS | {"Parameters": {"value.$": "States.Format('{}', $.absent)"}},
                "The function 'States.Format('{}', $.absent)' had the following error: The JsonPath argument for the field '$.absent' "
                """could not be found in the input '{"a":1,"list":[0]}'""",
            ),
            ({"Type": "Wait", "SecondsPath": "$.absent"}, "Invalid path '$.absent' : No results for path: $['absent']"),
            ({"Type": "Wait", "TimestampPath": "$.absent"}, "Invalid path '$.absent' : No results for path: $['absent']"),
            (
                {"Type": "Fail", "ErrorPath": "$.absent"},
                """The JSONPath '$.absent' specified for the field 'ErrorPath' could not be found in the input '{"a":1,"list":[0]}'""",
            ),
            (
                {"Type": "Map", "ItemsPath": "$.absent", "ItemProcessor": one_state({"Type": "Succeed"})},
                "Invalid path '$.absent' : No results for path: $['absent']",
            ),
            (
                {"Type": "Map", "ItemsPath": "$.a", "ItemProcessor": one_state({"Type": "Succeed"})},
                'Reference path "$.a" must point to array.',
            ),
            (
                {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "TimeoutSecondsPath": "$.absent"},
                "Invalid path '$.absent' : No results for path: $['absent']",
            ),
        ],
    )
    def test_one_that_finds_nothing_ends_the_execution(self, machines, state, cause):
        assert failed(machines.run(machines.make(one_state(state)), {"a": 1, "list": [0]})) == ("States.Runtime", IN_STATE + cause)

    def test_that_of_a_succeed_state_too(self, machines):
        definition = one_state({"Type": "Succeed", "OutputPath": "$.absent"})
        assert failed(machines.run(machines.make(definition)))[0] == "States.Runtime"

    def test_null_is_something(self, machines):
        state = PASS | {"InputPath": "$.a", "Parameters": {"value.$": "$.b"}}
        done = machines.run(machines.make(one_state(state)), {"a": {"b": None}})
        assert json.loads(done["output"]) == {"value": None}

    def test_one_that_may_select_several_may_select_none(self, machines):
        state = PASS | {"Parameters": {"values.$": "$.list[*].absent"}}
        assert json.loads(machines.run(machines.make(one_state(state)), {"list": [{}]})["output"]) == {"values": []}

    def test_the_context_object_is_there_for_every_template(self, machines, make_function):
        task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
        task["Parameters"] = {"FunctionName": make_function(), "Payload": {"a": 1}}
        context = {"name.$": "$$.Execution.Name", "role.$": "$$.Execution.RoleArn", "again.$": "$$.Execution.RedriveCount"}
        task["ResultSelector"] = context | {"got.$": "$.Payload", "tries.$": "$$.State.RetryCount"}
        execution = machines.start(machines.make(one_state(task), allow("lambda:InvokeFunction")), name="mine")
        output = json.loads(machines.ended(execution)["output"])
        assert output.pop("role").startswith("arn:aws:iam:")
        assert output == {"name": "mine", "again": 0, "got": {"a": 1}, "tries": 0}

    def test_a_result_goes_into_objects_only(self, machines):
        state = PASS | {"InputPath": "$.list", "Result": 1, "ResultPath": "$.new"}
        passed = one_state(PASS | {"OutputPath": "$.list"})
        passed["States"]["Only"] = {"Type": "Pass", "OutputPath": "$.list", "Next": "Then"}
        passed["States"]["Then"] = state | {"InputPath": "$", "End": True}
        error, cause = failed(machines.run(machines.make(passed), {"list": [0]}))
        assert (error, "ReferencePath $.new" in cause) == ("States.ResultPathMatchFailure", True)


ALL = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "IntervalSeconds": 1}]


def caught(state: dict) -> dict:
    """A definition of a state whose errors are caught, by any name."""
    catch = [{"ErrorEquals": ["States.Runtime"], "Next": "Caught"}, {"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    retry = [{"ErrorEquals": ["States.Runtime"]}, *ALL]
    return {
        "StartAt": "Only",
        "States": {"Only": state | {"Catch": catch, "Retry": retry, "End": True}, "Caught": {"Type": "Succeed"}},
    }


class TestRuntimeErrors:
    @pytest.mark.parametrize("field", ["Parameters", "ResultSelector", "OutputPath", "InputPath"])
    def test_no_catcher_of_a_task_takes_them(self, machines, make_function, field):
        task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
        task["Parameters"] = {"FunctionName": make_function(), "Payload": {}}
        task[field] = "$.absent" if field.endswith("Path") else task.get(field, {}) | {"value.$": "$.absent"}
        machine = machines.make(caught(task), allow("lambda:InvokeFunction"))
        assert failed(machines.run(machine))[0] == "States.Runtime"

    @pytest.mark.parametrize("kind", ["Parallel", "Map"])
    def test_nor_one_of_what_the_state_is_in(self, machines, kind):
        inner = one_state(PASS | {"Parameters": {"value.$": "States.Format('{}', $.absent)"}})
        state = {"Type": "Parallel", "Branches": [inner]} if kind == "Parallel" else {"Type": "Map", "ItemProcessor": inner}
        machine = machines.make(caught(state))
        execution = machines.client.start_execution(stateMachineArn=machine, input="[{}]")["executionArn"]
        assert failed(machines.ended(execution))[0] == "States.Runtime"

    def test_a_child_of_a_distributed_map_fails_alone(self, machines):
        child = one_state(PASS | {"InputPath": "$.there"})
        machine = machines.make(mapped(child, ToleratedFailureCount=1), allow("states:StartExecution"))
        execution = machines.start(machine, {"items": [{}, {"there": 1}]})
        assert machines.ended(execution)["status"] == "SUCCEEDED"
        assert machines.counts(execution) == {"total": 2, "succeeded": 1, "failed": 1}

    def test_other_errors_are_caught(self, machines):
        role_may_not = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "absent"}}
        assert machines.run(machines.make(caught(role_may_not)))["status"] == "SUCCEEDED"


class TestTimeouts:
    def test_a_task_times_out_after_what_its_path_says(self, aws, machines, make_function):
        inner = machines.make(one_state({"Type": "Wait", "Seconds": 30}))
        task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSecondsPath": "$.seconds"}
        task |= {"Parameters": {"StateMachineArn": inner}, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]}
        definition = one_state(task)
        definition["States"]["Caught"] = {"Type": "Succeed"}
        machine = machines.make(definition, allow(["states:*", "events:*"]))
        ended = machines.run(machine, {"seconds": 1})
        assert json.loads(ended["output"])["Error"] == "States.Timeout"

    @pytest.mark.parametrize("seconds", ["1", 0, -1, 1.5, None, True])
    def test_only_a_positive_whole_number_will_do(self, machines, seconds):
        task = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "TimeoutSecondsPath": "$.seconds"}
        assert failed(machines.run(machines.make(caught(task)), {"seconds": seconds}))[0] == "States.Runtime"


class TestWaits:
    @pytest.mark.parametrize("seconds", ["1", -1, 1.5, None])
    def test_seconds_are_a_whole_number(self, machines, seconds):
        state = {"Type": "Wait", "SecondsPath": "$.seconds"}
        assert failed(machines.run(machines.make(one_state(state)), {"seconds": seconds}))[0] == "States.Runtime"

    @pytest.mark.parametrize("moment", ["2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z", "2016-12-05T25:29:29Z"])
    def test_a_moment_is_one_of_iso_8601(self, machines, moment):
        state = {"Type": "Wait", "TimestampPath": "$.at"}
        cause = "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.at == "
        assert failed(machines.run(machines.make(one_state(state)), {"at": moment})) == ("States.Runtime", IN_STATE + cause + moment)

    @pytest.mark.parametrize("moment", ["2016-12-05T21:29:29Z", "2016-12-05T21:29:29.123456789Z", "2016-12-05T21:29:29+01:00"])
    def test_one_in_the_past_is_over(self, machines, moment):
        state = {"Type": "Wait", "TimestampPath": "$.at"}
        assert machines.run(machines.make(one_state(state)), {"at": moment})["status"] == "SUCCEEDED"


class TestChoices:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""

    def chosen(self, machines, rule: dict, given: dict) -> bool | tuple[str, str]:
        definition = {
            "StartAt": "Only",
            "States": {
                "Only": {"Type": "Choice", "Choices": [rule | {"Next": "Yes"}], "Default": "No"},
                "Yes": {"Type": "Pass", "Result": True, "End": True},
                "No": {"Type": "Pass", "Result": False, "End": True},
            },
        }
        ended = machines.run(machines.make(definition), given)
        return json.loads(ended["output"]) if ended["status"] == "SUCCEEDED" else failed(ended)

    @pytest.mark.parametrize("operator", [{"StringEquals": "x"}, {"IsNull": True}, {"IsString": False}, {"NumericLessThan": 1}])
    def test_a_variable_must_be_there(self, machines, operator):
        cause = "Invalid path '$.absent': The choice state's condition path references an invalid value."
        assert self.chosen(machines, {"Variable": "$.absent"} | operator, {}) == ("States.Runtime", IN_STATE + cause)

    def test_so_must_what_it_is_compared_with(self, machines):
        rule = {"Variable": "$.a", "StringEqualsPath": "$.absent"}
        assert self.chosen(machines, rule, {"a": "x"})[0] == "States.Runtime"

    def test_it_may_be_asked_for_first(self, machines):
        guarded = [{"Variable": "$.absent", "IsPresent": True}, {"Variable": "$.absent", "StringEquals": "x"}]
        assert self.chosen(machines, {"And": guarded}, {}) is False
        assert self.chosen(machines, {"And": guarded}, {"absent": "x"}) is True
        otherwise = [{"Variable": "$.absent", "IsPresent": False}, {"Variable": "$.absent", "StringEquals": "x"}]
        assert self.chosen(machines, {"Or": otherwise}, {}) is True
        assert self.chosen(machines, {"And": guarded[::-1]}, {})[0] == "States.Runtime", "asked for too late"

    @pytest.mark.parametrize(
        ("operator", "value", "expected"),
        [
            ({"IsPresent": True}, None, True),
            ({"IsPresent": False}, None, False),
            ({"IsNull": True}, None, True),
            ({"IsNumeric": True}, True, False),
            ({"NumericEquals": 1}, True, False),
            ({"NumericEquals": 1}, 1.0, True),
            ({"BooleanEquals": True}, 1, False),
            ({"BooleanEquals": False}, None, False),
            ({"StringEquals": "1"}, 1, False),
            ({"StringMatches": "a*c"}, "abbc", True),
            ({"StringMatches": "a\\*c"}, "abbc", False),
            ({"StringMatches": "a\\*c"}, "a*c", True),
            ({"StringLessThanPath": "$.other"}, "a", True),
            ({"TimestampLessThanPath": "$.when"}, "2020-01-01T00:00:00Z", True),
            ({"IsTimestamp": True}, "2012-10-09T19:00:55Z", True),
            ({"IsTimestamp": True}, "2012-10-09T19:00:55", False),
            ({"IsTimestamp": True}, "2023-02-24", False),
            ({"TimestampEquals": "2012-10-09T18:00:55Z"}, "2012-10-09T19:00:55+01:00", True),
        ],
    )
    def test_types_must_agree(self, machines, operator, value, expected):
        given = {"a": value, "other": "b", "when": "2021-01-01T00:00:00Z"}
        assert self.chosen(machines, {"Variable": "$.a"} | operator, given) is expected
