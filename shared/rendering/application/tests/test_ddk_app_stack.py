"""Synthesizes the application's stack for every environment of ddk.json and checks what would be deployed."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from ddk_app.ddk_app_stack import DdkAppStack
from ddk_app.environment import Environment

ENVIRONMENTS = json.loads(Path("ddk.json").read_text(encoding="utf-8"))["environments"]
BUCKET = {"Ref": Match.string_like_regexp("^ddkbucket")}
STAGES = [environment_id for environment_id in ENVIRONMENTS if environment_id != "cicd"]


def synthesize(environment_id: str) -> Template:
    app = cdk.App(context=json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"])
    environment = Environment.load(environment_id)
    stage = cdk.Stage(app, "Test", env=environment.env, permissions_boundary=environment.permissions_boundary)
    stack = DdkAppStack(stage, "ddk-app", environment_id=environment_id, synthesizer=environment.synthesizer)
    return Template.from_stack(stack)


@pytest.mark.parametrize("environment_id", STAGES)
def test_bucket_is_private_and_encrypted(environment_id: str) -> None:
    template = synthesize(environment_id)
    template.resource_count_is("AWS::S3::Bucket", 1)
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketEncryption": Match.any_value(),
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        },
    )


@pytest.mark.parametrize("environment_id", STAGES)
def test_bucket_is_configured_as_in_ddk_json(environment_id: str) -> None:
    settings = dict(ENVIRONMENTS[environment_id].get("resources", {}).get("ddk-bucket", {}))
    policy = settings.pop("RemovalPolicy", "retain").lower()
    template = synthesize(environment_id)
    template.has_resource(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": {"retain": "Retain", "destroy": "Delete"}[policy],
            "Properties": Match.object_like(settings),
        },
    )


@pytest.mark.parametrize("environment_id", STAGES)
def test_function_has_the_variables_of_ddk_json(environment_id: str) -> None:
    template = synthesize(environment_id)
    variables = ENVIRONMENTS[environment_id].get("env_vars")
    expected = {"Variables": variables} if variables else Match.absent()
    template.resource_count_is("AWS::Lambda::Function", 1)
    template.has_resource_properties("AWS::Lambda::Function", {"Environment": expected})


@pytest.mark.parametrize("environment_id", STAGES)
def test_function_is_called_for_files_that_arrive_and_may_do_no_more(environment_id: str) -> None:
    template = synthesize(environment_id)
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
    )
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "detail": {"bucket": {"name": [BUCKET]}, "object": {"key": [{"wildcard": "incoming/*.csv"}]}}
            }
        },
    )
    template.resource_count_is("AWS::IAM::Role", 1)
    template.resource_count_is("AWS::IAM::Policy", 1)
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": [
                    Match.object_like({"Action": ["logs:CreateLogStream", "logs:PutLogEvents"]}),
                    Match.object_like({"Action": "s3:GetObject", "Resource": objects("incoming/*")}),
                    Match.object_like({"Action": "s3:PutObject", "Resource": objects("summaries/*")}),
                ]
            }
        },
    )


def objects(pattern: str) -> dict[str, object]:
    """The ARN of objects of the bucket."""
    return {"Fn::Join": ["", [Match.any_value(), f"/{pattern}"]]}
