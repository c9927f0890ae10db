"""Distributed Map runs and the executions that their children wait for: concurrency, roles, results, and how they are stopped."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ACCOUNT, REGION, allow, unique, wait_for

MANAGED_RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
# What a role needs to start executions of any machine and to wait for them.
START_AND_WAIT = (
    allow(["states:StartExecution", "states:DescribeExecution"]),
    allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"], MANAGED_RULE),
)


def one_state(state: dict) -> dict:
    return {"StartAt": "Only", "States": {"Only": state | ({} if state["Type"] in ("Succeed", "Fail") else {"End": True})}}


def mapped(child: dict, **options) -> dict:
    """A definition of one distributed Map over `$.items`, whose children run `child`."""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}} | child
    return one_state({"Type": "Map", "Label": "Items", "ItemsPath": "$.items", "ItemProcessor": processor} | options)


def sync(machine: str, **parameters) -> dict:
    """A state that runs an execution of another machine to its end."""
    resource = "arn:aws:states:::states:startExecution.sync:2"
    return {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": machine} | parameters}


WAITING = one_state({"Type": "Wait", "Seconds": 60})


class Machines:
    """State machines of the account, and their executions."""

    def __init__(self, aws):
        self.aws, self.client = aws, aws.client("stepfunctions")

    def make(self, definition: dict, *permissions: dict) -> str:
        """The ARN of a machine whose role has these permissions, and may start its own children."""
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = self.aws.role(unique("machine"), trust, list(permissions))
        machine = self.client.create_state_machine(name=unique("machine"), definition=json.dumps(definition), roleArn=role)
        return machine["stateMachineArn"]

    def start(self, machine: str, given: dict | None = None, **options) -> str:
        compact = json.dumps(given or {}, separators=(",", ":"))
        return self.client.start_execution(stateMachineArn=machine, input=compact, **options)["executionArn"]

    def run(self, machine: str, given: dict | None = None) -> dict:
        return self.ended(self.start(machine, given))

    def ended(self, execution: str, seconds: float = 20) -> dict:
        def look() -> dict | None:
            found = self.client.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return wait_for(look, "the end of the execution", seconds)

    def map_run(self, execution: str) -> dict:
        """The execution's Map run, once it has one."""
        runs = wait_for(lambda: self.client.list_map_runs(executionArn=execution)["mapRuns"], "the Map run")
        return self.client.describe_map_run(mapRunArn=runs[0]["mapRunArn"])

    def counts(self, execution: str) -> dict:
        """The counts of its items that are not zero."""
        return {name: count for name, count in self.map_run(execution)["itemCounts"].items() if count}

    def statuses(self, machine: str) -> list[str]:
        pages = self.client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        return sorted(execution["status"] for page in pages for execution in page["executions"])


@pytest.fixture
def machines(aws) -> Machines:
    return Machines(aws)


@pytest.fixture
def bucket(aws) -> str:
    name = unique("bucket")
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


class TestMapRuns:
    def test_the_number_of_children_at_a_time_comes_from_the_input(self, machines):
        definition = mapped(WAITING, MaxConcurrencyPath="$.atATime")
        execution = machines.start(machines.make(definition, allow("states:StartExecution")), {"items": list(range(9)), "atATime": 4})
        wait_for(lambda: machines.counts(execution) == {"total": 9, "running": 4, "pending": 5}, "four children")
        assert machines.map_run(execution)["maxConcurrency"] == 4
        machines.client.stop_execution(executionArn=execution)

    def test_a_stopped_execution_takes_its_map_run_with_it(self, machines):
        machine = machines.make(mapped(WAITING, MaxConcurrency=2), allow("states:StartExecution"))
        execution = machines.start(machine, {"items": list(range(5))})
        wait_for(lambda: machines.counts(execution).get("running") == 2, "two children")
        machines.client.stop_execution(executionArn=execution)
        run = machines.map_run(execution)
        assert (run["status"], machines.counts(execution)) == ("ABORTED", {"total": 5, "aborted": 5})
        assert machines.statuses(f"{machine}/Items") == ["ABORTED", "ABORTED"], "those that ran; the others never started"
        assert machines.ended(execution)["status"] == "ABORTED"

    def test_a_stopped_child_takes_no_further_step(self, machines, bucket):
        """Of its two steps the child is in the first when it is stopped."""
        step = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": {}, "End": True}
        marked = machines.make(one_state({"Type": "Succeed"}))
        step["Parameters"] = {"StateMachineArn": marked}
        child = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 2, "Next": "Mark"}, "Mark": step}}
        execution = machines.start(machines.make(mapped(child), allow("states:StartExecution")), {"items": [1]})
        wait_for(lambda: machines.counts(execution).get("running") == 1, "the child")
        machines.client.stop_execution(executionArn=execution)
        other = machines.make(one_state({"Type": "Wait", "Seconds": 3}))
        assert machines.run(other)["status"] == "SUCCEEDED", "by now the child would have marked"
        assert machines.statuses(marked) == []

    def test_a_timeout_stops_it_too(self, machines):
        machine = machines.make(mapped(WAITING) | {"TimeoutSeconds": 1}, allow("states:StartExecution"))
        execution = machines.start(machine, {"items": [1, 2]})
        assert machines.ended(execution)["status"] == "TIMED_OUT"
        assert machines.map_run(execution)["status"] == "ABORTED"

    def test_failed_items_are_tolerated_up_to_the_threshold(self, machines):
        failing = {
            "StartAt": "Which",
            "States": {
                "Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericLessThan": 2, "Next": "Bad"}], "Default": "Good"},
                "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "it is"},
                "Good": {"Type": "Succeed"},
            },
        }
        may, items = allow("states:StartExecution"), {"items": list(range(4))}
        all_tolerated = machines.start(machines.make(mapped(failing, ToleratedFailurePercentage=100), may), items)
        assert machines.ended(all_tolerated)["status"] == "SUCCEEDED"
        assert machines.counts(all_tolerated) == {"total": 4, "succeeded": 2, "failed": 2}
        none_tolerated = machines.start(machines.make(mapped(failing, MaxConcurrency=1), may), items)
        assert machines.ended(none_tolerated)["error"] == "States.ExceedToleratedFailureThreshold"
        assert machines.counts(none_tolerated) == {"total": 4, "failed": 1, "aborted": 3}
        assert machines.map_run(none_tolerated)["status"] == "FAILED"

    def test_the_role_must_allow_what_the_run_does(self, machines, bucket):
        """It starts its children, lists and reads its items, and writes its results."""
        location = {"Bucket": bucket}
        reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": location | {"Prefix": "pages/"}}
        reader["ReaderConfig"] = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}
        writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": location | {"Prefix": "results"}}
        selector = {"asked.$": "$.asked", "item.$": "$$.Map.Item.Value.id"}
        definition = mapped(one_state({"Type": "Succeed"}), ItemReader=reader, ResultWriter=writer, ItemSelector=selector)
        del definition["States"]["Only"]["ItemsPath"]
        for page in range(3):
            items = [{"id": f"{page}-{item}"} for item in range(4)]
            self.put(machines, bucket, f"pages/{page}.json", items)
        needed = [
            (allow("states:StartExecution"), "States.Permissions"),
            (allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", StringLike={"s3:prefix": "pages/*"}), "States.ItemReaderFailed"),
            (allow("s3:GetObject", f"arn:aws:s3:::{bucket}/pages/*"), "States.ItemReaderFailed"),
            (allow("s3:PutObject", f"arn:aws:s3:::{bucket}/results/*"), "States.ResultWriterFailed"),
        ]
        for missing, (statement, error) in enumerate(needed):
            others = [allowed for index, (allowed, _) in enumerate(needed) if index != missing]
            failed = machines.run(machines.make(definition, *others), {"asked": "x"})
            assert failed["error"] == error and statement["Action"] in failed["cause"]
        execution = machines.start(machines.make(definition, *(allowed for allowed, _ in needed)), {"asked": "x"})
        output = json.loads(machines.ended(execution)["output"])
        assert machines.counts(execution) == {"total": 12, "succeeded": 12, "resultsWritten": 12}
        manifest = self.get(machines, output["ResultWriterDetails"])
        [written] = manifest["ResultFiles"]["SUCCEEDED"]
        results = self.get(machines, {"Bucket": bucket, "Key": written["Key"]})
        expected = [{"asked": "x", "item": f"{page}-{item}"} for page in range(3) for item in range(4)]
        assert [json.loads(result["Output"]) for result in results] == expected

    def test_an_item_that_the_selector_cannot_read_fails_the_run(self, machines):
        definition = mapped(one_state({"Type": "Succeed"}), ItemSelector={"id.$": "$$.Map.Item.Value.id"}, ToleratedFailurePercentage=100)
        execution = machines.start(machines.make(definition, allow("states:StartExecution")), {"items": [{"id": 1}, {}]})
        ended = machines.ended(execution)
        assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
        assert "'$$.Map.Item.Value.id' specified for the field 'id.$' could not be found" in ended["cause"]
        assert machines.map_run(execution)["status"] == "FAILED"

    def test_results_that_are_too_large_need_a_writer(self, machines):
        doubled = one_state({"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}})
        machine = machines.make(mapped(doubled), allow("states:StartExecution"))
        assert machines.run(machine, {"items": ["x" * 45_000] * 2})["status"] == "SUCCEEDED"
        execution = machines.start(machine, {"items": ["x" * 45_000] * 3})
        assert machines.ended(execution)["error"] == "States.DataLimitExceeded"
        assert machines.map_run(execution)["status"] == "FAILED"

    def test_ten_thousand_items(self, machines):
        may = allow("states:StartExecution")
        machine = machines.make(mapped(one_state({"Type": "Succeed"}), MaxConcurrency=50, ItemSelector={"n.$": "$$.Map.Item.Index"}), may)
        execution = machines.start(machine, {"items": [0] * 10_000})
        assert machines.ended(execution, 60)["status"] == "SUCCEEDED"
        assert machines.counts(execution) == {"total": 10_000, "succeeded": 10_000}

    def put(self, machines: Machines, bucket: str, key: str, content) -> None:
        machines.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(content))

    def get(self, machines: Machines, location: dict):
        return json.loads(machines.aws.client("s3").get_object(**location)["Body"].read())


class TestNestedExecutions:
    def test_answers_what_came_of_the_other_execution(self, machines):
        other = machines.make(one_state({"Type": "Pass", "Parameters": {"got.$": "$.a"}}))
        machine = machines.make(one_state(sync(other, Input={"a": 1}, Name="other")), *START_AND_WAIT)
        output = json.loads(machines.run(machine)["output"])
        assert (output["Output"], output["Status"], output["Name"]) == ({"got": 1}, "SUCCEEDED", "other")
        assert machines.client.describe_execution(executionArn=output["ExecutionArn"])["status"] == "SUCCEEDED"

    def test_a_failure_is_told_with_its_error_and_cause(self, machines):
        other = machines.make(one_state({"Type": "Fail", "Error": "Bad", "Cause": "it is"}))
        failed = machines.run(machines.make(one_state(sync(other)), *START_AND_WAIT))
        cause = json.loads(failed["cause"])
        assert (failed["error"], cause["Status"], cause["Error"], cause["Cause"]) == ("States.TaskFailed", "FAILED", "Bad", "it is")

    def test_attaches_to_an_execution_that_runs_already(self, machines):
        """Same name, same input: AWS starts nothing anew; another input, or one that has ended, is an error of its own."""
        other = machines.make(one_state({"Type": "Wait", "Seconds": 2}))
        running = machines.start(other, {"a": 1}, name="one")
        machine = machines.make(one_state(sync(other, Name="one", **{"Input.$": "$"})), *START_AND_WAIT)
        with ThreadPoolExecutor(2) as pool:
            same, different = pool.map(lambda given: machines.run(machine, given), ({"a": 1}, {"a": 2}))
        assert json.loads(same["output"])["ExecutionArn"] == running
        assert different["error"] == "StepFunctions.ExecutionAlreadyExistsException"
        assert machines.run(machine, {"a": 1})["error"] == "StepFunctions.ExecutionAlreadyExistsException"
        assert machines.statuses(other) == ["SUCCEEDED"]

    def test_the_role_must_allow_starting_and_waiting(self, machines):
        other = machines.make(one_state({"Type": "Succeed"}))
        for action in ("states:StartExecution", "states:DescribeExecution", "events:PutRule"):
            permissions = [allow("*"), {"Effect": "Deny", "Action": action, "Resource": "*"}]
            failed = machines.run(machines.make(one_state(sync(other)), *permissions))
            assert failed["error"] == "StepFunctions.AWSStepFunctionsException" and action in failed["cause"]

    @pytest.mark.parametrize("may_stop", [True, False])
    def test_is_stopped_with_its_parent_only_by_a_role_that_may(self, machines, may_stop):
        other = machines.make(one_state({"Type": "Wait", "Seconds": 3}))
        permissions = [*START_AND_WAIT, *([allow("states:StopExecution")] if may_stop else [])]
        machine = machines.make(mapped(one_state(sync(other))), *permissions)
        execution = machines.start(machine, {"items": [1, 2]})
        wait_for(lambda: machines.statuses(other) == ["RUNNING"] * 2, "the other executions")
        machines.client.stop_execution(executionArn=execution)
        assert machines.counts(execution) == {"total": 2, "aborted": 2}
        expected = "ABORTED" if may_stop else "SUCCEEDED"
        wait_for(lambda: machines.statuses(other) == [expected] * 2, f"the other executions {expected}")


def test_many_wait_at_once(machines):
    """Each child waits in a thread of its own; none of them holds the server."""
    other = machines.make(one_state({"Type": "Wait", "Seconds": 2}))
    child = one_state(sync(other, **{"Name.$": "$"}))
    execution = machines.start(
        machines.make(mapped(child, MaxConcurrency=50), *START_AND_WAIT), {"items": [unique("n") for _ in range(100)]}
    )
    assert machines.ended(execution, 40)["status"] == "SUCCEEDED"
    assert machines.statuses(other) == ["SUCCEEDED"] * 100
