"""Makes the platform's table hold exactly what another table holds: one that was restored from a backup.

Runs with credentials of the platform's account, while the platform is stopped (docs/deploy.md). Says what it would do, and does it
only with --yes. It may run again.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3

# Parts of the table that are read at the same time.
SEGMENTS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restored", required=True, help="the table that was restored")
    parser.add_argument("--table", required=True, help="the platform's table: the output TableName of its stack")
    parser.add_argument("--yes", action="store_true", help="do it")
    arguments = parser.parse_args()
    if arguments.restored == arguments.table:
        raise SystemExit("The restored table and the platform's are the same.")
    database = boto3.resource("dynamodb")
    restored, table = database.Table(arguments.restored), database.Table(arguments.table)
    if restored.key_schema != table.key_schema:
        raise SystemExit(f"{arguments.restored} has other keys than {arguments.table}: it is no copy of it.")
    wanted, present = rows(arguments.restored), rows(arguments.table)
    if not wanted:
        raise SystemExit(f"{arguments.restored} is empty.")
    written = [row for key, row in wanted.items() if present.get(key) != row]
    removed = [key for key in present if key not in wanted]
    if arguments.yes:
        with table.batch_writer() as batch:
            for row in written:
                batch.put_item(Item=row)
            for pk, sk in removed:
                batch.delete_item(Key={"pk": pk, "sk": sk})
    did = "were" if arguments.yes else "would be"
    print(f"{len(written)} rows {did} written and {len(removed)} {did} removed; {len(wanted) - len(written)} are as they were.")


def rows(name: str) -> dict[tuple[str, str], dict]:
    """All rows of a table by their keys."""
    with ThreadPoolExecutor(SEGMENTS) as pool:
        parts = pool.map(lambda segment: list(scanned(name, segment)), range(SEGMENTS))
        return {(row["pk"], row["sk"]): row for part in parts for row in part}


def scanned(name: str, segment: int) -> Iterator[dict]:
    # Each thread has a session of its own: they are not to be shared.
    table, start = boto3.session.Session().resource("dynamodb").Table(name), {}
    while start is not None:
        page = table.scan(ConsistentRead=True, Segment=segment, TotalSegments=SEGMENTS, **start)
        yield from page["Items"]
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None


if __name__ == "__main__":
    main()
