"""What DynamoDB's calls consume: AWS's rules of 4 KB for reads and 1 KB for writes, doubled in transactions."""

import pytest
from conftest import unique

TOTAL = {"ReturnConsumedCapacity": "TOTAL"}


@pytest.fixture
def dynamodb(aws):
    return aws.client("dynamodb")


@pytest.fixture
def table(dynamodb) -> str:
    """A table with ten items of about 1,500 bytes under the key `all`."""
    name = unique("table")
    keys = {"pk": "HASH", "sk": "RANGE"}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
    )
    for number in range(10):
        dynamodb.put_item(TableName=name, Item=item(number))
    return name


def key(number: int) -> dict:
    return {"pk": {"S": "all"}, "sk": {"S": str(number)}}


def item(number: int) -> dict:
    return key(number) | {"text": {"S": "x" * 1_490}, "n": {"N": str(number)}}


def units(answer: dict) -> float:
    consumed = answer["ConsumedCapacity"]
    return sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))


def test_an_item(dynamodb, table):
    one = {"TableName": table, "Key": key(1)} | TOTAL
    assert units(dynamodb.get_item(**one)) == 0.5
    assert units(dynamodb.get_item(**one, ConsistentRead=True)) == 1
    assert units(dynamodb.get_item(TableName=table, Key=key(99), **TOTAL)) == 0.5
    assert units(dynamodb.put_item(TableName=table, Item=item(1), **TOTAL)) == 2
    assert units(dynamodb.delete_item(**one)) == 2


def test_a_query_counts_all_that_it_reads_together(dynamodb, table):
    """Ten items are 15 KB, four times 4 KB."""
    query = {"TableName": table, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "all"}}} | TOTAL
    assert units(dynamodb.query(**query)) == 2
    assert units(dynamodb.query(**query, ConsistentRead=True)) == 4
    assert units(dynamodb.query(**query, ProjectionExpression="sk")) == 2
    assert units(dynamodb.query(**query, Limit=2)) == 0.5
    filtered = query | {"FilterExpression": "n = :n", "ExpressionAttributeValues": {":p": {"S": "all"}, ":n": {"N": "3"}}}
    assert units(dynamodb.query(**filtered)) == 2


def test_a_batch_counts_each_item(dynamodb, table):
    keys = {table: {"Keys": [key(number) for number in range(3)]}}
    assert units(dynamodb.batch_get_item(RequestItems=keys, **TOTAL)) == 1.5
    puts = {table: [{"PutRequest": {"Item": item(number)}} for number in range(3)]}
    assert units(dynamodb.batch_write_item(RequestItems=puts, **TOTAL)) == 6


def test_a_transaction_counts_twice(dynamodb, table):
    actions = [
        {"Put": {"TableName": table, "Item": item(1)}},
        {"ConditionCheck": {"TableName": table, "Key": key(99), "ConditionExpression": "attribute_not_exists(pk)"}},
    ]
    assert units(dynamodb.transact_write_items(TransactItems=actions, **TOTAL)) == 6


@pytest.mark.parametrize(
    ("condition", "prefix", "found"),
    [("pk = :p", "", 10), ("pk = :p AND begins_with(sk, :s)", "3", 1), ("pk = :p and begins_with(sk, :s)", "x", 0)],
)
def test_a_key_condition_finds_what_it_says(dynamodb, table, condition, prefix, found):
    dynamodb.put_item(TableName=table, Item=item(3) | {"pk": {"S": "another"}})
    values = {":p": {"S": "all"}} | ({":s": {"S": prefix}} if prefix else {})
    assert dynamodb.query(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values)["Count"] == found
