"""The function of the application: reads a CSV file that has arrived and writes what is in it.

The stack deploys the text of this one file, so it imports only what the Lambda runtime has.
"""

import csv
import io
import json
import logging
import os

import boto3

logger = logging.getLogger()
# As any of a stage's `env_vars` in ddk.json.
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO").upper())
s3 = boto3.client("s3")


def handler(event, context):
    """EventBridge calls it for each new object `incoming/NAME.csv`. It writes `summaries/NAME.json`."""
    bucket = event["detail"]["bucket"]["name"]
    source = event["detail"]["object"]["key"]
    logger.debug("%s has arrived in %s", source, bucket)
    body = s3.get_object(Bucket=bucket, Key=source)["Body"]
    with io.TextIOWrapper(body, encoding="utf-8-sig", newline="") as lines:
        summary = {"source": source, **summarize(lines)}
    s3.put_object(
        Bucket=bucket,
        Key=f"summaries/{source.removeprefix('incoming/').removesuffix('.csv')}.json",
        Body=json.dumps(summary).encode(),
        ContentType="application/json",
    )
    logger.info("%s has %d rows", source, summary["rows"])
    return summary


def summarize(lines):
    """The columns, named in the first line, and how many rows follow. Reads line by line: a file may be large."""
    rows = csv.reader(lines)
    columns = next(rows, [])
    return {"columns": columns, "rows": sum(1 for row in rows if row)}
