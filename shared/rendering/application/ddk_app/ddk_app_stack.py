"""The application's stack: what the pipeline deploys to each environment."""

from typing import Any

import aws_cdk as cdk
import aws_ddk_core as ddk
from aws_cdk import aws_s3 as s3
from constructs import Construct


class DdkAppStack(ddk.BaseStack):
    """One bucket to begin with. Its settings per environment are in ddk.json, under `resources`."""

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
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)
