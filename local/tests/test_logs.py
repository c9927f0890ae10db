"""What functions and workflows log, the metrics in it, and the queries that find it."""

import datetime
import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, allow, unique, wait_for


@pytest.fixture
def logs(aws):
    return aws.client("logs")


@pytest.fixture
def group(logs) -> str:
    name = f"/test/{unique('group')}"
    logs.create_log_group(logGroupName=name)
    return name


def may_write(group: str) -> dict:
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*")


def messages(logs, group: str) -> list[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


class TestFunctions:
    def test_write_to_the_group_that_they_are_configured_for(self, aws, logs, group, make_function):
        function = make_function(may_write(group), LoggingConfig={"LogGroup": group})
        line = {"level": "INFO", "deploymentId": "d-1"}
        aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"log": line}))
        written = wait_for(lambda: messages(logs, group), "the function's log")
        assert json.loads(next(message for message in written if "deploymentId" in message)) == {"log": line}

    def test_write_nothing_without_permission(self, aws, logs, group, make_function):
        function = make_function(may_write(f"{group}-another"), LoggingConfig={"LogGroup": group})
        aws.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        problem = f"The log of {function} is lost"
        wait_for(lambda: problem in (aws.directory / "server.log").read_text(), "the warning")
        assert messages(logs, group) == []


class TestStreams:
    def test_are_read_by_who_may_read_streams_of_the_group(self, aws, logs, group):
        logs.create_log_stream(logGroupName=group, logStreamName="build-1")
        event = {"timestamp": int(time.time() * 1000), "message": "hello"}
        logs.put_log_events(logGroupName=group, logStreamName="build-1", logEvents=[event])
        of_group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"

        def read(resource: str) -> list[str]:
            reader = aws.client("logs", aws.session(allow("logs:GetLogEvents", resource)))
            found = reader.get_log_events(logGroupName=group, logStreamName="build-1")
            return [event["message"] for event in found["events"]]

        assert read(f"{of_group}:log-stream:*") == read(f"{of_group}:log-stream:build-1") == ["hello"]
        for other in (of_group, f"{of_group}:log-stream:build-2"):
            with pytest.raises(ClientError, match="AccessDenied"):
                read(other)


class TestWorkflows:
    DEFINITION = json.dumps({"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})

    def test_write_their_history(self, aws, logs, group):
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        destination = {"CloudWatchLogsLogGroup": {"LogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"}}
        properties = {
            "StateMachineName": unique("machine"),
            "RoleArn": aws.role(unique("machine"), trust, []),
            "DefinitionString": self.DEFINITION,
            "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": True, "Destinations": [destination]},
        }
        template = {"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}
        stacks, name = aws.client("cloudformation"), unique("machine")
        stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))
        stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{properties['StateMachineName']}"
        execution = aws.client("stepfunctions").start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
        wait_for(lambda: any('"ExecutionSucceeded"' in message for message in messages(logs, group)), "the last event")
        written = [json.loads(message) for message in messages(logs, group)]
        assert {event["execution_arn"] for event in written} == {execution}
        assert [event["type"] for event in written] == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
        assert json.loads(written[-1]["details"]["output"]) == {"a": 1}


class TestMetrics:
    def test_are_taken_from_documents_in_the_log(self, aws, logs, group):
        namespace = unique("namespace")
        metrics = [{"Name": "StepDuration", "Unit": "Milliseconds"}]
        directive = {"Namespace": namespace, "Dimensions": [["Step"], ["Step", "Error"]], "Metrics": metrics}
        document = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}}
        document |= {"Step": "Prepare", "Error": "Internal", "StepDuration": [100, 300], "pipelineId": "p"}
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(document)}
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])
        cloudwatch = aws.client("cloudwatch")
        now = datetime.datetime.now(datetime.UTC)
        span = {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=5), "Period": 600}
        for names in directive["Dimensions"]:
            dimensions = [{"Name": name, "Value": document[name]} for name in names]
            what = {"Namespace": namespace, "MetricName": "StepDuration", "Dimensions": dimensions}
            [point] = cloudwatch.get_metric_statistics(**what, **span, Statistics=["Sum", "SampleCount", "Maximum"])["Datapoints"]
            assert (point["Sum"], point["SampleCount"], point["Maximum"], point["Unit"]) == (400, 2, 300, "Milliseconds")


FAILED = {"type": "ExecutionFailed", "details": {"error": "EventBridge.AccessDenied", "codes": [5, 7]}, "level": 40, "note": None}


class TestFilterPatterns:
    @pytest.mark.parametrize(
        ("pattern", "matches"),
        [
            ('{ $.type = "ExecutionFailed" }', True),
            ('{ ($.type = "ExecutionFailed") && (($.details.error = "Other") || ($.details.error = "EventBridge.*")) }', True),
            ('{ $.type = "ExecutionFailed" && $.details.error = "EventBridge" }', False),
            ('{ $.type != "*Failed" }', False),
            ("{ $.level >= 40 && $.level < 41 && $.level = 40 }", True),
            ("{ $.details.codes[1] = 7 }", True),
            ("{ $.absent NOT EXISTS }", True),
            ("{ $.note IS NULL }", True),
            ("{ $.level NOT EXISTS || $.note IS TRUE }", False),
        ],
    )
    def test_describe_lines_of_json(self, logs, group, pattern, matches):
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        lines = [{"timestamp": int(time.time() * 1000), "message": text} for text in (json.dumps(FAILED), "START ExecutionFailed")]
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=lines)
        found = logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
        assert [json.loads(event["message"]) for event in found] == [FAILED] * matches

    def test_make_metrics(self, aws, logs, group):
        namespace = unique("namespace")
        metric = {"metricNamespace": namespace, "metricName": "Failed", "metricValue": "1"}
        given = {"logGroupName": group, "filterName": "failed", "metricTransformations": [metric]}
        with pytest.raises(ClientError, match="Invalid metric filter pattern"):
            logs.put_metric_filter(**given, filterPattern="{ $.type = }")
        logs.put_metric_filter(**given, filterPattern='{ $.type = "ExecutionFailed" }')
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        lines = [{"timestamp": int(time.time() * 1000), "message": json.dumps({"type": kind})} for kind in ("ExecutionFailed", "Other")]
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=lines)
        now = datetime.datetime.now(datetime.UTC)
        span = {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=5), "Period": 600}
        [point] = aws.client("cloudwatch").get_metric_statistics(Namespace=namespace, MetricName="Failed", **span, Statistics=["Sum"])[
            "Datapoints"
        ]
        assert point["Sum"] == 1


class TestInsights:
    LINES = (
        {"level": "INFO", "pipelineId": "p1", "deploymentId": "d1", "durationMs": 5, "failure": {"error": "Internal"}},
        {"level": "INFO", "pipelineId": "p1", "deploymentId": "d2", "durationMs": 50},
        {"level": "ERROR", "pipelineId": "p2", "deploymentId": "d1", "text": 'say "hello" | x'},
    )

    @pytest.fixture
    def query(self, logs):
        """Lines in two groups; runs a query over both."""
        names, now = [f"/test/{unique('group')}" for _ in range(2)], int(time.time() * 1000)
        for index, (name, lines) in enumerate(zip(names, (self.LINES[:2], self.LINES[2:]), strict=True)):
            logs.create_log_group(logGroupName=name)
            logs.create_log_stream(logGroupName=name, logStreamName="s")
            events = [{"timestamp": now - index * 10 + at, "message": json.dumps(line)} for at, line in enumerate(lines)]
            events.append({"timestamp": now + 5, "message": "START RequestId: 1"})
            logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=events)

        def query(text: str) -> list[dict[str, str]]:
            span = {"startTime": now // 1000 - 60, "endTime": now // 1000 + 60}
            started = logs.start_query(logGroupNames=names, queryString=text, **span)
            results = logs.get_query_results(queryId=started["queryId"])
            assert results["status"] == "Complete"
            return [{field["field"]: field["value"] for field in row if field["field"] != "@ptr"} for row in results["results"]]

        return query

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ('pipelineId = "p1"', [0, 1]),
            ('deploymentId = "d1"', [2, 0]),
            ("pipelineId = 'p1' and deploymentId = 'd1'", [0]),
            ('pipelineId = "p2" or durationMs > 10', [2, 1]),
            ('ispresent(level) and (not (level = "INFO") or durationMs <= 5)', [2, 0]),
            ('failure.error = "Internal"', [0]),
            ("ispresent(durationMs)", [0, 1]),
            ('deploymentId in ["d2", "d3"]', [1]),
            ('ispresent(level) and deploymentId not in ["d2"]', [2, 0]),
            ("@message like /(?i)HELLO/", [2]),
            (r'text like "\"hello\" | x"', [2]),
            ('@message like "d2"', [1]),
            ('pipelineId != "p1" and ispresent(pipelineId)', [2]),
        ],
    )
    def test_filters_lines_of_json(self, query, condition, found):
        rows = query(f"fields @timestamp, @message\n| filter {condition}\n| sort @timestamp asc")
        assert [json.loads(row["@message"]) for row in rows] == [self.LINES[index] for index in found]

    def test_shows_the_fields_that_a_line_has(self, query):
        rows = query(
            "# as it is shown\nfields deploymentId, failure.error, durationMs | filter ispresent(level) | sort @timestamp | limit 2"
        )
        assert rows == [{"deploymentId": "d1"}, {"deploymentId": "d1", "failure.error": "Internal", "durationMs": "5"}]

    @pytest.mark.parametrize("text", ["fields @message | filter a = ", "filter a = b", "filter (a = 1", "stats count(*)", "filter a ~ 1"])
    def test_refuses_what_it_does_not_understand(self, query, text):
        with pytest.raises(ClientError, match="MalformedQueryException"):
            query(text)


class TestTraces:
    def test_a_workflow_and_what_it_starts_share_a_trace(self, aws, make_function):
        """The function answers the trace that it is invoked in."""
        function, states = make_function(), aws.client("stepfunctions")
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = aws.role(unique("machine"), trust, [allow("*")])

        def call(then: dict) -> dict:
            parameters = {"FunctionName": function, "Payload": {"do": "trace"}}
            selector = {"trace.$": "$.Payload.trace"}
            task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, "ResultSelector": selector}
            return task | then

        def machine(definition: dict, traced: bool = True) -> str:
            options = {"name": unique("machine"), "roleArn": role, "tracingConfiguration": {"enabled": traced}}
            return states.create_state_machine(definition=json.dumps(definition), **options)["stateMachineArn"]

        def run(arn: str) -> dict:
            execution = states.start_execution(stateMachineArn=arn)["executionArn"]
            wait_for(lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED", "the end")
            return json.loads(states.describe_execution(executionArn=execution)["output"])

        inner = machine({"StartAt": "Call", "States": {"Call": call({"End": True})}})
        nested = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": inner},
            "ResultSelector": {"trace.$": "$.Output.trace"},
            "ResultPath": "$.inner",
            "End": True,
        }
        outer = {"StartAt": "Call", "States": {"Call": call({"Next": "Nested"}), "Nested": nested}}

        def root(trace: str) -> str:
            return trace.partition(";")[0]

        first, second = run(machine(outer)), run(machine(outer))
        assert root(first["trace"]) == root(first["inner"]["trace"]) and first["trace"] != first["inner"]["trace"]
        assert root(first["trace"]).startswith("Root=1-") and root(first["trace"]) != root(second["trace"])
        assert run(machine({"StartAt": "Call", "States": {"Call": call({"End": True})}}, traced=False)) == {"trace": ""}
