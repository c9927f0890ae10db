"""The application's stack: what the pipeline deploys to each environment."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import aws_ddk_core as ddk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from ddk_app.environment import Environment


class DdkAppStack(ddk.BaseStack):
    """A data pipeline to begin with: each CSV file that arrives in the bucket gets a summary beside it.

    What differs by environment is in ddk.json: settings under `resources`, variables of the function under `env_vars`.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, environment_id=environment_id, **kwargs)
        # Puts the tags and the resource settings of ddk.json on everything below.
        ddk.Configurator(self, "./ddk.json", environment_id)

        bucket = s3.Bucket(
            self,
            "ddk-bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
        )
        # Told to the bucket itself: the CDK's `event_bridge_enabled` would add a function of its own that does it.
        bucket.node.default_child.add_property_override(
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True
        )

        summarize_logs = logs.LogGroup(
            self,
            "summarize-logs",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        # What the function may do, and nothing else.
        role = iam.Role(self, "summarize-role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        summarize_logs.grant_write(role)
        for action, objects in (("s3:GetObject", "incoming/*"), ("s3:PutObject", "summaries/*")):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[bucket.arn_for_objects(objects)]))
        summarize = lambda_.Function(
            self,
            "summarize",
            description="Counts the rows of each CSV file that arrives in the bucket",
            code=lambda_.Code.from_inline(Path(__file__).with_name("summarize.py").read_text(encoding="utf-8")),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            environment=Environment.load(environment_id).env_vars,
            log_group=summarize_logs,
            memory_size=256,
            role=role,
            timeout=cdk.Duration.minutes(1),
        )
        events.Rule(
            self,
            "file-arrived",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"wildcard": "incoming/*.csv"}]},
                },
            ),
            targets=[targets.LambdaFunction(summarize)],
        )
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)
