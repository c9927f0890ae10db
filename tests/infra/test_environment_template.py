"""What an account's owner deploys: whom the role trusts, how little it may do, and what the platform is told of."""

from fnmatch import fnmatchcase

import pytest
from policies import as_list, statements, unlimited


@pytest.fixture(scope="module")
def role(environment):
    return environment["Resources"]["EnvironmentRole"]


@pytest.fixture(scope="module")
def pipelines(environment):
    """What the role may do beside reading, where the owner lets the platform keep pipelines."""
    return environment["Resources"]["PipelinesPolicy"]


@pytest.fixture(scope="module")
def execution(environment):
    return environment["Resources"]["ExecutionRole"]


@pytest.fixture(scope="module")
def boundary(environment):
    return environment["Resources"]["Boundary"]


def arns(role):
    """Each resource that a statement is about, as the text of its `Fn::Sub`."""
    for statement in statements(role):
        for resource in as_list(statement["Resource"]):
            if "Fn::Sub" in resource:
                yield statement, resource["Fn::Sub"]


def changing(role) -> set[str]:
    """What is allowed but for reading."""
    reading = ("Get", "BatchGet", "List", "Describe", "Decrypt", "GitPull")
    return {a for statement in statements(role) for a in as_list(statement["Action"]) if not a.split(":")[1].startswith(reading)}


def test_what_is_there_depends_on_what_the_owner_allows(environment):
    resources = environment["Resources"]
    conditions = {name: resource.get("Condition") for name, resource in resources.items()}
    assert conditions == {
        "EnvironmentRole": None,
        "PipelinesPolicy": "HoldsPipelines",
        "ExecutionRole": "HoldsPipelines",
        # Roles of pipelines may have it yet when the owner allows less.
        "Boundary": None,
        "StackDeletedRule": "TellsPlatform",
        "RunChangedRule": "TellsPlatform",
        "EventsRole": "TellsPlatform",
    }
    assert environment["Parameters"]["Pipelines"]["Default"] == "none"
    assert environment["Parameters"]["Pipelines"]["AllowedValues"] == ["none", "delivering", "self-mutating"]
    assert environment["Conditions"]["HoldsPipelines"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Pipelines"}, "none"]}]}
    assert environment["Conditions"]["MutatesItself"] == {"Fn::Equals": [{"Ref": "Pipelines"}, "self-mutating"]}
    assert environment["Conditions"]["TellsPlatform"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "PlatformEventBusArn"}, ""]}]}
    assert environment["Outputs"]["Pipelines"]["Value"] == {"Ref": "Pipelines"}


def test_its_name_is_the_one_that_the_platform_assumes(role):
    assert role["Properties"]["RoleName"] == {"Fn::Sub": "${Prefix}-environment-${AWS::Region}"}


def test_it_trusts_the_platforms_own_roles_with_the_external_id(role):
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${PlatformAccountId}:root"}}
    assert trust["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
        "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${PlatformAccountId}:role/${Prefix}-platform/*"}},
    }


def test_nothing_is_allowed_on_everything(environment):
    """But what has no name before it is there; and of S3 and KMS, families of actions that the CDK itself gives."""
    assert unlimited(environment) == {
        ("ExecutionRole", "NewKeys"),
        ("ExecutionRole", "ArtifactBuckets"),
        ("Boundary", "Artifacts"),
        ("Boundary", "ArtifactsEncrypted"),
    }


def test_an_account_of_stages_is_only_read(role):
    """The sentence of the README: with `none`, this is all."""
    assert changing(role) == set()
    assert {action for statement in statements(role) for action in as_list(statement["Action"])} == {
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
    }


def test_every_resource_is_the_platforms_or_the_bootstraps(role, pipelines):
    """Everything in this account, and below the prefix or the qualifier; the key of the bootstrap's bucket has no name."""
    for statement, arn in [*arns(role), *arns(pipelines)]:
        # The ARN of a bucket has no account; the names of a pipeline's buckets begin with that of its stack.
        artifacts = arn.split(":s3:::")[-1].startswith("${Prefix}-pipeline-")
        assert "${AWS::AccountId}" in arn or artifacts, arn
        # The ARN of a log stream goes on behind its group.
        ours = "${Prefix}-" in arn.removesuffix(":log-stream:*").rsplit(":", 1)[1]
        toolkit = arn.endswith((":stack/${BootstrapStackName}/*", ":stack/CDKToolkit-${BootstrapQualifier}/*"))
        bootstrap = toolkit or "cdk-${BootstrapQualifier}-" in arn or "/cdk-bootstrap/${BootstrapQualifier}/" in arn
        encryption = statement.get("Condition", {}).get("StringLike", {}).get("kms:EncryptionContext:aws:s3:arn", {})
        assert ours or bootstrap or "cdk-${BootstrapQualifier}-assets-" in encryption.get("Fn::Sub", ""), arn


def test_stacks_are_handed_to_the_platforms_execution_role_only(pipelines, execution):
    (passing,) = [s for s in statements(pipelines) if "iam:PassRole" in as_list(s["Action"])]
    assert passing["Action"] == "iam:PassRole"
    assert passing["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    (handing,) = [s for s in statements(pipelines) if "cloudformation:CreateStack" in as_list(s["Action"])]
    assert set(handing["Action"]) == {action for action in changing(pipelines) if action.startswith("cloudformation:")}
    assert handing["Condition"] == {"StringEquals": {"cloudformation:RoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]}}}
    (trust,) = execution["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    assert execution["Properties"]["RoleName"] == {"Fn::Sub": "${Prefix}-environment-execution-${AWS::Region}"}


def test_it_changes_nothing_but_repositories_stacks_and_their_templates(pipelines):
    """Reading aside: what a leaked session could do."""
    assert changing(pipelines) == {
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
        "codepipeline:DisableStageTransition",
        "codepipeline:EnableStageTransition",
        "codepipeline:RetryStageExecution",
        "codepipeline:PutApprovalResult",
        "iam:PassRole",
        "kms:GenerateDataKey",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:DeleteBucket",
    }


def test_no_role_is_made_or_given_a_policy_without_the_boundary(execution):
    giving = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"}
    for statement in statements(execution):
        if giving & set(as_list(statement["Action"])):
            own, platforms = {"Ref": "PermissionsBoundary"}, {"Ref": "Boundary"}
            assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": {"Fn::If": ["HasBoundary", own, platforms]}}}
            giving -= set(as_list(statement["Action"]))
    assert giving == set()
    actions = {action for statement in statements(execution) for action in as_list(statement["Action"])}
    assert not {action for action in actions if action.startswith("iam:") and "*" in action}
    # What would take the boundary away, or change what it says; users, groups and managed policies.
    assert not {a for a in actions if a.startswith("iam:") and ("DeleteRolePermissionsBoundary" in a or "Role" not in a)}


def test_roles_of_pipelines_are_known_by_their_names(execution):
    """CloudFormation keeps 24 characters of a stack's name, and a pipeline's stack begins with the prefix and -pipeline-."""
    assert len("p" * 12 + "-pipeline-") <= 24
    named = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Prefix}-pipeline-*"}
    about_roles = [s for s in statements(execution) if any(action.startswith("iam:") for action in as_list(s["Action"]))]
    others = [statement for statement in about_roles if statement["Resource"] != named]
    # Only where pipelines mutate themselves.
    assert [(s["Sid"], s["Action"]) for s in others] == [("PassDeployRole", "iam:PassRole")]
    document = execution["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (depends,) = [statement["Fn::If"] for statement in document if "Fn::If" in statement]
    assert depends == ["MutatesItself", others[0], {"Ref": "AWS::NoValue"}]
    passing, deploying = (s["Condition"] for s in about_roles if s["Action"] == "iam:PassRole")
    services = ["codebuild.amazonaws.com", "codepipeline.amazonaws.com", "events.amazonaws.com"]
    assert passing == {"StringEquals": {"iam:PassedToService": services}}
    assert deploying == {"StringEquals": {"iam:PassedToService": "codepipeline.amazonaws.com"}}


def test_the_boundary_leaves_a_chain_no_way_but_into_accounts_that_trust_this_one(boundary):
    """And, where pipelines mutate themselves, into this account's own bootstrap."""
    document = boundary["Properties"]["PolicyDocument"]["Statement"]
    (depends,) = [statement for statement in document if "Fn::If" in statement]
    condition, otherwise, denied = depends["Fn::If"]
    assert condition == "MutatesItself"
    assert otherwise["Effect"] == "Allow" and otherwise["Action"] == "cloudformation:DescribeStacks"
    own = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-*"}
    assert denied == {"Sid": "NotHere", "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": own}
    allowing = [s for s in document if s.get("Effect") == "Allow"]
    roles = {s["Resource"]["Fn::Sub"].rpartition(":iam:")[2] for s in allowing if s["Action"] == "sts:AssumeRole"}
    assert roles == {":*:role/cdk-*", ":${AWS::AccountId}:role/${Prefix}-pipeline-*"}
    services = {action.split(":")[0] for s in allowing for action in as_list(s["Action"])}
    assert services == {"s3", "kms", "codecommit", "codepipeline", "codebuild", "logs", "sts"}


def test_what_an_owner_must_give_and_may_leave_out(environment):
    required = {name for name, parameter in environment["Parameters"].items() if "Default" not in parameter}
    assert required == {"PlatformAccountId", "ExternalId"}
    optional = {"Prefix", "BootstrapQualifier", "BootstrapStackName", "Pipelines", "PermissionsBoundary", "PlatformEventBusArn"}
    assert set(environment["Parameters"]) == required | optional, "the platform's command names all of them"
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
