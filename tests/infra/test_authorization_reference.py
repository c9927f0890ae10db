"""Every policy of the product against AWS's service authorization reference: no statement without effect."""

import copy

import pytest
from authorization import findings, intersect
from policies import as_list, documents
from resolving import Deployed

EMITTED = ("cdk-trunk", "trunk", "gitflow")


def all_findings(deployed: Deployed) -> list[str]:
    found = []
    for name, resource in deployed.resources.items():
        lists = list(documents(resource))
        if trust := resource.get("Properties", {}).get("AssumeRolePolicyDocument"):
            lists.append(as_list(trust["Statement"]))
        for statements in lists:
            # A key's policy is about the key, as a trust is about its role.
            of_itself = [{k: v for k, v in s.items() if k != "Resource"} if s.get("Resource") == "*" else s for s in statements]
            found += [f"{name}: {finding}" for statement in of_itself for finding in findings(statement)]
    return found


def test_the_platforms_policies(expanded):
    bounded = Deployed(
        expanded, "000000000000", "dataall", {"TrustedOrganizationId": "o-a1b2c3d4e5", "TrustedAccountIds": ["111111111111"]}
    )
    assert all_findings(bounded) == []


def test_an_environments_policies(environment):
    bus = "arn:aws:events:eu-west-1:000000000000:event-bus/dataall-platform"
    given = {"PlatformAccountId": "000000000000", "ExternalId": "external", "PlatformEventBusArn": bus}
    assert all_findings(Deployed(environment, "111111111111", "environment", given)) == []


@pytest.mark.parametrize("strategy", EMITTED)
def test_the_policies_of_emitted_stacks(render, strategy):
    for name, template in render(strategy).items():
        assert all_findings(Deployed(template, "111111111111", name)) == []


TABLE = "arn:aws:dynamodb:eu-west-1:000000000000:table/t"


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ({"Action": "dynamodb:TransactWriteItems", "Resource": TABLE}, "no such action"),
        ({"Action": "codecommit:Get*s3", "Resource": "*"}, "no such action"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}, "never works on"),
        ({"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket/*"}, "never works on"),
        ({"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b", TABLE]}, "works on it"),
        ({"Action": "xray:PutTraceSegments", "Resource": TABLE}, "never works on"),
        ({"Action": "dynamodb:PutItem", "Resource": TABLE, "Condition": {"StringEquals": {"dynamodb:LeadingKey": "a"}}}, "does not know"),
        ({"Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PermissionsBoundary": "a"}}}, "does not know"),
    ],
)
def test_a_statement_without_effect_is_found(statement, finding):
    assert [found for found in findings(statement) if finding in found]


def test_a_misspelt_action_in_the_template_is_found(expanded):
    wrong = copy.deepcopy(expanded)
    statements = next(documents(wrong["Resources"]["CreatePipelineRole"]))
    statements[0]["Action"] = "dynamodb:GetItems"
    assert "CreatePipelineRole: dynamodb:GetItems: no such action" in all_findings(Deployed(wrong, "000000000000"))


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [("a*c", "ab*", True), ("a~c", "a/c", False), ("a~c", "a*c", True), ("a?c", "abc", True), ("ab", "a", False), ("*", "", True)],
)
def test_patterns_intersect(one, other, fits):
    assert intersect(tuple(one), tuple(other)) is fits
    assert intersect(tuple(other), tuple(one)) is fits
