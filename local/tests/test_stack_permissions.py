"""What CloudFormation's role, or its caller, may do: every resource of a stack is made with somebody's permissions."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, allow, unique
from test_stacks import CFN_TRUST, cicd_template, create, settled

from localaws.resource_calls import CALLS, Change, calls

# `handlers.*.permissions` of AWS's public schemas of these resource types, as of 2026-08-07. Legacy types have none.
HANDLERS = json.loads((Path(__file__).parent / "registry_handlers.json").read_text())
LEGACY = {"AWS::CodeBuild::Project": "codebuild", "AWS::CodeCommit::Repository": "codecommit"}
OF_CLOUDFORMATION = {"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"}
# The permission's schema has no update handler: CloudFormation takes it away and adds it again.
BESIDE = {"AWS::Lambda::Permission": {"lambda:RemovePermission", "lambda:AddPermission"}}

TAGS = [{"Key": "team", "Value": "research"}]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/some"
DOCUMENT = {"Statement": [allow("s3:GetObject")]}
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}

# For each type two states of a resource: every property that our table looks at is in one of them, and not in the other.
STATES: dict[str, tuple[dict, dict]] = {
    "AWS::CloudWatch::Alarm": ({"AlarmName": "a"}, {"AlarmName": "a", "Threshold": 1, "Tags": TAGS}),
    "AWS::CloudWatch::Dashboard": ({"DashboardName": "d", "DashboardBody": "{}"}, {"DashboardName": "d", "DashboardBody": "[]"}),
    "AWS::CodeBuild::Project": ({"Name": "p", "ServiceRole": ROLE}, {"Name": "p", "ServiceRole": ROLE, "Tags": TAGS}),
    "AWS::CodeCommit::Repository": (
        {"RepositoryName": "r"},
        {"RepositoryName": "s", "RepositoryDescription": "d", "Tags": TAGS},
    ),
    "AWS::CodePipeline::Pipeline": (
        {"Name": "p", "RoleArn": ROLE, "Stages": [{"Actions": [{"RoleArn": f"{ROLE}-2"}]}]},
        {"Name": "p", "RoleArn": ROLE, "RestartExecutionOnUpdate": True, "DisableInboundStageTransitions": [{}], "Tags": TAGS},
    ),
    "AWS::DynamoDB::Table": (
        {"TableName": "t", "BillingMode": "PAY_PER_REQUEST"},
        {"TableName": "t", "PointInTimeRecoverySpecification": {}, "TimeToLiveSpecification": {}, "Tags": TAGS},
    ),
    "AWS::ECR::Repository": (
        {"RepositoryName": "r", "LifecyclePolicy": {}, "RepositoryPolicyText": {}},
        {"RepositoryName": "r", "ImageScanningConfiguration": {}, "ImageTagMutability": "IMMUTABLE", "Tags": TAGS},
    ),
    "AWS::Events::EventBus": ({"Name": "b"}, {"Name": "b", "Policy": {}, "Tags": TAGS}),
    "AWS::Events::EventBusPolicy": ({"StatementId": "s"}, {"StatementId": "s", "Statement": {}}),
    "AWS::Events::Rule": (
        {"Name": "r", "Targets": [{"Id": "a", "Arn": "arn:aws:sqs:::q", "RoleArn": ROLE}]},
        {"Name": "r", "Targets": [{"Id": "b", "Arn": "arn:aws:sqs:::q", "RoleArn": ROLE}], "EventPattern": {}, "Tags": TAGS},
    ),
    "AWS::IAM::ManagedPolicy": (
        {"PolicyDocument": DOCUMENT, "Roles": ["a"], "Users": ["a"], "Groups": ["a"]},
        {"PolicyDocument": {}, "Roles": ["b"], "Users": ["b"], "Groups": ["b"]},
    ),
    "AWS::IAM::Policy": (
        {"PolicyName": "p", "Roles": ["a"], "Users": ["a"], "Groups": ["a"]},
        {"PolicyName": "p", "Roles": ["b"], "Users": ["b"], "Groups": ["b"]},
    ),
    "AWS::IAM::Role": (
        {"AssumeRolePolicyDocument": TRUST, "Policies": [{"PolicyName": "a"}], "ManagedPolicyArns": ["a"], "PermissionsBoundary": "a"},
        {"AssumeRolePolicyDocument": {}, "Policies": [{"PolicyName": "b"}], "ManagedPolicyArns": ["b"], "Description": "d",
         "MaxSessionDuration": 7200, "Tags": TAGS},
    ),
    "AWS::KMS::Alias": ({"AliasName": "alias/a", "TargetKeyId": "k"}, {"AliasName": "alias/a", "TargetKeyId": "l"}),
    "AWS::KMS::Key": (
        {"EnableKeyRotation": True, "Enabled": True, "Tags": TAGS},
        {"KeyPolicy": {}, "Description": "d", "EnableKeyRotation": False, "Enabled": False},
    ),
    "AWS::Lambda::Alias": ({"FunctionName": "f", "Name": "a"}, {"FunctionName": "f", "Name": "a", "FunctionVersion": "2"}),
    "AWS::Lambda::EventSourceMapping": ({"FunctionName": "f"}, {"FunctionName": "f", "BatchSize": 1}),
    "AWS::Lambda::Function": (
        {"FunctionName": "f", "Role": ROLE, "Code": {"S3Bucket": "b", "S3Key": "k"}, "ReservedConcurrentExecutions": 1},
        {"FunctionName": "f", "Role": f"{ROLE}-2", "Code": {"S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "1"}, "Tags": TAGS},
    ),
    "AWS::Lambda::Permission": ({"FunctionName": "f", "Principal": "a"}, {"FunctionName": "f", "Principal": "b"}),
    "AWS::Lambda::Version": ({"FunctionName": "f"}, {"FunctionName": "f", "Description": "d"}),
    "AWS::Logs::LogGroup": (
        {"LogGroupName": "g", "RetentionInDays": 1},
        {"LogGroupName": "g", "KmsKeyId": "k", "Tags": TAGS},
    ),
    "AWS::Logs::MetricFilter": ({"LogGroupName": "g"}, {"LogGroupName": "g", "FilterPattern": "a"}),
    "AWS::S3::Bucket": (
        {"BucketName": "b", "BucketEncryption": {}, "VersioningConfiguration": {}, "PublicAccessBlockConfiguration": {}, "Tags": TAGS,
         "OwnershipControls": {}, "LifecycleConfiguration": {}},
        {"BucketName": "b", "LoggingConfiguration": {}, "CorsConfiguration": {}, "NotificationConfiguration": {},
         "WebsiteConfiguration": {}, "AccelerateConfiguration": {}, "ObjectLockConfiguration": {}},
    ),
    "AWS::S3::BucketPolicy": ({"Bucket": "b", "PolicyDocument": {}}, {"Bucket": "b", "PolicyDocument": DOCUMENT}),
    "AWS::SNS::Topic": ({"TopicName": "t"}, {"TopicName": "t", "Subscription": [{}], "Tags": TAGS}),
    "AWS::SQS::Queue": ({"QueueName": "q"}, {"QueueName": "q", "DelaySeconds": 1, "Tags": TAGS}),
    "AWS::SQS::QueuePolicy": ({"Queues": ["u/q"]}, {"Queues": ["u/q"], "PolicyDocument": DOCUMENT}),
    "AWS::SSM::Parameter": ({"Name": "/p", "Value": "1"}, {"Name": "/p", "Value": "2", "Tags": {"team": "research"}}),
    "AWS::StepFunctions::StateMachine": (
        {"StateMachineName": "m", "RoleArn": ROLE, "DefinitionS3Location": {"Bucket": "b", "Key": "k"}},
        {"StateMachineName": "m", "RoleArn": ROLE, "DefinitionS3Location": {"Bucket": "b", "Key": "k", "Version": "1"}, "Tags": TAGS},
    ),
}  # fmt: skip


def test_every_type_is_judged():
    assert set(STATES) == set(CALLS) - OF_CLOUDFORMATION


@pytest.mark.parametrize("kind", STATES)
def test_a_handler_calls_what_awss_registry_says(kind):
    """Nothing but that: what is asked beyond it would refuse a role that works on AWS."""
    for first, second in (STATES[kind], STATES[kind][::-1]):
        for verb, old, new in (("create", {}, first), ("update", first, second), ("delete", second, {})):
            change = Change(verb, ACCOUNT, REGION, "stack", "Logical", "" if verb == "create" else "physical", old, new)
            asked = {call.action for call in calls(kind, change)}
            if kind in LEGACY:
                assert asked <= {action for action in asked if action.startswith(f"{LEGACY[kind]}:")} | {"iam:PassRole"}
            else:
                assert asked <= {*HANDLERS[kind].get(verb, []), *BESIDE.get(kind, ())}, verb
            assert asked or verb == "update", verb


def service_role(aws, *statements: dict, **properties) -> str:
    name = unique("service")
    arn = aws.role(name, CFN_TRUST, list(statements))
    if properties:
        aws.client("iam").put_role_permissions_boundary(RoleName=name, **properties)
    return arn


def reason(cloudformation, stack: dict) -> str:
    """Why the first resource failed."""
    events = cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    return next(e["ResourceStatusReason"] for e in reversed(events) if e["ResourceStatus"].endswith("_FAILED"))


def deny(actions: str, resource: str = "*") -> dict:
    return allow(actions, resource) | {"Effect": "Deny"}


@pytest.fixture
def cloudformation(aws):
    return aws.client("cloudformation")


@pytest.fixture
def role_template() -> dict:
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}}}


@pytest.mark.parametrize(
    "denied",
    [
        "kms:CreateKey",
        "kms:EnableKeyRotation",
        "kms:CreateAlias",
        "s3:CreateBucket",
        "s3:PutBucketPolicy",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:PassRole",
        "codebuild:CreateProject",
        "codepipeline:CreatePipeline",
        "events:PutRule",
        "events:PutTargets",
    ],
)
def test_a_cicd_stack_needs_each_permission(aws, cloudformation, repository, denied):
    stack = create(cloudformation, cicd_template(repository), RoleARN=service_role(aws, allow("*"), deny(denied)))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    told = reason(cloudformation, stack)
    assert f"/AWSCloudFormation is not authorized to perform: {denied} on resource: " in told
    assert "with an explicit deny in an identity-based policy" in told


def test_a_stack_is_made_with_what_its_role_may_and_no_more(aws, cloudformation, role_template):
    name = f"arn:aws:iam::{ACCOUNT}:role/dataall*"
    creating = allow(["iam:CreateRole", "iam:GetRole"], name)
    assert create(cloudformation, role_template, RoleARN=service_role(aws, creating))["StackStatus"] == "CREATE_COMPLETE"
    stack = create(cloudformation, role_template, RoleARN=service_role(aws, allow("iam:GetRole", name)))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "because no identity-based policy allows the iam:CreateRole action" in reason(cloudformation, stack)
    outside = role_template["Resources"]["Role"]["Properties"] | {"RoleName": unique("another")}
    stack = create(
        cloudformation, {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": outside}}}, RoleARN=service_role(aws, creating)
    )
    assert f"iam:CreateRole on resource: arn:aws:iam::{ACCOUNT}:role/another" in reason(cloudformation, stack)


def test_a_role_may_be_made_with_a_boundary_only(aws, cloudformation, role_template):
    """How an account's owner lets somebody make roles without letting them make an administrator."""
    policies = [
        aws.client("iam").create_policy(PolicyName=unique("boundary"), PolicyDocument=json.dumps(DOCUMENT | {"Version": "2012-10-17"}))
        for _ in range(2)
    ]
    wanted, other = (policy["Policy"]["Arn"] for policy in policies)
    bounded = allow(["iam:CreateRole", "iam:PutRolePolicy"], StringEquals={"iam:PermissionsBoundary": wanted})
    role = service_role(aws, bounded, allow(["iam:GetRole", "iam:Delete*"]))
    properties = role_template["Resources"]["Role"]["Properties"]
    properties["Policies"] = [{"PolicyName": "own", "PolicyDocument": DOCUMENT}]
    for boundary, status in ((None, "ROLLBACK_COMPLETE"), (other, "ROLLBACK_COMPLETE"), (wanted, "CREATE_COMPLETE")):
        if boundary:
            properties["PermissionsBoundary"] = boundary
        assert create(cloudformation, role_template, RoleARN=role)["StackStatus"] == status


def test_an_inline_policy_is_put_on_a_bounded_role_only(aws, cloudformation):
    """The same for AWS::IAM::Policy: what counts is the boundary that the role has."""
    iam = aws.client("iam")
    document = json.dumps(DOCUMENT | {"Version": "2012-10-17"})
    boundary = iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=document)["Policy"]["Arn"]
    role = service_role(aws, allow("iam:PutRolePolicy", StringEquals={"iam:PermissionsBoundary": boundary}), allow("iam:GetRolePolicy"))
    for bounded, status in ((False, "ROLLBACK_COMPLETE"), (True, "CREATE_COMPLETE")):
        name = unique("target")
        aws.role(name, TRUST["Statement"], [])
        if bounded:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        properties = {"PolicyName": "own", "PolicyDocument": DOCUMENT, "Roles": [name]}
        template = {"Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}}}
        assert create(cloudformation, template, RoleARN=role)["StackStatus"] == status


def test_the_roles_own_boundary_limits_it(aws, cloudformation, role_template):
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    boundary = aws.client("iam").create_policy(PolicyName=unique("boundary"), PolicyDocument=document)["Policy"]["Arn"]
    stack = create(cloudformation, role_template, RoleARN=service_role(aws, allow("*"), PermissionsBoundary=boundary))
    assert "because no permissions boundary allows the iam:CreateRole action" in reason(cloudformation, stack)


def test_without_a_role_it_is_the_caller_who_makes_a_stack(aws, cloudformation, role_template):
    session = aws.client("cloudformation", aws.session(allow("cloudformation:*")))
    stack = create(session, role_template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "/session is not authorized to perform: iam:CreateRole" in reason(cloudformation, stack)
    allowed = aws.session(allow(["cloudformation:*", "iam:CreateRole", "iam:GetRole"]))
    assert create(aws.client("cloudformation", allowed), role_template)["StackStatus"] == "CREATE_COMPLETE"
    via = allow(["iam:CreateRole", "iam:GetRole"], **{"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}})
    assert (
        create(aws.client("cloudformation", aws.session(allow("cloudformation:*"), via)), role_template)["StackStatus"] == "CREATE_COMPLETE"
    )


def test_a_session_policy_narrows_the_caller(aws, cloudformation, role_template):
    narrow = json.dumps({"Version": "2012-10-17", "Statement": [allow("cloudformation:*")]})
    stack = create(aws.client("cloudformation", aws.session(allow("*"), Policy=narrow)), role_template)
    assert "because no session policy allows the iam:CreateRole action" in reason(cloudformation, stack)


def test_a_role_stays_with_its_stack(aws, cloudformation, role_template):
    """Whoever may delete the stack, deletes with the role that made it."""
    role = service_role(aws, allow(["iam:CreateRole", "iam:GetRole"]))
    stack = create(cloudformation, role_template, RoleARN=role)
    cloudformation.delete_stack(StackName=stack["StackName"])
    assert settled(cloudformation, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert "iam:ListAttachedRolePolicies" in reason(cloudformation, stack)
    cloudformation.delete_stack(StackName=stack["StackName"], RoleARN=service_role(aws, allow("iam:*")))
    assert settled(cloudformation, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_is_asked_for_what_it_changes(aws, cloudformation, role_template):
    role = service_role(aws, allow(["iam:CreateRole", "iam:GetRole", "iam:UpdateRoleDescription"]))
    stack = create(cloudformation, role_template, RoleARN=role)
    properties = role_template["Resources"]["Role"]["Properties"]
    for changed, status in (
        ({"Description": "another"}, "UPDATE_COMPLETE"),
        ({"MaxSessionDuration": 7200}, "UPDATE_ROLLBACK_COMPLETE"),
    ):
        properties.update(changed)
        body = json.dumps(role_template)
        cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        assert settled(cloudformation, stack["StackName"])["StackStatus"] == status


def test_a_change_set_is_executed_with_its_role(aws, cloudformation, role_template):
    for actions, status in ((["iam:GetRole"], "ROLLBACK_COMPLETE"), (["iam:GetRole", "iam:CreateRole"], "CREATE_COMPLETE")):
        name, body = unique("dataall"), json.dumps(role_template)
        made = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=body,
            Capabilities=["CAPABILITY_IAM"],
            RoleARN=service_role(aws, allow(actions)),
        )
        cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig={"Delay": 1})
        cloudformation.execute_change_set(ChangeSetName=made["Id"])
        assert settled(cloudformation, made["StackId"])["StackStatus"] == status


def test_a_type_that_is_not_known_needs_its_whole_service(aws, cloudformation):
    template = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": unique("api")}}}}
    for actions, status in ((["apigateway:POST"], "ROLLBACK_COMPLETE"), (["apigateway:*"], "CREATE_COMPLETE")):
        assert create(cloudformation, template, RoleARN=service_role(aws, allow(actions)))["StackStatus"] == status


def test_keys_are_used_if_their_own_policy_lets(aws, cloudformation):
    role = service_role(aws, allow("kms:*"))
    policy = {"Version": "2012-10-17", "Statement": [allow("kms:*") | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/another"}}]}
    properties = {"KeyPolicy": policy, "EnableKeyRotation": True}
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}}
    stack = create(cloudformation, template, RoleARN=role)
    assert "because no resource-based policy allows the kms:EnableKeyRotation action" in reason(cloudformation, stack)
    policy["Statement"][0]["Principal"]["AWS"] = f"arn:aws:iam::{ACCOUNT}:root"
    assert create(cloudformation, template, RoleARN=role)["StackStatus"] == "CREATE_COMPLETE"


def test_tags_of_a_stack_are_tags_of_the_request(aws, cloudformation, role_template):
    tagged = allow(["iam:CreateRole", "iam:TagRole"], StringEquals={"aws:RequestTag/team": "research"})
    role = service_role(aws, tagged, allow("iam:GetRole"))
    for team, status in (("marketing", "ROLLBACK_COMPLETE"), ("research", "CREATE_COMPLETE")):
        assert create(cloudformation, role_template, RoleARN=role, Tags=[{"Key": "team", "Value": team}])["StackStatus"] == status


def test_a_caller_without_the_role_gets_no_further(aws, role_template):
    """The role is passed: a caller who may not pass it does not use it."""
    session = aws.client("cloudformation", aws.session(allow("cloudformation:*")))
    with pytest.raises(ClientError, match="iam:PassRole"):
        create(session, role_template, RoleARN=service_role(aws, allow("*")))
