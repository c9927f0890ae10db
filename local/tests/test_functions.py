"""Functions and who may invoke them: Step Functions by its role, API Gateway and EventBridge by the function's policy."""

import json

import pytest
import requests
from botocore.exceptions import ClientError
from conftest import REGION, allow, unique, wait_for

# Calls of an API carry no signature: they belong to the default account.
ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def function(make_function) -> str:
    """The ARN of a function that nobody but the account may invoke."""
    return make_function(account=ACCOUNT)


class TestStepFunctions:
    @pytest.fixture
    def run(self, aws, function):
        """Runs a definition to its end with a role of the given permissions."""
        client = aws.client("stepfunctions", ACCOUNT)

        def run(definition: dict, *permissions: dict, **options) -> dict:
            trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
            role = aws.role(unique("workflow"), trust, list(permissions), ACCOUNT)
            machine = client.create_state_machine(name=unique("machine"), definition=json.dumps(definition), roleArn=role)[
                "stateMachineArn"
            ]
            execution = client.start_execution(stateMachineArn=machine, input="{}", **options)["executionArn"]

            def ended() -> dict | None:
                found = client.describe_execution(executionArn=execution)
                return None if found["status"] == "RUNNING" else found

            return wait_for(ended, "the end of the execution")

        return run

    def task(self, function: str, payload: dict, **options) -> dict:
        parameters = {"FunctionName": function, "Payload": payload}
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": parameters,
            "OutputPath": "$.Payload",
            "End": True,
        }
        return {"StartAt": "Call", "States": {"Call": task | options}}

    def test_the_role_must_allow_the_invocation(self, run, function):
        done = run(self.task(function, {"a": 1}), allow("lambda:InvokeFunction", function))
        assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"a": 1})
        denied = run(self.task(function, {"a": 1}), allow("lambda:InvokeFunction", f"{function}-another"))
        assert (denied["status"], denied["error"]) == ("FAILED", "Lambda.AWSLambdaException")
        assert "lambda:InvokeFunction" in denied["cause"]

    @pytest.mark.parametrize(
        ("resource", "parameters", "action", "error"),
        [
            (
                "dynamodb:updateItem",
                {"TableName": "absent", "Key": {}},
                "dynamodb:UpdateItem",
                "DynamoDB.AccessDeniedException",
            ),
            (
                "events:putEvents",
                {"Entries": [{"Source": "x", "DetailType": "x", "Detail": {}}]},
                "events:PutEvents",
                "EventBridge.AccessDeniedException",
            ),
        ],
    )
    def test_the_role_must_allow_other_calls(self, run, resource, parameters, action, error):
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
        denied = run({"StartAt": "Call", "States": {"Call": task}})
        assert denied["error"] == error and action in denied["cause"]

    def test_errors_of_a_function_keep_their_names(self, run, function):
        may = allow("lambda:InvokeFunction", function)
        raised = run(self.task(function, {"do": "raise"}), may)
        assert (raised["error"], json.loads(raised["cause"])["errorMessage"]) == (
            "Throttled",
            "the secret of the function",
        )
        assert run(self.task(function, {"do": "crash"}), may)["error"] == "Runtime.ExitError"

    def test_the_whole_execution_times_out(self, run):
        wait = {"Type": "Wait", "Seconds": 30, "End": True}
        assert run({"TimeoutSeconds": 1, "StartAt": "Wait", "States": {"Wait": wait}})["status"] == "TIMED_OUT"

    def test_names_are_checked(self, run):
        definition = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
        for name in ("x" * 81, "with space", "sla/sh"):
            with pytest.raises(ClientError, match="InvalidName"):
                run(definition, name=name)
        assert run(definition, name="x" * 80)["status"] == "SUCCEEDED"

    def test_a_running_execution_is_started_again_as_itself(self, aws):
        client = aws.client("stepfunctions", ACCOUNT)
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 30, "End": True}}})
        machine = client.create_state_machine(
            name=unique("machine"), definition=definition, roleArn=aws.role(unique("workflow"), trust, [], ACCOUNT)
        )
        start = {"stateMachineArn": machine["stateMachineArn"], "name": "one", "input": "{}"}
        first = client.start_execution(**start)["executionArn"]
        assert client.start_execution(**start)["executionArn"] == first
        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            client.start_execution(**start | {"input": '{"other": 1}'})
        client.stop_execution(executionArn=first)
        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            client.start_execution(**start)

    def test_a_redriven_execution_goes_on_where_it_failed(self, aws, function):
        client, iam = aws.client("stepfunctions", ACCOUNT), aws.client("iam", ACCOUNT)
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = aws.role(unique("workflow"), trust, [], ACCOUNT)
        payload = {"given.$": "$.a", "request.$": "$$.Execution.Input.request"}
        call = self.task(function, payload)["States"]["Call"]
        first = {"Type": "Pass", "Result": 1, "ResultPath": "$.a", "Next": "Call"}
        definition = json.dumps({"StartAt": "First", "States": {"First": first, "Call": call}})
        machine = client.create_state_machine(name=unique("machine"), definition=definition, roleArn=role)["stateMachineArn"]
        arn = client.start_execution(stateMachineArn=machine, input='{"request": "r"}')["executionArn"]

        def ended(status: str) -> dict:
            return wait_for(lambda: (found := client.describe_execution(executionArn=arn))["status"] == status and found, status)

        assert ended("FAILED")["redriveStatus"] == "REDRIVABLE"
        statement = {"Version": "2012-10-17", "Statement": [allow("lambda:InvokeFunction", function)]}
        iam.put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="fixed", PolicyDocument=json.dumps(statement))
        client.redrive_execution(executionArn=arn)
        done = ended("SUCCEEDED")
        assert (json.loads(done["output"]), done["redriveCount"]) == ({"given": 1, "request": "r"}, 1)
        events = client.get_execution_history(executionArn=arn)["events"]
        entered = [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]
        assert entered == ["First", "Call", "Call"]
        assert "ExecutionRedriven" in [event["type"] for event in events]
        with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
            client.redrive_execution(executionArn=arn)


class TestApiGateway:
    @pytest.fixture
    def url(self, aws, function) -> str:
        """A stage of an API with GET /items/{id}, made from an OpenAPI body as SAM makes it."""
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
        integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
        responses = {
            kind: {
                "statusCode": status,
                "responseParameters": {"gatewayresponse.header.Content-Type": "'application/problem+json'"},
                "responseTemplates": {"application/json": f'{{"status": {status}}}'},
            }
            for kind, status in {
                "MISSING_AUTHENTICATION_TOKEN": 404,
                "INTEGRATION_FAILURE": 502,
                "DEFAULT_5XX": 500,
            }.items()
        }
        body = {
            "swagger": "2.0",
            "info": {"title": "items"},
            "paths": {"/items/{id}": {"get": {"x-amazon-apigateway-integration": integration}}},
            "x-amazon-apigateway-gateway-responses": responses,
        }
        deployment = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}}
        stage = {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "v1"}
        template = {
            "Resources": {
                "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
                "Deployment": deployment,
                "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
            },
            "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
        }
        cloudformation, name = aws.client("cloudformation", ACCOUNT), unique("api")
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        api = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]
        return f"{aws.endpoint_url}/restapis/{api}/v1/_user_request_"

    def permit(self, aws, function: str, url: str, path: str) -> None:
        api = url.split("/restapis/")[1].split("/")[0]
        source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/GET/{path}"
        aws.client("lambda", ACCOUNT).add_permission(
            FunctionName=function,
            StatementId=unique("s"),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )

    def test_needs_the_functions_permission_for_this_route(self, aws, function, url):
        assert requests.get(f"{url}/items/1", timeout=10).status_code == 500
        self.permit(aws, function, url, "others/*")
        assert requests.get(f"{url}/items/1", timeout=10).status_code == 500
        self.permit(aws, function, url, "items/*")
        assert requests.get(f"{url}/items/1", timeout=10).status_code == 201

    def test_the_answer_has_the_request_id_that_the_function_is_told(self, aws, function, url):
        self.permit(aws, function, url, "items/*")
        answer = requests.get(f"{url}/items/request-id", timeout=10)
        assert answer.headers["x-amzn-RequestId"] == answer.text

    def test_errors_of_its_own_take_the_form_that_the_api_gives_them(self, aws, function, url):
        self.permit(aws, function, url, "items/*")
        for path, status in (("/absent", 404), ("/items/raise", 502), ("/items/crash", 502)):
            answer = requests.get(url + path, timeout=10)
            assert (answer.status_code, answer.json()) == (status, {"status": status})
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert "secret" not in answer.text


def test_a_rule_needs_the_functions_permission(aws, function):
    events, name = aws.client("events", ACCOUNT), unique("rule")
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])
    entry = {"Source": name, "DetailType": "x", "Detail": json.dumps({"do": "raise"})}
    events.put_events(Entries=[entry])
    log = aws.directory / "server.log"
    wait_for(lambda: f"The rule {rule} cannot deliver to {function}" in log.read_text(), "the refusal in the log")
    aws.client("lambda", ACCOUNT).add_permission(
        FunctionName=function,
        StatementId=name,
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    dispatched = f"EventBridge → Lambda {function.rpartition(':')[2]}: dispatched"
    assert dispatched not in log.read_text()
    events.put_events(Entries=[entry])
    wait_for(lambda: dispatched in log.read_text(), "the invocation in the log")
