"""CloudFront at the port for browsers: infra/console.yaml, deployed, with a bucket and an API behind it."""

import json

import pytest
import requests
from conftest import LOCAL, REGION, unique

ACCOUNT = "000000000000"
SIGN_IN = "http://127.0.0.1:4566"


def deploy(aws, name: str, body: str, **parameters: str) -> dict[str, str]:
    """The outputs of a new stack."""
    cloudformation = aws.client("cloudformation", ACCOUNT)
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    cloudformation.create_stack(StackName=name, TemplateBody=body, Parameters=given)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


@pytest.fixture(scope="module")
def api(aws, make_function) -> str:
    """The id of an API whose function tells the id of the request, at GET /items/request-id."""
    function = make_function(account=ACCOUNT)
    aws.client("lambda", ACCOUNT).add_permission(
        FunctionName=function, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}
    body = {"swagger": "2.0", "info": {"title": "items"}, "paths": {"/items/{id}": {"get": integration, "post": integration}}}
    stage = {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "v1"}
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
            "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}},
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
        },
        "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
    }
    return deploy(aws, unique("api"), json.dumps(template))["Api"]


@pytest.fixture(scope="module")
def console(aws, api) -> dict[str, str]:
    """The stack's outputs; its bucket has a page, a hashed file and the settings."""
    api_url = f"https://{api}.execute-api.{REGION}.amazonaws.com/v1"
    template = (LOCAL.parent / "infra/console.yaml").read_text()
    outputs = deploy(aws, unique("console"), template, ApiUrl=api_url, HostedUiUrl=SIGN_IN)
    s3 = aws.client("s3", ACCOUNT)
    for name, kind in (("index.html", "text/html"), ("assets/a-1b2c.js", "text/javascript"), ("config.json", "application/json")):
        s3.put_object(Bucket=outputs["BucketName"], Key=name, Body=name.encode(), ContentType=kind, CacheControl="no-cache")
    return outputs


@pytest.fixture
def get(aws, console):
    def get(path: str, method: str = "GET", **options) -> requests.Response:
        port = int(aws.environment["LOCAL_AWS_EDGE_PORT"])
        return requests.request(method, f"http://localhost:{port}{path}", timeout=10, **options)

    return get


@pytest.mark.parametrize(
    ("path", "kind", "file"),
    [
        ("/", "text/html", "index.html"),
        ("/pipelines/k3j9x0ab/files/app.py?branch=main", "text/html", "index.html"),
        # Paths that the local AWS itself has at its own address.
        ("/login", "text/html", "index.html"),
        ("/_ministack/health", "text/html", "index.html"),
        ("/assets/a-1b2c.js", "text/javascript", "assets/a-1b2c.js"),
        ("/config.json", "application/json", "config.json"),
    ],
)
def test_files_and_pages(get, path, kind, file):
    answer = get(path)
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (200, kind, file)
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert f"connect-src 'self' {SIGN_IN};" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_api_is_below_api_and_its_errors_arrive(get):
    answer = get("/api/items/request-id")
    assert (answer.status_code, answer.text) == (200, answer.headers["x-amzn-requestid"])
    assert get("/api/items/1", "POST", json={}).status_code == 201
    missing = get("/api/nothing")
    # API Gateway's own answer, no page.
    assert (missing.status_code, missing.headers["Content-Type"]) == (403, "application/json")


def test_files_are_not_written_and_not_read_past_the_distribution(aws, get, console):
    assert get("/config.json", "PUT", data=b"{}").status_code == 403
    direct = requests.get(f"{aws.endpoint_url}/{console['BucketName']}/config.json", timeout=10)
    assert direct.status_code == 403


def test_a_head_has_no_body(get):
    answer = get("/", "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
