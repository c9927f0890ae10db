"""DynamoDB Streams to Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, Queue, allow, packed, unique, wait_for

READ = ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream")


def may_read(stream: str) -> tuple[dict, dict]:
    return allow(list(READ), stream), allow("dynamodb:ListStreams")


class Table:
    """A table with a stream."""

    def __init__(self, aws, view: str = "NEW_AND_OLD_IMAGES"):
        self.client, self.name = aws.client("dynamodb"), unique("table")
        made = self.client.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )
        self.arn, self.stream = made["TableDescription"]["TableArn"], made["TableDescription"]["LatestStreamArn"]

    def item(self, key: str, **attributes: str) -> dict:
        return {"id": {"S": key}} | {name: {"S": value} for name, value in attributes.items()}

    def put(self, key: str, **attributes: str) -> None:
        self.client.put_item(TableName=self.name, Item=self.item(key, **attributes))

    def put_all(self, *items: dict) -> None:
        """All at once. Who begins to read later gets them together."""
        self.client.transact_write_items(TransactItems=[{"Put": {"TableName": self.name, "Item": item}} for item in items])


@pytest.fixture
def table(aws) -> Table:
    return Table(aws)


@pytest.fixture
def consume(aws, make_function, tmp_path):
    """Makes a function that reads a table's stream."""

    def make(table: Table, *permissions: dict, answer: dict | None = None, **settings) -> Consumer:
        calls = tmp_path / unique("calls")
        calls.touch()
        variables = {"CALLS": str(calls)} | ({"ANSWER": json.dumps(answer)} if answer is not None else {})
        function = make_function(*may_read(table.stream), *permissions, program="consumer", Environment={"Variables": variables})
        mapping = {"EventSourceArn": table.stream, "StartingPosition": "TRIM_HORIZON"} | settings
        return Consumer(calls, aws.client("lambda").create_event_source_mapping(FunctionName=function, **mapping), function)

    return make


class Consumer:
    def __init__(self, calls, mapping: dict, function: str):
        self.calls, self.mapping, self.function = calls, mapping, function

    def events(self) -> list[list[dict]]:
        """The records of each call."""
        return [json.loads(line)["Records"] for line in self.calls.read_text().splitlines()]

    def keys(self) -> list[list[str]]:
        return [[record["dynamodb"]["Keys"]["id"]["S"] for record in records] for records in self.events()]

    def until(self, *keys: list[str], seconds: float = 20) -> None:
        """Waits for as many calls, which must then have been about these keys."""
        wait_for(lambda: len(self.calls.read_text().splitlines()) >= len(keys), f"{len(keys)} calls", seconds)
        assert self.keys() == list(keys)


class TestRecords:
    def test_every_kind_of_write_is_one(self, table, consume):
        consumer = consume(table, BatchSize=1)
        table.put("a", state="new")
        table.put("a", state="old")
        table.put("a", state="old")
        table.put_all(table.item("b", state="new"))
        update = {"UpdateExpression": "SET #s = :s", "ExpressionAttributeNames": {"#s": "state"}}
        update |= {"TableName": table.name, "Key": table.item("b"), "ExpressionAttributeValues": {":s": {"S": "old"}}}
        table.client.transact_write_items(TransactItems=[{"Update": update}])
        table.client.transact_write_items(TransactItems=[{"Delete": {"TableName": table.name, "Key": table.item("b")}}])
        table.client.delete_item(TableName=table.name, Key=table.item("a"))
        consumer.until(["a"], ["a"], ["b"], ["b"], ["b"], ["a"])
        new, old = {"S": "new"}, {"S": "old"}
        told = [
            (record["eventName"], record["dynamodb"].get("OldImage", {}).get("state"), record["dynamodb"].get("NewImage", {}).get("state"))
            for [record] in consumer.events()
        ]
        changed = [("INSERT", None, new), ("MODIFY", new, old)]
        assert told == [*changed, *changed, ("REMOVE", old, None), ("REMOVE", old, None)], "what changes nothing is none"
        [record] = consumer.events()[0]
        assert (record["eventSource"], record["awsRegion"], record["eventSourceARN"]) == ("aws:dynamodb", REGION, table.stream)

    @pytest.mark.parametrize(
        ("view", "images"),
        [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"}), ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"})],
    )
    def test_their_images_are_those_of_the_view(self, aws, consume, view, images):
        table = Table(aws, view)
        consumer = consume(table, BatchSize=1)
        table.put("a")
        table.put("a", state="changed")
        consumer.until(["a"], ["a"])
        [record] = consumer.events()[1]
        assert {name for name in record["dynamodb"] if name.endswith("Image")} == images
        assert record["dynamodb"]["StreamViewType"] == view

    def test_a_cancelled_transaction_writes_none(self, table, consume):
        consumer = consume(table, BatchSize=1)
        puts = [{"Put": {"TableName": table.name, "Item": table.item(key)}} for key in ("a", "b")]
        puts[1]["Put"]["ConditionExpression"] = "attribute_exists(id)"
        with pytest.raises(ClientError, match="TransactionCanceledException"):
            table.client.transact_write_items(TransactItems=puts)
        table.put("c")
        consumer.until(["c"])


def test_items_expire_and_records_get_too_old(aws, table, consume):
    """DynamoDB looks for expired items once a minute here, and a minute is the least age."""
    failing, dead_letters = Table(aws), Queue(aws)
    settings = {"MaximumRecordAgeInSeconds": 60, "DestinationConfig": {"OnFailure": {"Destination": dead_letters.arn}}}
    stuck = consume(failing, allow("sqs:SendMessage", dead_letters.arn), BatchSize=1, **settings)
    failing.put("old", do="raise")
    table.client.update_time_to_live(TableName=table.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"})
    consumer = consume(table, BatchSize=1)
    table.client.put_item(TableName=table.name, Item=table.item("a") | {"expiresAt": {"N": str(int(time.time()) - 1)}})
    consumer.until(["a"], ["a"], seconds=70)
    [removed] = consumer.events()[1]
    assert (removed["eventName"], removed["dynamodb"]["OldImage"]["id"]) == ("REMOVE", {"S": "a"})
    assert removed["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    [message] = wait_for(dead_letters.messages, "the record that is too old", 80)
    told = json.loads(message["Body"])["requestContext"]
    assert told["condition"] == "MaxRecordAgeExceeded"
    assert told["approximateInvokeCount"] == len(stuck.keys()) > 1, "it was tried until then"


class TestFilters:
    def test_only_records_that_match_one_are_sent(self, table, consume):
        started = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"state": {"S": [{"prefix": "DEPLOY"}]}}}}
        changed = {
            "dynamodb": {"OldImage": {"state": {"S": [{"anything-but": ["DELETED"]}]}}, "NewImage": {"error": {"S": [{"exists": False}]}}}
        }
        filters = [{"Pattern": json.dumps(pattern)} for pattern in (started, changed)]
        consumer = consume(table, BatchSize=1, FilterCriteria={"Filters": filters})
        table.put("a", state="DEPLOYING")
        table.put("b", state="DELETED")
        table.put("b", state="DEPLOYING")
        table.put("a", state="FAILED", error="Bad")
        table.put("a", state="DEPLOYED")
        consumer.until(["a"], ["a"])

    @pytest.mark.parametrize("pattern", ["{", '{"dynamodb": "INSERT"}', '{"eventName": [{"sounds-like": "x"}]}'])
    def test_a_malformed_one_is_refused(self, table, consume, pattern):
        with pytest.raises(ClientError, match="Invalid filter pattern definition"):
            consume(table, FilterCriteria={"Filters": [{"Pattern": pattern}]})


class TestRetries:
    def test_an_error_blocks_what_comes_after(self, table, consume):
        table.put_all(table.item("a"), table.item("b", do="raise once"), table.item("c"))
        consumer = consume(table, BatchSize=2)
        consumer.until(["a", "b"], ["a", "b"], ["c"])

    def test_reported_records_are_handled_again_with_all_after_them(self, table, consume):
        table.put_all(*(table.item(key, **({"do": "report once"} if key == "b" else {})) for key in "abc"))
        consumer = consume(table, FunctionResponseTypes=["ReportBatchItemFailures"])
        consumer.until(["a", "b", "c"], ["b", "c"])

    def test_reports_count_only_if_they_were_asked_for(self, table, consume):
        consumer = consume(table)
        table.put("a", do="report")
        consumer.until(["a"])
        table.put("b")
        consumer.until(["a"], ["b"])

    @pytest.mark.parametrize(
        "answer",
        [
            {"batchItemFailures": [{"itemIdentifier": ""}]},
            {"batchItemFailures": [{"itemIdentifier": None}]},
            {"batchItemFailures": [{"wrongName": "1"}]},
            {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        ],
    )
    def test_a_report_of_nothing_known_fails_the_whole_batch(self, aws, table, consume, answer):
        dead_letters = Queue(aws)
        settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 0}
        settings["DestinationConfig"] = {"OnFailure": {"Destination": dead_letters.arn}}
        table.put_all(table.item("a"), table.item("b"))
        consume(table, allow("sqs:SendMessage", dead_letters.arn), answer=answer, **settings)
        assert json.loads(dead_letters.first()["Body"])["DDBStreamBatchInfo"]["batchSize"] == 2

    @pytest.mark.parametrize("answer", [{"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}])
    def test_an_empty_report_is_success(self, table, consume, answer):
        consumer = consume(table, answer=answer, FunctionResponseTypes=["ReportBatchItemFailures"])
        table.put("a")
        consumer.until(["a"])
        table.put("b")
        consumer.until(["a"], ["b"])

    def test_what_fails_for_good_goes_to_the_destination(self, aws, table, consume):
        dead_letters = Queue(aws)
        settings = {"MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": dead_letters.arn}}}
        consumer = consume(table, allow("sqs:SendMessage", dead_letters.arn), BatchSize=1, **settings)
        table.put_all(table.item("a", do="raise"), table.item("b"))
        consumer.until(["a"], ["a"], ["b"])
        number = consumer.events()[0][0]["dynamodb"]["SequenceNumber"]
        told = json.loads(dead_letters.first()["Body"])
        assert told["requestContext"] | {"requestId": ""} == {
            "requestId": "",
            "functionArn": consumer.function,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        }
        assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
        batch = told["DDBStreamBatchInfo"]
        assert (batch["startSequenceNumber"], batch["endSequenceNumber"], batch["batchSize"]) == (number, number, 1)
        assert batch["streamArn"] == table.stream
        assert "payload" not in told, "the records themselves stay in the stream"

    def test_the_role_must_allow_sending_to_the_destination(self, aws, table, consume):
        dead_letters = Queue(aws)
        settings = {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": dead_letters.arn}}}
        consumer = consume(table, BatchSize=1, **settings)
        table.put_all(table.item("a", do="raise"), table.item("b"))
        consumer.until(["a"], ["b"])
        assert dead_letters.messages() == []

    def test_a_failing_batch_is_split_until_the_bad_record_is_alone(self, aws, table, consume):
        dead_letters = Queue(aws)
        settings = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 0}
        settings["DestinationConfig"] = {"OnFailure": {"Destination": dead_letters.arn}}
        table.put_all(*(table.item(key, **({"do": "raise"} if key == "c" else {})) for key in "abcd"))
        consumer = consume(table, allow("sqs:SendMessage", dead_letters.arn), **settings)
        consumer.until(["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["d"])
        assert json.loads(dead_letters.first()["Body"])["DDBStreamBatchInfo"]["batchSize"] == 1


class TestConcurrency:
    def test_an_item_that_is_being_handled_holds_up_only_its_own_changes(self, table, consume, tmp_path):
        """With ten batches at a time; twenty other items are all handled meanwhile but those that share its way."""
        gate = tmp_path / "open"
        consumer = consume(table, BatchSize=1, ParallelizationFactor=10)
        table.put("held", hold=str(gate))
        table.put("held", state="next")
        others = [f"other-{n}" for n in range(20)]
        table.put_all(*map(table.item, others))
        wait_for(lambda: len(consumer.keys()) >= 11, "the others")
        assert consumer.keys().count(["held"]) == 1
        gate.touch()
        wait_for(lambda: sorted(consumer.keys()) == sorted([["held"], ["held"], *([other] for other in others)]), "all of them")
        states = [
            record["dynamodb"]["NewImage"].get("state") for [record] in consumer.events() if record["dynamodb"]["Keys"]["id"]["S"] == "held"
        ]
        assert states == [None, {"S": "next"}]

    def test_one_batch_at_a_time_unless_told_otherwise(self, table, consume, tmp_path):
        gate = tmp_path / "open"
        consumer = consume(table, BatchSize=1)
        table.put("held", hold=str(gate))
        table.put("other")
        consumer.until(["held"])
        gate.touch()
        consumer.until(["held"], ["other"])


class TestMappings:
    def test_latest_leaves_out_what_was_before(self, table, consume):
        table.put("before")
        consumer = consume(table, StartingPosition="LATEST")
        table.put("after")
        consumer.until(["after"])

    def test_a_mapping_that_is_off_waits(self, aws, table, consume):
        consumer = consume(table, Enabled=False)
        table.put("a")
        aws.client("lambda").update_event_source_mapping(UUID=consumer.mapping["UUID"], Enabled=True)
        consumer.until(["a"])

    def test_it_takes_a_hundred_records_at_a_time(self, table, consume):
        assert consume(table).mapping["BatchSize"] == 100

    @pytest.mark.parametrize(
        "settings",
        [
            {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 0},
            {"BatchSize": 10_001},
            {"ParallelizationFactor": 11},
            {"MaximumRetryAttempts": 10_001},
            {"MaximumRecordAgeInSeconds": 59},
            {"MaximumRecordAgeInSeconds": 604_801},
            {"EventSourceArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/absent/stream/2026-01-01T00:00:00.000"},
        ],
    )
    def test_settings_are_checked(self, table, consume, settings):
        with pytest.raises(ClientError, match="InvalidParameterValueException"):
            consume(table, **settings)

    @pytest.mark.parametrize("missing", [*READ, "dynamodb:ListStreams"])
    def test_the_functions_role_must_allow_reading(self, aws, table, make_function, missing):
        permissions = [allow(action, table.stream) for action in READ if action != missing]
        permissions += [] if missing == "dynamodb:ListStreams" else [allow("dynamodb:ListStreams")]
        mapping = {"EventSourceArn": table.stream, "StartingPosition": "LATEST"}
        with pytest.raises(ClientError, match="Cannot access stream"):
            aws.client("lambda").create_event_source_mapping(FunctionName=make_function(*permissions), **mapping)

    def test_permission_to_list_streams_of_one_table_is_none(self, aws, table, make_function):
        """IAM knows no resource for that action."""
        function = make_function(allow([*READ, "dynamodb:ListStreams"], table.stream))
        with pytest.raises(ClientError, match="Cannot access stream"):
            aws.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=table.stream, StartingPosition="LATEST")


class TestSam:
    """A function of AWS SAM with an event of the type DynamoDB."""

    @pytest.fixture
    def code(self, aws) -> dict:
        bucket = unique("bucket")
        aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        aws.client("s3").put_object(Bucket=bucket, Key="code.zip", Body=packed("consumer"))
        return {"Bucket": bucket, "Key": "code.zip"}

    def role(self, aws, *actions: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        return aws.role(unique("reader"), trust, [allow(list(actions))] if actions else [])

    def template(self, code: dict, role: str, calls: str, **event) -> dict:
        table = {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        }
        source = {"Stream": {"Fn::GetAtt": ["Table", "StreamArn"]}, "StartingPosition": "TRIM_HORIZON"} | event
        function = {
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "CodeUri": code,
            "Role": role,
            "Environment": {"Variables": {"CALLS": calls}},
            "Events": {"Stream": {"Type": "DynamoDB", "Properties": source}},
        }
        return {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {
                "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Function": {"Type": "AWS::Serverless::Function", "Properties": function},
            },
            "Outputs": {"Table": {"Value": {"Ref": "Table"}}, "Queue": {"Value": {"Ref": "Queue"}}},
        }

    def deploy(self, aws, template: dict, how: str = "create", name: str | None = None) -> dict:
        cloudformation, name = aws.client("cloudformation"), name or unique("stack")
        options = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], "TemplateBody": json.dumps(template)}
        change = f"{unique('change')}"
        cloudformation.create_change_set(StackName=name, ChangeSetName=change, ChangeSetType=how.upper(), **options)
        cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=change, StackName=name, WaiterConfig={"Delay": 1})
        cloudformation.execute_change_set(ChangeSetName=change, StackName=name)

        def done() -> dict | None:
            [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        return wait_for(done, "the stack", 60)

    def test_its_settings_hold(self, aws, code, tmp_path):
        calls = tmp_path / "calls"
        calls.touch()
        pattern = json.dumps({"dynamodb": {"NewImage": {"state": {"S": ["DEPLOYING"]}}}})
        template = self.template(
            code,
            self.role(aws, *READ, "dynamodb:ListStreams", "sqs:SendMessage"),
            str(calls),
            BatchSize=1,
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=0,
            MaximumRecordAgeInSeconds=3600,
            ParallelizationFactor=2,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": [{"Pattern": pattern}]},
            DestinationConfig={"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["Queue", "Arn"]}}},
        )
        stack = self.deploy(aws, template)
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        dynamodb, sqs = aws.client("dynamodb"), aws.client("sqs")
        for state in ("REQUESTED", "DEPLOYING"):
            item = {"id": {"S": state}, "state": {"S": state}, "do": {"S": "report"}}
            dynamodb.put_item(TableName=outputs["Table"], Item=item)
        [message] = wait_for(lambda: sqs.receive_message(QueueUrl=outputs["Queue"]).get("Messages"), "the message")
        assert json.loads(message["Body"])["requestContext"]["condition"] == "RetryAttemptsExhausted"
        records = [json.loads(line)["Records"] for line in calls.read_text().splitlines()]
        assert [record["dynamodb"]["Keys"]["id"]["S"] for [record] in records] == ["DEPLOYING"]

    def test_a_table_gets_its_stream_later(self, aws, code, tmp_path):
        calls = tmp_path / "calls"
        calls.touch()
        template = self.template(code, self.role(aws, *READ, "dynamodb:ListStreams"), str(calls))
        before = json.loads(json.dumps(template))
        del before["Resources"]["Table"]["Properties"]["StreamSpecification"], before["Resources"]["Function"]
        stack = self.deploy(aws, before)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        aws.client("dynamodb").put_item(TableName=outputs["Table"], Item={"id": {"S": "before"}})
        after = self.deploy(aws, template, "update", stack["StackName"])
        assert after["StackStatus"] == "UPDATE_COMPLETE"
        aws.client("dynamodb").put_item(TableName=outputs["Table"], Item={"id": {"S": "after"}})
        wait_for(lambda: calls.read_text().splitlines(), "the record")
        [record] = json.loads(calls.read_text().splitlines()[0])["Records"]
        assert record["dynamodb"]["Keys"] == {"id": {"S": "after"}}
        assert aws.client("dynamodb").get_item(TableName=outputs["Table"], Key={"id": {"S": "before"}})["Item"]

    def test_a_role_that_may_not_read_fails_the_stack(self, aws, code, tmp_path):
        template = self.template(code, self.role(aws), str(tmp_path / "calls"))
        stack = self.deploy(aws, template)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        events = aws.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events if event["ResourceType"] == "AWS::Lambda::EventSourceMapping"]
        assert any("Cannot access stream" in reason for reason in reasons)
