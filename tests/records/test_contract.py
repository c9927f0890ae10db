"""The table keeps the contract of every store of records, which the records in memory keep in `make test-rust`."""

import os
import subprocess
from pathlib import Path

import boto3
import pytest
import yaml
from localaws import process
from localplatform.settings import Settings

REPOSITORY = Path(__file__).parents[2]
ACCOUNT = {"region_name": "eu-west-1", "aws_access_key_id": "000000000000", "aws_secret_access_key": "test"}


class Template(yaml.SafeLoader):
    """A template as it stands: what CloudFormation's functions give is not asked for."""


Template.add_multi_constructor("!", lambda loader, suffix, node: suffix)


@pytest.fixture
def table(tmp_path):
    """The environment of a process that finds the platform's table on a local AWS of its own."""
    aws = Settings.apart(tmp_path).aws
    process.start(aws)
    try:
        template = yaml.load((REPOSITORY / "infra/template.yaml").read_text(), Template)  # noqa: S506
        properties = template["Resources"]["Table"]["Properties"]
        wanted = {name: properties[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")}
        dynamodb = boto3.client("dynamodb", endpoint_url=aws.endpoint_url, **ACCOUNT)
        dynamodb.create_table(TableName="records", **wanted)
        yield os.environ | {
            "TABLE_NAME": "records",
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_REGION": ACCOUNT["region_name"],
            "AWS_ACCESS_KEY_ID": ACCOUNT["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ACCOUNT["aws_secret_access_key"],
        }
    finally:
        process.stop(aws)


def test_the_table_keeps_the_contract(table):
    run = ("cargo", "nextest", "run", "--locked", "--workspace", "--test", "contract", "--run-ignored", "only", "--no-fail-fast")
    finished = subprocess.run(run, cwd=REPOSITORY, env=table, capture_output=True, text=True)
    print(finished.stdout, finished.stderr)
    # Without a test to run it fails, too.
    assert finished.returncode == 0, "see the output above"
