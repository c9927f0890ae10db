"""The role that an account's owner deploys: whom it trusts, and how little it may do."""

import pytest
from policies import as_list, statements, unlimited


@pytest.fixture(scope="module")
def role(environment):
    return environment["Resources"]["EnvironmentRole"]


def arns(role):
    """Each resource that a statement allows, as the text of its `Fn::Sub`."""
    for statement in statements(role):
        for resource in as_list(statement["Resource"]):
            yield statement, resource["Fn::Sub"]


def test_it_is_the_only_resource(environment):
    assert set(environment["Resources"]) == {"EnvironmentRole"}


def test_its_name_is_the_one_that_the_platform_assumes(role):
    assert role["Properties"]["RoleName"] == {"Fn::Sub": "${Prefix}-environment-${AWS::Region}"}


def test_it_trusts_the_platforms_own_roles_with_the_external_id(role):
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${PlatformAccountId}:root"}}
    assert trust["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
        "ArnLike": {
            "aws:PrincipalArn": {
                "Fn::Sub": "arn:${AWS::Partition}:iam::${PlatformAccountId}:role/${Prefix}-platform-*"
            }
        },
    }


def test_nothing_is_allowed_on_everything(environment):
    assert unlimited(environment) == set()


def test_every_resource_is_the_platforms_or_the_bootstraps(role):
    """Everything in this account, and below the prefix or the qualifier; the key of the bootstrap's bucket has no name."""
    for statement, arn in arns(role):
        # The ARN of a bucket has no account; the names of a pipeline's buckets begin with that of its stack.
        artifacts = arn.split(":s3:::")[-1].startswith("${Prefix}-pipeline-")
        assert "${AWS::AccountId}" in arn or artifacts, arn
        ours = "${Prefix}-" in arn.rsplit(":", 1)[1]
        bootstrap = "cdk-${BootstrapQualifier}-" in arn or "/cdk-bootstrap/${BootstrapQualifier}/" in arn
        encryption = statement.get("Condition", {}).get("StringLike", {}).get("kms:EncryptionContext:aws:s3:arn", {})
        assert ours or bootstrap or "cdk-${BootstrapQualifier}-assets-" in encryption.get("Fn::Sub", ""), arn


def test_it_can_pass_the_cdks_role_to_cloudformation_only(role):
    (passing,) = [s for s in statements(role) if "iam:PassRole" in as_list(s["Action"])]
    assert passing["Action"] == "iam:PassRole"
    assert passing["Resource"]["Fn::Sub"].endswith(":role/cdk-${BootstrapQualifier}-cfn-exec-role-${AWS::AccountId}-*")
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


def test_it_changes_nothing_but_repositories_stacks_and_their_templates(role):
    """Reading aside: what a leaked session could do."""
    reading = ("Get", "List", "Describe", "Decrypt", "GitPull")
    changing = {
        action
        for statement in statements(role)
        for action in as_list(statement["Action"])
        if not action.split(":")[1].startswith(reading)
    }
    assert changing == {
        "codecommit:CreateRepository",
        "codecommit:UpdateRepositoryDescription",
        "codecommit:TagResource",
        "codecommit:UntagResource",
        "codecommit:CreatePullRequest",
        "codecommit:DeleteRepository",
        "codecommit:CreateCommit",
        "codecommit:CreateBranch",
        "codecommit:GitPush",
        "cloudformation:CreateStack",
        "cloudformation:UpdateStack",
        "cloudformation:DeleteStack",
        "cloudformation:ContinueUpdateRollback",
        "codepipeline:StartPipelineExecution",
        "iam:PassRole",
        "kms:GenerateDataKey",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:DeleteBucket",
    }


def test_what_an_owner_must_give_and_may_leave_out(environment):
    required = {name for name, parameter in environment["Parameters"].items() if "Default" not in parameter}
    assert required == {"PlatformAccountId", "ExternalId"}
    assert {"Prefix", "BootstrapQualifier", "PermissionsBoundary"} <= set(environment["Parameters"])
    assert "NoEcho" not in environment["Parameters"]["ExternalId"], "the owner must be able to compare it"
