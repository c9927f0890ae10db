"""What an account's owner deploys: whom the role trusts, how little it may do, and what the platform is told of."""

from fnmatch import fnmatchcase

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


def test_there_is_one_role_and_if_asked_for_two_rules_with_their_own(environment):
    resources = environment["Resources"]
    assert set(resources) == {"EnvironmentRole", "StackDeletedRule", "RunChangedRule", "EventsRole"}
    assert {name for name, resource in resources.items() if "Condition" not in resource} == {"EnvironmentRole"}
    told = {resources[name]["Condition"] for name in ("StackDeletedRule", "RunChangedRule", "EventsRole")}
    assert told == {"TellsPlatform"}
    assert environment["Conditions"]["TellsPlatform"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "PlatformEventBusArn"}, ""]}]}


def test_its_name_is_the_one_that_the_platform_assumes(role):
    assert role["Properties"]["RoleName"] == {"Fn::Sub": "${Prefix}-environment-${AWS::Region}"}


def test_it_trusts_the_platforms_own_roles_with_the_external_id(role):
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${PlatformAccountId}:root"}}
    assert trust["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
        "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${PlatformAccountId}:role/${Prefix}-platform-*"}},
    }


def test_nothing_is_allowed_on_everything(environment):
    assert unlimited(environment) == set()


def test_every_resource_is_the_platforms_or_the_bootstraps(role):
    """Everything in this account, and below the prefix or the qualifier; the key of the bootstrap's bucket has no name."""
    for statement, arn in arns(role):
        # The ARN of a bucket has no account; the names of a pipeline's buckets begin with that of its stack.
        artifacts = arn.split(":s3:::")[-1].startswith("${Prefix}-pipeline-")
        assert "${AWS::AccountId}" in arn or artifacts, arn
        # The ARN of a log stream goes on behind its group.
        ours = "${Prefix}-" in arn.removesuffix(":log-stream:*").rsplit(":", 1)[1]
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
    reading = ("Get", "BatchGet", "List", "Describe", "Decrypt", "GitPull")
    changing = {
        action for statement in statements(role) for action in as_list(statement["Action"]) if not action.split(":")[1].startswith(reading)
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
        "codepipeline:StopPipelineExecution",
        "codepipeline:RetryStageExecution",
        "codepipeline:PutApprovalResult",
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
    assert {"Prefix", "BootstrapQualifier", "PermissionsBoundary", "PlatformEventBusArn"} <= set(environment["Parameters"])
    assert environment["Parameters"]["PlatformEventBusArn"]["Default"] == ""
    assert "NoEcho" not in environment["Parameters"]["ExternalId"], "the owner must be able to compare it"


def test_the_platform_is_told_of_its_own_deleted_stacks_only(environment):
    rule = environment["Resources"]["StackDeletedRule"]["Properties"]
    assert "EventBusName" not in rule, "AWS's own events are on the default bus"
    assert rule["EventPattern"] == {
        "source": ["aws.cloudformation"],
        "detail-type": ["CloudFormation Stack Status Change"],
        "detail": {
            "stack-id": [
                {"prefix": {"Fn::Sub": "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${Prefix}-pipeline-"}}
            ],
            "status-details": {"status": ["DELETE_COMPLETE"]},
        },
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Ref": "PlatformEventBusArn"}
    assert target["RoleArn"] == {"Fn::GetAtt": ["EventsRole", "Arn"]}


def test_the_platform_is_told_of_runs_and_of_what_waits_for_a_person_in_its_own_pipelines_only(environment):
    rule = environment["Resources"]["RunChangedRule"]["Properties"]
    assert "EventBusName" not in rule, "AWS's own events are on the default bus"
    assert rule["EventPattern"] == {
        "source": ["aws.codepipeline"],
        "detail": {"pipeline": [{"prefix": {"Fn::Sub": "${Prefix}-"}}]},
        "$or": [
            {"detail-type": ["CodePipeline Pipeline Execution State Change"]},
            {"detail-type": ["CodePipeline Action Execution State Change"], "detail": {"type": {"category": ["Approval"]}}},
        ],
    }
    assert rule["Targets"] == environment["Resources"]["StackDeletedRule"]["Properties"]["Targets"]


def test_of_applications_stacks_it_only_reads(role):
    """They may hold anything: {prefix}-{name}-{id}-{stage}, an id of eight characters, and no stack of the platform's."""
    (reading,) = [s for s in statements(role) if s["Sid"] == "Applications"]
    assert reading["Action"] == ["cloudformation:DescribeStacks", "cloudformation:ListStackResources"]
    arn = "arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/${Prefix}-*-????????-*/*"
    assert reading["Resource"] == {"Fn::Sub": arn}
    pattern = arn.rpartition("stack/")[2].replace("${Prefix}", "dataall")
    assert fnmatchcase("dataall-sales-k3j9x0ab-dev/1f2e", pattern)
    for name in ("dataall-environment", "dataall-platform", "sales-k3j9x0ab-dev", "dataall-k3j9x0ab"):
        assert not fnmatchcase(f"{name}/1f2e", pattern), name


def test_only_those_rules_may_tell_and_only_the_platform(environment):
    role = environment["Resources"]["EventsRole"]
    rules = [environment["Resources"][name]["Properties"]["Name"]["Fn::Sub"] for name in ("StackDeletedRule", "RunChangedRule")]
    assert role["Properties"]["RoleName"] == {"Fn::Sub": "${Prefix}-environment-events-${AWS::Region}"}
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    (arns,) = trust["Condition"]["ArnEquals"].values()
    assert [arn["Fn::Sub"].rpartition(":rule/")[2] for arn in arns] == rules
    (statement,) = statements(role)
    assert (statement["Action"], statement["Resource"]) == ("events:PutEvents", {"Ref": "PlatformEventBusArn"})
    assert role["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"
