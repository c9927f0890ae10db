"""Writes which properties resource types of CloudFormation have and need, for the local AWS: local/localaws/resource_schemas.json.

The types are those that the platform, its pipelines and the CDK's bootstrap create. The schemas are CloudFormation's own, as cfn-lint
brings them: `.tools/checks/bin/python local/resource_schemas.py`.
"""

import importlib.resources
import json
from pathlib import Path

REGION = "eu-west-1"
OUT = Path(__file__).parent / "localaws/resource_schemas.json"
TYPES = """
ApiGateway::Account ApiGateway::Deployment ApiGateway::GatewayResponse ApiGateway::RestApi ApiGateway::Stage
CloudFront::Distribution CloudFront::Function CloudFront::OriginAccessControl CloudFront::ResponseHeadersPolicy
CloudWatch::Alarm CloudWatch::Dashboard
CodeBuild::Project CodeCommit::Repository CodePipeline::Pipeline
Cognito::UserPool Cognito::UserPoolClient Cognito::UserPoolDomain Cognito::UserPoolGroup
DynamoDB::Table ECR::Repository
Events::EventBus Events::EventBusPolicy Events::Rule
IAM::ManagedPolicy IAM::Policy IAM::Role KMS::Alias KMS::Key
Lambda::Alias Lambda::EventInvokeConfig Lambda::EventSourceMapping Lambda::Function Lambda::Permission Lambda::Version
Logs::LogGroup Logs::MetricFilter S3::Bucket S3::BucketPolicy SNS::Topic SQS::Queue SQS::QueuePolicy SSM::Parameter
StepFunctions::StateMachine
"""
# Free JSON, such as policies, which the schemas do not describe.
MAX_DEPTH = 8


def shape(schema: dict, definitions: dict, depth: int = 0) -> dict | None:
    """The object that a schema describes: its properties, and which are required; none for anything else."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array" or "items" in schema:
        return shape(schema.get("items", {}), definitions, depth)
    if depth > MAX_DEPTH or "properties" not in schema or schema.get("additionalProperties", True) is not False:
        return None
    members = {name: shape(member, definitions, depth + 1) for name, member in sorted(schema["properties"].items())}
    return {"properties": members} | ({"required": sorted(schema["required"])} if schema.get("required") else {})


def resource(kind: str, folder, hashes: dict) -> dict:
    schema = json.loads((folder / "resources" / f"{hashes[kind]}.json").read_text())
    found = shape(schema | {"additionalProperties": False}, schema.get("definitions", {}))
    for path in schema.get("readOnlyProperties", []):
        name = path.removeprefix("/properties/")
        if name not in schema.get("primaryIdentifier", []) and name in found["properties"] and name not in found.get("required", []):
            del found["properties"][name]
    return found


def table() -> str:
    folder = importlib.resources.files("cfnlint") / "data/schemas"
    hashes = json.loads((folder / "providers" / f"{REGION}.json").read_text())
    known = {f"AWS::{name}": resource(f"AWS::{name}", folder, hashes) for name in sorted(TYPES.split())}
    lines = (f'"{name}":{json.dumps(properties, separators=(",", ":"), sort_keys=True)}' for name, properties in known.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    OUT.write_text(table())
