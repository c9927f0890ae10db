"""CodePipeline's deploy actions: change sets and stacks, in the pipeline's account and in another one."""

import json

import pytest
from botocore.exceptions import ClientError
from codepipelines import World, action, stage
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, allow, unique, wait_for

CALLS = [
    f"cloudformation:{call}"
    for call in (
        "CreateChangeSet",
        "CreateStack",
        "DeleteChangeSet",
        "DeleteStack",
        "DescribeChangeSet",
        "DescribeStackEvents",
        "DescribeStacks",
        "ExecuteChangeSet",
        "UpdateStack",
    )
]


def template(name: str, **properties) -> dict:
    return {
        "Parameters": {"Text": {"Type": "String", "Default": "hello"}},
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, "DisplayName": {"Ref": "Text"}, **properties}}
        },
        "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}},
    }


def prepare(stack: str, path: str = "template.json", **options) -> dict:
    configuration = {"ActionMode": "CHANGE_SET_REPLACE", "StackName": stack, "ChangeSetName": "Change", "TemplatePath": f"Code::{path}"}
    return action("Prepare", "Deploy", "CloudFormation", configuration | options.pop("configuration", {}), reads=["Code"], **options)


def execute(stack: str, **options) -> dict:
    configuration = {"ActionMode": "CHANGE_SET_EXECUTE", "StackName": stack, "ChangeSetName": "Change"}
    return action("Execute", "Deploy", "CloudFormation", configuration, runOrder=2, **options)


def stack_of(aws, name: str, account: str = ACCOUNT) -> dict:
    return aws.client("cloudformation", account).describe_stacks(StackName=name)["Stacks"][0]


@pytest.fixture
def name() -> str:
    return unique("sales")


@pytest.fixture
def world(aws, name) -> World:
    return World(aws, {"template.json": json.dumps(template(name))})


@pytest.fixture
def role(world) -> str:
    """A pipeline's role that deploys itself."""
    return world.role(allow(CALLS), allow("sns:*"))


class TestChangeSets:
    def test_are_made_and_executed(self, aws, world, role, name):
        pipeline = world.pipeline(stage("Deploy", prepare(name), execute(name, namespace="Stack")), role=role)
        pipeline.ended("Succeeded")
        stack = stack_of(aws, name)
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        executed, prepared, _ = pipeline.runs()
        assert prepared["output"]["executionResult"]["externalExecutionSummary"] == "Change set Change was created."
        result = executed["output"]["executionResult"]
        assert result["externalExecutionId"] == stack["StackId"] and "cloudformation" in result["externalExecutionUrl"]
        assert executed["output"]["outputVariables"] == {"Name": name}

    def test_without_changes_execute_nothing(self, aws, world, role, name):
        pipeline = world.pipeline(stage("Deploy", prepare(name), execute(name)), role=role)
        pipeline.ended("Succeeded")
        pipeline.ended("Succeeded", pipeline.start())
        assert pipeline.run("Deploy", "Execute")["summary"] == "Change set Change contained no changes."
        assert stack_of(aws, name)["StackStatus"] == "CREATE_COMPLETE"

    def test_change_the_stack_that_is_there(self, aws, world, role, name):
        pipeline = world.pipeline(stage("Deploy", prepare(name), execute(name)), role=role)
        pipeline.ended("Succeeded")
        world.push({"template.json": json.dumps(template(name, Tags=[{"Key": "a", "Value": "b"}]))})
        pipeline.ended("Succeeded", pipeline.start())
        assert stack_of(aws, name)["StackStatus"] == "UPDATE_COMPLETE"

    def test_take_parameters_tags_and_overrides(self, aws, world, role, name):
        world.push({"configuration.json": json.dumps({"Parameters": {"Text": "file"}, "Tags": {"team": "research"}})})
        configuration = {"TemplateConfiguration": "Code::configuration.json"}
        overridden = configuration | {"ParameterOverrides": json.dumps({"Text": {"Fn::GetArtifactAtt": ["Code", "BucketName"]}})}
        for given, text in ((configuration, "file"), (overridden, world.store.bucket)):
            world.pipeline(stage("Deploy", prepare(name, configuration=given), execute(name)), role=role).ended("Succeeded")
            stack = stack_of(aws, name)
            assert stack["Parameters"] == [{"ParameterKey": "Text", "ParameterValue": text}]
            assert stack["Tags"] == [{"Key": "team", "Value": "research"}]

    def test_a_long_template_goes_by_url(self, aws, world, role, name):
        world.push({"template.json": json.dumps(template(name) | {"Metadata": {"filling": "x" * 60_000}})})
        world.pipeline(stage("Deploy", prepare(name), execute(name)), role=role).ended("Succeeded")
        assert len(json.dumps(aws.client("cloudformation").get_template(StackName=name)["TemplateBody"])) > 51_200

    def test_one_that_is_refused_fails_the_action(self, world, role, name):
        world.push({"template.json": json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Absent"}}})})
        failure = world.pipeline(stage("Deploy", prepare(name)), role=role).failure("Deploy", "Prepare")
        assert "AWS::SNS::Absent" in failure["message"]

    def test_a_template_that_is_not_in_the_artifact_fails_the_action(self, world, role, name):
        failure = world.pipeline(stage("Deploy", prepare(name, "absent.json")), role=role).failure("Deploy", "Prepare")
        assert failure == {"code": "ConfigurationError", "message": "File [absent.json] does not exist in artifact [Code]"}

    def test_a_stack_that_fails_fails_the_action_with_its_reason(self, aws, world, role, name):
        taken = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": world.repository}}
        world.push({"template.json": json.dumps({"Resources": {"Taken": taken}})})
        pipeline = world.pipeline(stage("Deploy", prepare(name), execute(name)), role=role)
        failure = pipeline.failure("Deploy", "Execute")
        assert failure["code"] == "JobFailed" and "ROLLBACK_COMPLETE" in failure["message"] and "Taken" in failure["message"]
        pipeline.ended("Failed")
        assert pipeline.executions()[0]["statusSummary"] == failure["message"]
        pipeline.start()
        failure = wait_for(
            lambda: (found := pipeline.run("Deploy", "Prepare")).get("status") == "Failed" and found["errorDetails"], "the next failure"
        )
        assert "is in ROLLBACK_COMPLETE state and can not be updated" in failure["message"], "until somebody deletes the stack"


class TestStacks:
    def deploy(self, mode: str, name: str, **configuration) -> dict:
        reads = ["Code"] if mode == "CREATE_UPDATE" else []
        return action("Deploy", "Deploy", "CloudFormation", {"ActionMode": mode, "StackName": name} | configuration, reads=reads)

    def test_are_created_changed_and_deleted(self, aws, world, role, name):
        create = self.deploy("CREATE_UPDATE", name, TemplatePath="Code::template.json")
        pipeline = world.pipeline(stage("Deploy", create), role=role)
        pipeline.ended("Succeeded")
        pipeline.ended("Succeeded", pipeline.start())
        assert stack_of(aws, name)["StackStatus"] == "CREATE_COMPLETE", "nothing has changed"
        world.pipeline(stage("Deploy", self.deploy("DELETE_ONLY", name)), role=role).ended("Succeeded")
        with pytest.raises(ClientError, match="does not exist"):
            stack_of(aws, name)

    def test_a_role_is_passed_to_cloudformation(self, aws, world, name):
        trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
        execution_role = aws.role(unique("execution"), trust, [allow("sns:*")])
        create = self.deploy("CREATE_UPDATE", name, TemplatePath="Code::template.json", RoleArn=execution_role)
        may_not = world.role(allow(CALLS))
        failure = world.pipeline(stage("Deploy", create), role=may_not).failure("Deploy", "Deploy")
        assert failure["code"] == "PermissionError" and "iam:PassRole" in failure["message"] and may_not in failure["message"]
        may = world.role(allow(CALLS), allow("iam:PassRole", execution_role))
        world.pipeline(stage("Deploy", create), role=may).ended("Succeeded")
        assert stack_of(aws, name)["RoleARN"] == execution_role


class TestAnotherAccount:
    """The pipeline's role assumes a role of the other account, which reads the artifact and deploys there."""

    @pytest.fixture
    def deploy_role(self, aws) -> str:
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        reads = allow(["s3:GetObject*", "kms:Decrypt"])
        return aws.role(unique("deploy"), trust, [allow(CALLS), allow("sns:*"), reads], OTHER_ACCOUNT)

    def pipeline(self, world: World, name: str, deploy_role: str):
        role = world.role(allow("sts:AssumeRole", deploy_role))
        stages = stage("Deploy", prepare(name, roleArn=deploy_role), execute(name, roleArn=deploy_role))
        return world.pipeline(stages, role=role)

    def test_gets_the_stack(self, aws, name, deploy_role):
        world = World(aws, {"template.json": json.dumps(template(name))}, readers=(deploy_role,))
        self.pipeline(world, name, deploy_role).ended("Succeeded")
        assert stack_of(aws, name, OTHER_ACCOUNT)["StackId"].startswith(f"arn:aws:cloudformation:{REGION}:{OTHER_ACCOUNT}:")
        with pytest.raises(ClientError, match="does not exist"):
            stack_of(aws, name)

    def test_a_bucket_that_does_not_let_it_read_fails_the_action(self, world, name, deploy_role):
        failure = self.pipeline(world, name, deploy_role).failure("Deploy", "Prepare")
        assert failure["code"] == "PermissionError" and deploy_role in failure["message"]

    def test_a_key_that_does_not_let_it_decrypt_fails_the_action(self, aws, name, deploy_role):
        world = World(aws, {"template.json": json.dumps(template(name))}, readers=(deploy_role,), key_readers=())
        failure = self.pipeline(world, name, deploy_role).failure("Deploy", "Prepare")
        assert failure["code"] == "PermissionError" and "kms:Decrypt" in failure["message"]
