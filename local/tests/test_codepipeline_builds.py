"""CodePipeline's build actions: from a commit over a build into another account, and what happens to builds that fail or are left."""

import json
from pathlib import Path

import pytest
from codepipelines import World, action, approval, files_of, stage
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, allow, unique, wait_for


class Project:
    """A CodeBuild project of pipelines, whose role works with the artifact store."""

    def __init__(self, world: World, *commands: str, **buildspec):
        self.codebuild, self.name = world.aws.client("codebuild"), unique("build")
        self.arn = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{self.name}"
        trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
        logs = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
        self.role = world.aws.role(unique("build"), trust, [logs, *world.store.permissions()])
        self.codebuild.create_project(
            name=self.name,
            source=self._source(commands, buildspec),
            artifacts={"type": "CODEPIPELINE"},
            environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=self.role,
            encryptionKey=world.store.key,
        )

    def _source(self, commands: tuple[str, ...], buildspec: dict) -> dict:
        document = {"version": "0.2", "phases": {"build": {"commands": list(commands)}}, **buildspec}
        return {"type": "CODEPIPELINE", "buildspec": json.dumps(document)}

    def does(self, *commands: str, **buildspec) -> None:
        self.codebuild.update_project(name=self.name, source=self._source(commands, buildspec))

    def action(self, **options) -> dict:
        configuration = {"ProjectName": self.name} | options.pop("configuration", {})
        return action("Build", "Build", "CodeBuild", configuration, reads=["Code"], **options)

    def status(self, build_id: str) -> str:
        return self.codebuild.batch_get_builds(ids=[build_id])["builds"][0]["buildStatus"]

    @property
    def permission(self) -> dict:
        """What the action's role needs."""
        return allow(["codebuild:StartBuild", "codebuild:BatchGetBuilds"], self.arn)


class Gate:
    """A file for which a build waits."""

    def __init__(self, path: Path):
        self.path = path
        self.command = f"until [ -e '{path}' ]; do sleep 0.1; done"

    def open(self) -> None:
        self.path.touch()


@pytest.fixture
def world(aws) -> World:
    return World(aws)


@pytest.fixture
def gate(tmp_path) -> Gate:
    """Opened in the end, so that no build waits forever."""
    made = Gate(tmp_path / "go-on")
    yield made
    made.open()


def test_a_commit_is_built_and_deployed_into_another_account(aws):
    name = unique("sales")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    calls = ["DescribeStacks", "CreateChangeSet", "DeleteChangeSet", "DescribeChangeSet", "ExecuteChangeSet"]
    deploys = allow([f"cloudformation:{call}" for call in calls])
    deploy_role = aws.role(unique("deploy"), trust, [deploys, allow("sns:*"), allow(["s3:GetObject*", "kms:Decrypt"])], OTHER_ACCOUNT)
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, "DisplayName": "COMMIT"}}
    template = json.dumps({"Resources": {"Topic": topic}})
    world = World(aws, {"template.json": template}, readers=(deploy_role,))
    project = Project(
        world,
        'sed "s/COMMIT/$COMMIT/" template.json > built.json',
        "export LENGTH=$(wc -c < built.json)",
        env={"exported-variables": ["LENGTH"]},
        artifacts={"files": ["built.json"]},
    )
    environment = json.dumps([{"name": "COMMIT", "value": "#{Source.CommitId}", "type": "PLAINTEXT"}])
    build = project.action(configuration={"EnvironmentVariables": environment}, makes=["Built"], namespace="Build")
    common = {"StackName": name, "ChangeSetName": "Change"}
    prepare = action(
        "Prepare",
        "Deploy",
        "CloudFormation",
        common | {"ActionMode": "CHANGE_SET_REPLACE", "TemplatePath": "Built::built.json"},
        reads=["Built"],
        roleArn=deploy_role,
    )
    execute = action("Execute", "Deploy", "CloudFormation", common | {"ActionMode": "CHANGE_SET_EXECUTE"}, roleArn=deploy_role, runOrder=2)
    told = approval(CustomData="#{Build.LENGTH}")
    role = world.role(project.permission, allow("sts:AssumeRole", deploy_role))
    pipeline = world.pipeline(stage("Build", build), stage("Approve", told), stage("Deploy", prepare, execute), role=role)

    pipeline.answer("Approve")
    pipeline.ended("Succeeded")
    sns = aws.client("sns", OTHER_ACCOUNT)
    attributes = sns.get_topic_attributes(TopicArn=f"arn:aws:sns:{REGION}:{OTHER_ACCOUNT}:{name}")["Attributes"]
    assert attributes["DisplayName"] == world.commit
    runs = {run["actionName"]: run for run in pipeline.runs()}
    [artifact] = runs["Build"]["output"]["outputArtifacts"]
    where = artifact["s3location"]
    assert where["key"].startswith(f"{pipeline.name[:20]}/Built/")
    stored = aws.client("s3").get_object(Bucket=where["bucket"], Key=where["key"])
    built = stored["Body"].read()
    assert list(files_of(built)) == ["built.json"] and stored["SSEKMSKeyId"] == world.store.key
    length = str(len(files_of(built)["built.json"]))
    assert runs["Build"]["output"]["outputVariables"] == {"LENGTH": length}
    assert runs["Approve"]["input"]["resolvedConfiguration"]["CustomData"] == length
    assert runs["Prepare"]["input"]["inputArtifacts"] == [artifact]


class TestFailures:
    def test_a_build_that_fails_is_told_and_can_be_retried(self, world):
        project = Project(world, "exit 3")
        pipeline = world.pipeline(stage("Build", project.action()), role=world.role(project.permission))
        failure = pipeline.failure("Build", "Build")
        assert failure["code"] == "JobFailed"
        assert failure["message"].startswith("Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: ")
        run = pipeline.run("Build", "Build")
        assert project.status(run["externalExecutionId"]) == "FAILED"
        assert "codebuild" in run["externalExecutionUrl"]
        pipeline.ended("Failed")
        project.does("true")
        pipeline.retry("Build")
        pipeline.ended("Succeeded")
        ids = {r["output"]["executionResult"]["externalExecutionId"] for r in pipeline.runs() if r["actionName"] == "Build"}
        assert len(ids) == 2, "each attempt has a build of its own"

    def test_a_project_that_is_not_there(self, world):
        build = action("Build", "Build", "CodeBuild", {"ProjectName": "absent"}, reads=["Code"])
        failure = world.pipeline(stage("Build", build), role=world.role(allow("codebuild:*"))).failure("Build", "Build")
        assert failure["code"] == "ConfigurationError" and "absent" in failure["message"]

    @pytest.mark.parametrize("call", ["codebuild:StartBuild", "codebuild:BatchGetBuilds"])
    def test_a_role_that_may_not(self, world, call):
        project = Project(world, "true")
        role = world.role(project.permission, {"Effect": "Deny", "Action": call, "Resource": "*"})
        failure = world.pipeline(stage("Build", project.action()), role=role).failure("Build", "Build")
        assert failure["code"] == "PermissionError"
        assert call in failure["message"] and role in failure["message"]

    def test_a_project_role_that_may_not_read_the_artifact(self, aws, world):
        project = Project(world, "true")
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject*", "Resource": "*"}]}
        aws.client("iam").put_role_policy(RoleName=project.role.rpartition("/")[2], PolicyName="deny", PolicyDocument=json.dumps(document))
        pipeline = world.pipeline(stage("Build", project.action()), role=world.role(project.permission))
        failure = pipeline.failure("Build", "Build")
        assert failure["code"] == "JobFailed" and "DOWNLOAD_SOURCE" in failure["message"]


class TestLeftBuilds:
    @pytest.fixture
    def project(self, world, gate) -> Project:
        return Project(world, gate.command)

    @pytest.fixture
    def pipeline(self, world, project):
        """Its build has started, and waits for the gate."""
        pipeline = world.pipeline(stage("Build", project.action()), stage("Last", approval()), role=world.role(project.permission))
        wait_for(lambda: pipeline.run("Build", "Build").get("externalExecutionId"), "the start of the build")
        return pipeline

    def test_a_stop_waits_for_the_build(self, pipeline, gate):
        pipeline.stop()
        assert (pipeline.status(), pipeline.stages()["Build"]) == ("Stopping", "Stopping")
        gate.open()
        pipeline.ended("Stopped")
        assert pipeline.run("Build", "Build")["status"] == "Succeeded"
        assert pipeline.stages() == {"Source": "Succeeded", "Build": "Succeeded", "Last": None}

    @pytest.mark.parametrize(
        ("leave", "status"),
        [
            (lambda pipeline: pipeline.stop(abandon=True), "Stopped"),
            (lambda pipeline: pipeline.update(lambda definition: None), "Cancelled"),
        ],
        ids=["abandoned", "updated"],
    )
    def test_a_build_that_is_left_goes_on_for_nobody(self, pipeline, project, gate, leave, status):
        build_id = pipeline.run("Build", "Build")["externalExecutionId"]
        leave(pipeline)
        assert (pipeline.status(), pipeline.stages()["Build"]) == (status, status)
        assert project.status(build_id) == "IN_PROGRESS"
        gate.open()
        wait_for(lambda: project.status(build_id) == "SUCCEEDED", "the end of the build")
        assert pipeline.run("Build", "Build")["status"] == "Abandoned"
        assert pipeline.stages()["Last"] is None

    def test_a_pipeline_can_go_while_it_builds(self, pipeline, project, gate):
        build_id = pipeline.run("Build", "Build")["externalExecutionId"]
        pipeline.client.delete_pipeline(name=pipeline.name)
        gate.open()
        wait_for(lambda: project.status(build_id) == "SUCCEEDED", "the end of the build")
