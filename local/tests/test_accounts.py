"""What crosses accounts: whom a role trusts, and what it may then do."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, OTHER_ACCOUNT, allow, unique, wait_for

PLATFORM = "000000000000"


@pytest.fixture(scope="module")
def environment_role(aws) -> str:
    """A role as an account owner deploys it: for roles of the platform of one name, with an external id."""
    condition = {
        "StringEquals": {"sts:ExternalId": "the-secret"},
        "ArnLike": {"aws:PrincipalArn": f"arn:*:iam::{PLATFORM}:role/dataall-platform-*"},
    }
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PLATFORM}:root"},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    permissions = [
        allow("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/cdk-*"),
        allow("ssm:GetParameter", f"arn:aws:ssm:*:{ACCOUNT}:parameter/cdk-bootstrap/*"),
    ]
    return aws.role(unique("environment"), trust, permissions)


@pytest.fixture(scope="module")
def assume(aws):
    """Assumes a role as a new role of the platform account, or of another, of the given name."""

    def assume(role_arn: str, as_role: str, account: str = PLATFORM, **options) -> dict:
        name = unique(as_role)
        trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        arn = aws.role(name, trust, [allow("sts:AssumeRole")], account)
        first = aws.client("sts", account).assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
        return aws.client("sts", first).assume_role(RoleArn=role_arn, RoleSessionName="two", **options)["Credentials"]

    return assume


def test_the_platforms_roles_with_the_external_id_may(aws, assume, environment_role):
    session = assume(environment_role, "dataall-platform-prepare", ExternalId="the-secret")
    assert aws.client("sts", session).get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize(
    ("as_role", "account", "options"),
    [
        ("dataall-platform-prepare", PLATFORM, {}),
        ("dataall-platform-prepare", PLATFORM, {"ExternalId": "wrong"}),
        ("another", PLATFORM, {"ExternalId": "the-secret"}),
        ("dataall-platform-prepare", OTHER_ACCOUNT, {"ExternalId": "the-secret"}),
    ],
)
def test_others_may_not(assume, environment_role, as_role, account, options):
    with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
        assume(environment_role, as_role, account, **options)


def test_a_role_that_does_not_exist_is_denied_as_well(assume):
    with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
        assume(f"arn:aws:iam::{ACCOUNT}:role/absent", "dataall-platform-prepare", ExternalId="the-secret")


def test_the_callers_own_policy_must_allow_it_too(aws, environment_role):
    session = aws.session(allow("sts:GetCallerIdentity"), account=PLATFORM)
    with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
        aws.client("sts", session).assume_role(RoleArn=environment_role, RoleSessionName="session", ExternalId="the-secret")


def test_an_assumed_role_reads_what_its_policy_names(aws, assume, environment_role):
    deploy_role = unique("cdk-deploy")
    trust = {"Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": "sts:AssumeRole"}
    aws.role(deploy_role, trust, [])
    aws.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True)
    session = assume(environment_role, "dataall-platform-prepare", ExternalId="the-secret")
    iam, ssm = aws.client("iam", session), aws.client("ssm", session)
    trusted = iam.get_role(RoleName=deploy_role)["Role"]["AssumeRolePolicyDocument"]
    assert trusted["Statement"][0]["Principal"] == {"AWS": OTHER_ACCOUNT}
    assert ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"] == "30"
    for call in (
        lambda: iam.get_role(RoleName=environment_role.rpartition("/")[2]),
        lambda: ssm.get_parameter(Name="/another"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_aws_principal_arn_of_a_session_is_its_role(aws):
    """In an identity policy, too: only a role of that name may list repositories."""
    name = unique("named")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}}
    arn = aws.role(name, trust, [allow("codecommit:ListRepositories", "*", **condition)])
    session = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    aws.client("codecommit", session).list_repositories()


def test_passing_a_role_needs_the_permission(aws):
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.role(unique("workflow"), trust, [])
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    may_not = aws.client("stepfunctions", aws.session(allow("states:*")))
    with pytest.raises(ClientError, match="iam:PassRole"):
        may_not.create_state_machine(name=unique("m"), definition=definition, roleArn=role)
    may = aws.client("stepfunctions", aws.session(allow("states:*"), allow("iam:PassRole", role)))
    may.create_state_machine(name=unique("m"), definition=definition, roleArn=role)


def test_a_request_that_hands_on_a_role_must_be_signed_well(aws):
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.role(unique("workflow"), trust, [])
    session = aws.session(allow("states:*"), allow("iam:PassRole", role)) | {"SecretAccessKey": "guessed"}
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        aws.client("stepfunctions", session).create_state_machine(name=unique("m"), definition=definition, roleArn=role)


@pytest.mark.parametrize("principal", [{"Service": "codebuild.amazonaws.com"}, {"AWS": OTHER_ACCOUNT}])
def test_the_root_of_an_account_assumes_no_role_that_does_not_trust_the_account(aws, principal):
    role = aws.role(unique("role"), {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}, [])
    with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
        aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")


def test_a_role_that_trusts_a_service_and_the_account_is_assumed(aws):
    principal = {"Service": "codebuild.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    role = aws.role(unique("role"), {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}, [])
    assert aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]


class TestTagsOfRoles:
    """As in the role of a pipeline's self-mutation, which may assume whatever roles the CDK's bootstrap made."""

    KEY = "iam:ResourceTag/aws-cdk:bootstrap-role"

    @pytest.fixture
    def mutation(self, aws) -> dict:
        condition = {"ForAnyValue:StringEquals": {self.KEY: ["image-publishing", "file-publishing", "deploy"]}}
        roles = f"arn:*:iam::{OTHER_ACCOUNT}:role/*"
        read = allow(["iam:ListRoleTags", "iam:GetRole"], "*", StringEquals={"iam:ResourceTag/team": "research"})
        return aws.session(allow("sts:AssumeRole", roles, **condition), read)

    @staticmethod
    def role(aws, account: str, **tags: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        name = unique("tagged")
        arn = aws.role(name, trust, [], account)
        aws.client("iam", account).tag_role(RoleName=name, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
        return arn

    def test_a_role_of_another_account_with_the_tag_is_assumed(self, aws, mutation):
        deploy = self.role(aws, OTHER_ACCOUNT, **{"aws-cdk:bootstrap-role": "deploy"})
        assert aws.client("sts", mutation).assume_role(RoleArn=deploy, RoleSessionName="session")["Credentials"]

    @pytest.mark.parametrize("tags", [{}, {"aws-cdk:bootstrap-role": "lookup"}, {"another": "deploy"}])
    def test_others_are_not(self, aws, mutation, tags):
        with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
            aws.client("sts", mutation).assume_role(RoleArn=self.role(aws, OTHER_ACCOUNT, **tags), RoleSessionName="session")

    def test_iams_own_actions_see_the_tag_too(self, aws, mutation):
        iam = aws.client("iam", mutation)
        ours, theirs = (self.role(aws, ACCOUNT, team=team).rpartition("/")[2] for team in ("research", "marketing"))
        assert iam.list_role_tags(RoleName=ours)["Tags"] == [{"Key": "team", "Value": "research"}]
        with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
            iam.list_role_tags(RoleName=theirs)

    def test_a_stack_tags_its_roles(self, aws, mutation):
        cloudformation, name = aws.client("cloudformation", OTHER_ACCOUNT), unique("roles")
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
        properties = {"AssumeRolePolicyDocument": trust, "Tags": [{"Key": "aws-cdk:bootstrap-role", "Value": "deploy"}]}
        template = {
            "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}},
            "Outputs": {"Role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
        }
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        made = wait_for(lambda: cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Outputs"), "the role")
        assert aws.client("sts", mutation).assume_role(RoleArn=made[0]["OutputValue"], RoleSessionName="session")["Credentials"]


class TestBoundaries:
    """Whoever may make roles with one boundary only, makes none that may more."""

    @pytest.fixture
    def boundary(self, aws) -> str:
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
        return aws.client("iam").create_policy(PolicyName=unique("boundary"), PolicyDocument=document)["Policy"]["Arn"]

    @pytest.fixture
    def delegate(self, aws, boundary):
        calls = ["CreateRole", "PutRolePolicy", "AttachRolePolicy", "PutRolePermissionsBoundary"]
        condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
        return aws.client("iam", aws.session(allow([f"iam:{call}" for call in calls], "*", **condition)))

    TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]})

    def test_a_role_is_made_with_the_boundary(self, aws, delegate, boundary):
        delegate.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=self.TRUST, PermissionsBoundary=boundary)
        for options in ({}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}):
            with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
                delegate.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=self.TRUST, **options)

    def test_policies_are_put_on_roles_with_the_boundary(self, aws, delegate, boundary):
        trust = json.loads(self.TRUST)["Statement"]
        everything = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
        bounded, free = (unique("role") for _ in range(2))
        arn = aws.role(bounded, trust, [])
        aws.role(free, trust, [])
        aws.client("iam").put_role_permissions_boundary(RoleName=bounded, PermissionsBoundary=boundary)
        delegate.put_role_policy(RoleName=bounded, PolicyName="all", PolicyDocument=everything)
        for call in (
            lambda: delegate.put_role_policy(RoleName=free, PolicyName="all", PolicyDocument=everything),
            lambda: delegate.attach_role_policy(RoleName=free, PolicyArn=boundary),
            lambda: delegate.delete_role_permissions_boundary(RoleName=bounded),
        ):
            with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
                call()
        session = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
        aws.client("s3", session).list_buckets()
        with pytest.raises(ClientError, match="AccessDenied"):
            aws.client("sqs", session).list_queues()

    def test_a_policy_is_attached_by_its_name(self, aws):
        policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        delegate = aws.client("iam", aws.session(allow("iam:AttachRolePolicy", "*", ArnEquals={"iam:PolicyARN": policy})))
        name = unique("role")
        aws.role(name, json.loads(self.TRUST)["Statement"], [])
        delegate.attach_role_policy(RoleName=name, PolicyArn=policy)
        with pytest.raises(ClientError, match=r"\(AccessDenied\)"):
            delegate.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_a_role_of_cloudformation_is_a_condition_key(aws):
    """`cloudformation:RoleArn`: a policy says with which role stacks are made."""
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = aws.client("iam")
    arns = {}
    for name in (unique("wanted"), unique("other")):
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arns[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    wanted, other = arns.values()
    create = allow("cloudformation:CreateStack", "*") | {"Condition": {"StringEquals": {"cloudformation:RoleArn": wanted}}}
    session = aws.session(create, allow("iam:PassRole", "*"))
    cloudformation = aws.client("cloudformation", session)
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for role in ({}, {"RoleARN": other}):
        with pytest.raises(ClientError, match="AccessDenied"):
            cloudformation.create_stack(StackName=unique("dataall"), TemplateBody=template, **role)
    assert cloudformation.create_stack(StackName=unique("dataall"), TemplateBody=template, RoleARN=wanted)["StackId"]
