"""`dynamodb:LeadingKeys`: a role reaches the rows of its own partitions only."""

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, allow, unique


@pytest.fixture(scope="module")
def table(aws) -> str:
    name = unique("table")
    aws.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture(scope="module")
def reaching(aws, table):
    """A client that may do everything with the items of these partitions, each list of patterns in a statement of its own."""

    def client(*lists: list[str]):
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
        conditions = [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": patterns}} for patterns in lists]
        return aws.client(
            "dynamodb", aws.session(*(allow("dynamodb:*Item", arn, **c) for c in conditions), allow("dynamodb:Query", arn, **conditions[0]))
        )

    return client


def key(partition: str) -> dict:
    return {"pk": {"S": partition}, "sk": {"S": "META"}}


def requests(table: str, partition: str) -> dict:
    """Each call that names an item of a partition."""
    equal = {"KeyConditionExpression": "#p = :p AND begins_with(sk, :s)", "ExpressionAttributeNames": {"#p": "pk"}}
    put = {"TableName": table, "Item": key(partition)}
    return {
        "get_item": {"TableName": table, "Key": key(partition)},
        "put_item": put,
        "update_item": {"TableName": table, "Key": key(partition)},
        "delete_item": {"TableName": table, "Key": key(partition)},
        "query": {"TableName": table, **equal, "ExpressionAttributeValues": {":p": {"S": partition}, ":s": {"S": "M"}}},
        "batch_get_item": {"RequestItems": {table: {"Keys": [key("OWN#1"), key(partition)]}}},
        "batch_write_item": {"RequestItems": {table: [{"PutRequest": {"Item": key(partition)}}, {"DeleteRequest": {"Key": key("OWN#2")}}]}},
        "transact_get_items": {"TransactItems": [{"Get": {"TableName": table, "Key": key(partition)}}]},
        "transact_write_items": {"TransactItems": [{"Put": put}, {"Delete": {"TableName": table, "Key": key("OWN#3")}}]},
    }


@pytest.mark.parametrize("call", requests("", ""))
def test_own_partitions_are_reached_and_others_are_not(reaching, table, call):
    client = reaching(["OWN#*"])
    getattr(client, call)(**requests(table, "OWN#9")[call])
    with pytest.raises(ClientError, match=r"\(AccessDenied"):
        getattr(client, call)(**requests(table, "FOREIGN#9")[call])


def test_a_transaction_needs_one_statement_for_all_its_keys(reaching, table):
    """AWS does not say whether a statement sees one item's key or all keys of the request: all is right under either."""
    items = [{"Put": {"TableName": table, "Item": key(partition)}} for partition in ("A#1", "B#1")]
    with pytest.raises(ClientError, match=r"\(AccessDenied"):
        reaching(["A#*"], ["B#*"]).transact_write_items(TransactItems=items)
    reaching(["A#*", "B#*"]).transact_write_items(TransactItems=items)


def test_partiql_is_covered_by_no_pattern(aws, table):
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["OWN#*"]}}
    client = aws.client("dynamodb", aws.session(allow("dynamodb:PartiQL*", arn, **condition)))
    with pytest.raises(ClientError, match=r"\(AccessDenied"):
        client.execute_statement(Statement=f"SELECT * FROM \"{table}\" WHERE pk = 'OWN#1'")  # noqa: S608
