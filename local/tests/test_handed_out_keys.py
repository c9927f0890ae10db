"""Secrets that were handed out are found wherever they are stored."""

import json
import urllib.request

import pytest
from conftest import allow, unique

from localaws import handed_out_keys


def found(aws) -> dict:
    with urllib.request.urlopen(aws.endpoint_url + handed_out_keys.PATH) as answer:
        return json.load(answer)


@pytest.fixture
def secret(aws) -> str:
    return aws.session(allow("s3:*"))["SecretAccessKey"]


def test_a_secret_in_an_object_is_found_until_it_is_gone(aws, secret):
    before = found(aws)
    assert before["secrets"] >= 2
    s3, bucket = aws.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="key", Body=f'{{"secret":"{secret}"}}'.encode())
    assert set(found(aws)["found"]) - set(before["found"]) == {"s3"}
    s3.delete_object(Bucket=bucket, Key="key")
    assert found(aws)["found"] == before["found"]


def test_a_secret_in_a_log_is_found(aws, secret):
    logs, group = aws.client("logs"), unique("group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    logs.put_log_events(
        logGroupName=group, logStreamName="stream", logEvents=[{"timestamp": 1_700_000_000_000, "message": f"key={secret}"}]
    )
    assert "cloudwatch_logs" in found(aws)["found"]


def test_what_stands_around_a_secret_hides_nothing():
    secret = b"s" * 40
    assert handed_out_keys.search({"a": [b"", b"xx" + secret + b"yy"], "b": [b"s" * 39, b"s"]}, {secret}) == ["a"]
