"""Thousands of pipelines without deploying each: one that was created over the API is copied, all its rows, under other ids and names."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH = 25
WRITERS = 4
DEPLOYMENT_ID_LENGTH = 26


def rows(dynamodb, table: str) -> Iterator[dict]:
    """Every row of the table."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def pipeline_of(row: dict) -> str | None:
    """The id of the pipeline that a row tells of or lists."""
    kind, _, pipeline = row["pk"]["S"].partition("#")
    if kind == "PIPELINE":
        return pipeline
    return row["id"]["S"] if row["sk"]["S"].startswith("PIPELINE#") else None


class Copies:
    """A pipeline's rows, and how copies are made of them and removed again."""

    def __init__(self, dynamodb, table: str, pipeline: dict) -> None:
        self._dynamodb, self._table, self._source = dynamodb, table, pipeline
        self._rows = [row for row in rows(dynamodb, table) if pipeline_of(row) == pipeline["id"]]
        self._environments = {pipeline["cicdEnvironmentId"], *(stage["environmentId"] for stage in pipeline["stages"])}

    def make(self, count: int) -> set[str]:
        """Writes the rows of `count` copies; their ids."""
        ids = [f"p{index:07d}" for index in range(count)]
        copies = (row for index, copy in enumerate(ids) for row in self._copied(index, copy))
        self._write({"PutRequest": {"Item": row}} for row in copies)
        self._count(count)
        return set(ids)

    def remove(self, ids: set[str]) -> None:
        """Removes all rows of the copies, those of later deployments, too."""
        gone = [row for row in rows(self._dynamodb, self._table) if pipeline_of(row) in ids]
        self._write({"DeleteRequest": {"Key": {"pk": row["pk"], "sk": row["sk"]}}} for row in gone)
        self._count(-len(ids))

    def _copied(self, index: int, copy: str) -> list[dict]:
        source = self._source
        deployment = source["lastDeployment"]["id"]
        text = (
            json.dumps(self._rows)
            .replace(source["id"], copy)
            .replace(source["name"], f"{source['name']}-{index:05d}")
            .replace(deployment, f"{deployment[: DEPLOYMENT_ID_LENGTH - 8]}{index:08d}")
        )
        return json.loads(text)

    def _write(self, requests: Iterator[dict]) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            batches = iter(lambda: list(islice(requests, BATCH)), [])
            for _ in pool.map(self._write_batch, batches):
                pass

    def _write_batch(self, requests: list[dict]) -> None:
        left = {self._table: requests}
        while left:
            left = self._dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]

    def _count(self, change: int) -> None:
        for environment in self._environments:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"ENVIRONMENT#{environment}"}, "sk": {"S": "ENVIRONMENT"}},
                UpdateExpression="ADD pipelineCount :change",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":change": {"N": str(change)}},
            )
