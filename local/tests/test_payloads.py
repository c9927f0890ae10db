"""Step Functions: payloads that are too large, timeouts, and events that EventBridge refuses.

Errors and causes are those that AWS gave to others, or documents.
"""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import allow
from test_json_paths import failed
from test_map_runs import Machines, mapped, one_state

LIMIT = 262_144
TOO_LARGE = "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit."
CATCH = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}


@pytest.fixture
def machines(aws) -> Machines:
    return Machines(aws)


def catching(state: dict) -> dict:
    definition = one_state(state | CATCH)
    definition["States"]["Caught"] = {"Type": "Succeed"}
    return definition


def doubling(times: int) -> dict:
    """A definition whose state doubles a text of 50,000 bytes so many times, in arrays."""
    states = {}
    for number in range(times):
        doubled = {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}}
        states[f"Double{number}"] = doubled | ({"Next": f"Double{number + 1}"} if number + 1 < times else {"End": True})
    return {"StartAt": "Double0", "States": states}


class TestSizes:
    def test_the_output_of_a_state_ends_the_execution(self, machines):
        machine = machines.make(doubling(3))
        assert failed(machines.run(machine, {"text": "x" * 50_000})) == ("States.DataLimitExceeded", TOO_LARGE.format("Double2"))

    def test_bytes_count_and_not_characters(self, machines):
        machine = machines.make(doubling(2))
        assert machines.run(machine, {"text": "x" * 50_000})["status"] == "SUCCEEDED"
        assert failed(machines.run(machine, {"text": "é" * 35_000}))[0] == "States.DataLimitExceeded"

    def test_the_result_of_a_task_may_be_caught(self, machines):
        """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html says no; AWS does it."""
        inner = machines.make(one_state({"Type": "Pass"}))
        task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2"}
        # Its answer holds the input and the output of the other execution.
        task["Parameters"] = {"StateMachineArn": inner, "Input.$": "$"}
        ended = machines.run(machines.make(catching(task), allow(["states:*", "events:*"])), {"text": "x" * 140_000})
        assert json.loads(ended["output"]) == {"Error": "States.DataLimitExceeded", "Cause": TOO_LARGE.format("states")}

    def test_an_input_is_too_long_for_the_api(self, machines):
        machine = machines.make(one_state({"Type": "Succeed"}))
        with pytest.raises(ClientError, match="less than or equal to 262144"):
            machines.start(machine, {"text": "x" * LIMIT})


class TestTimeouts:
    def test_a_caught_one_has_an_empty_cause(self, machines):
        inner = machines.make(one_state({"Type": "Wait", "Seconds": 30}))
        task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 1}
        task["Parameters"] = {"StateMachineArn": inner}
        may = allow(["states:*", "events:*"])
        assert json.loads(machines.run(machines.make(catching(task), may))["output"]) == {"Error": "States.Timeout", "Cause": ""}
        ended = machines.run(machines.make(one_state(task), may))
        assert (ended["error"], "cause" in ended) == ("States.Timeout", False)


GOOD = {"Source": "test", "DetailType": "test", "Detail": {"a": 1}}


class TestEvents:
    @pytest.mark.parametrize(
        ("bad", "code", "message"),
        [
            ({"Detail": '"text"'}, "MalformedDetail", "Detail is malformed."),
            ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
            ({"Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
            ({"Source": "aws.states"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
            ({"DetailType": ""}, "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."),
        ],
    )
    def test_one_that_is_refused_fails_the_task(self, machines, bad, code, message):
        task = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents"}
        task["Parameters"] = {"Entries": [GOOD, GOOD | bad]}
        error, cause = failed(machines.run(machines.make(one_state(task), allow("events:PutEvents"))))
        told = json.loads(cause)
        assert (error, told["FailedEntryCount"]) == ("EventBridge.FailedEntry", 1)
        assert told["Entries"][1] == {"ErrorCode": code, "ErrorMessage": message}
        assert told["Entries"][0].keys() == {"EventId"}, "the good one is sent"

    def test_the_failure_is_caught(self, machines):
        task = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents"}
        task["Parameters"] = {"Entries": [GOOD | {"Detail": "{"}]}
        ended = machines.run(machines.make(catching(task), allow("events:PutEvents")))
        assert json.loads(ended["output"])["Error"] == "EventBridge.FailedEntry"

    def test_eventbridge_says_so_to_everybody(self, aws):
        entries = [{"Source": "test", "DetailType": "test", "Detail": detail} for detail in ("{}", "[]")]
        answer = aws.client("events").put_events(Entries=entries)
        assert (answer["FailedEntryCount"], answer["Entries"][1]["ErrorCode"]) == (1, "MalformedDetail")


class TestMaps:
    IN_MAP = "An error occurred while executing the state 'Only' (entered at the event id #2). "

    @pytest.mark.parametrize(
        ("field", "value", "cause"),
        [
            ("MaxConcurrency", {}, 'The MaxConcurrencyPath field refers to value "{}" which is not a valid integer: $.value'),
            ("MaxConcurrency", "NoNumber", 'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid integer: $.value'),
            ("MaxConcurrency", -1, "MaxConcurrency cannot be negative."),
            ("ToleratedFailureCount", "1", 'The ToleratedFailureCountPath field refers to value "1" which is not a valid integer: $.value'),
            ("ToleratedFailureCount", -1, "ToleratedFailureCount cannot be negative."),
            (
                "ToleratedFailurePercentage",
                {},
                'The ToleratedFailurePercentagePath field refers to value "{}" which is not a valid float: $.value',
            ),
            ("ToleratedFailurePercentage", -1.1, "ToleratedFailurePercentage must be between 0 and 100."),
            ("ToleratedFailurePercentage", 100.1, "ToleratedFailurePercentage must be between 0 and 100."),
        ],
    )
    def test_what_paths_may_give(self, machines, field, value, cause):
        definition = mapped(one_state({"Type": "Succeed"}), **{f"{field}Path": "$.value"})
        ended = machines.run(machines.make(definition, allow("states:StartExecution")), {"items": [0], "value": value})
        assert failed(ended) == ("States.Runtime", self.IN_MAP + cause)

    @pytest.mark.parametrize(("field", "value"), [("MaxConcurrency", 0), ("ToleratedFailureCount", 1), ("ToleratedFailurePercentage", 1.1)])
    def test_what_they_do_give(self, machines, field, value):
        definition = mapped(one_state({"Type": "Succeed"}), **{f"{field}Path": "$.value"})
        ended = machines.run(machines.make(definition, allow("states:StartExecution")), {"items": [0], "value": value})
        assert json.loads(ended["output"]) == [0]

    def test_an_inline_map_reads_its_concurrency_too(self, machines):
        state = {"Type": "Map", "MaxConcurrencyPath": "$.value", "ItemsPath": "$.items", "ItemProcessor": one_state({"Type": "Succeed"})}
        machine = machines.make(one_state(state))
        cause = self.IN_MAP + 'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid integer: $.value'
        assert failed(machines.run(machine, {"items": [0], "value": "NoNumber"})) == ("States.Runtime", cause)
        assert json.loads(machines.run(machine, {"items": [0], "value": 1})["output"]) == [0]
