"""How executions of CodePipeline move: parallel actions, failures and retries, stops, replacements, updates."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from codepipelines import Pipeline, World, action, approval, stage
from conftest import ACCOUNT, allow, unique, wait_for

from localaws.codepipeline.actions import manual
from localaws.codepipeline.failures import ActionFailed


def refused(code: str):
    return pytest.raises(ClientError, match=rf"\({code}\)")


def failing(name: str, **options) -> dict:
    """An action that fails at once until the file `template.json` is there, and then makes a stack."""
    configuration = {"ActionMode": "CREATE_UPDATE", "StackName": unique("sales"), "TemplatePath": "Code::template.json"}
    return action(name, "Deploy", "CloudFormation", configuration, reads=["Code"], **options)


@pytest.fixture
def world(aws) -> World:
    return World(aws)


@pytest.fixture
def role(world) -> str:
    return world.role(allow("cloudformation:*"))


class TestRunOrder:
    def test_equal_ones_run_together_and_the_next_wait_for_all(self, world):
        together = stage("Approve", approval("One"), approval("Two"), approval("Three") | {"runOrder": 5})
        pipeline = world.pipeline(together)
        pipeline.reaches("Approve", "One")
        pipeline.answer("Approve", action_name="Two")
        assert pipeline.run("Approve", "One")["status"] == "InProgress" and not pipeline.run("Approve", "Three")
        pipeline.answer("Approve", action_name="One")
        assert pipeline.run("Approve", "Three")["status"] == "InProgress"
        pipeline.answer("Approve", action_name="Three")
        pipeline.ended("Succeeded")

    def test_a_stage_fails_once_all_that_run_have_ended(self, world, role):
        pipeline = world.pipeline(stage("Mixed", failing("Deploy"), approval(), approval("Later") | {"runOrder": 2}), role=role)
        pipeline.failure("Mixed", "Deploy")
        assert pipeline.status() == "InProgress"
        pipeline.answer("Mixed")
        pipeline.ended("Failed")
        assert not pipeline.run("Mixed", "Later")


class TestRetries:
    @pytest.fixture
    def failed(self, world, role) -> Pipeline:
        """Its stage Mixed has one action that succeeded and one that failed, for the template is not in the source."""
        pipeline = world.pipeline(stage("Mixed", approval(), failing("Deploy", runOrder=2)), stage("Last", approval()), role=role)
        pipeline.answer("Mixed")
        pipeline.ended("Failed")
        return pipeline

    def test_run_what_failed_again_with_the_same_source(self, failed):
        execution = failed.execution_id()
        before = failed.runs()
        assert failed.retry("Mixed") == execution
        failed.ended("Failed")
        again = failed.runs()
        assert [r["actionName"] for r in again] == ["Deploy", "Deploy", "Approve", "Source"] and again[1:] == before
        retried = failed.stage("Mixed")["retryStageMetadata"]
        assert retried == {"manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}
        latest = {"pipelineExecutionId": execution, "startTimeRange": "Latest"}
        assert [r["actionExecutionId"] for r in failed.runs(latestInPipelineExecution=latest)] == [
            r["actionExecutionId"] for r in (again[0], *again[2:])
        ]
        everything = latest | {"startTimeRange": "All"}
        assert failed.runs(latestInPipelineExecution=everything) == again

    def test_of_all_actions_begin_at_the_first(self, failed):
        failed.retry("Mixed", "ALL_ACTIONS")
        assert failed.status() == "InProgress"
        assert failed.run("Mixed", "Approve")["status"] == "InProgress" and not failed.run("Mixed", "Deploy")
        failed.answer("Mixed")
        failed.ended("Failed")

    def test_of_the_source_read_the_branch_anew(self, aws, world):
        source = action("Source", "Source", "CodeCommit", {"RepositoryName": world.repository, "BranchName": "later"}, makes=["Code"])
        pipeline = world.pipeline(stage("Approve", approval()), source=source)
        pipeline.ended("Failed")
        world.codecommit.create_branch(repositoryName=world.repository, branchName="later", commitId=world.commit)
        pipeline.retry("Source")
        pipeline.reaches("Approve")
        assert pipeline.executions()[0]["sourceRevisions"][0]["revisionId"] == world.commit

    def test_that_succeed_go_on_with_the_next_stage(self, aws, world):
        role_without = unique("pipeline")
        role = world.role(name=role_without)
        deploy = action(
            "Deploy",
            "Deploy",
            "CloudFormation",
            {"ActionMode": "DELETE_ONLY", "StackName": unique("absent")},
        )
        pipeline = world.pipeline(stage("Deploy", deploy), stage("Last", approval()), role=role)
        failure = pipeline.failure("Deploy", "Deploy")
        assert failure["code"] == "PermissionError" and "cloudformation:DescribeStacks" in failure["message"]
        pipeline.ended("Failed")
        document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]}'
        aws.client("iam").put_role_policy(RoleName=role_without, PolicyName="more", PolicyDocument=document)
        pipeline.retry("Deploy")
        pipeline.reaches("Last")
        assert pipeline.stages() == {"Source": "Succeeded", "Deploy": "Succeeded", "Last": "InProgress"}

    def test_of_a_stopped_stage_go_on(self, world):
        pipeline = world.pipeline(stage("Approve", approval("One"), approval("Two") | {"runOrder": 2}), stage("Last", approval()))
        pipeline.reaches("Approve", "One")
        pipeline.stop()
        pipeline.answer("Approve", action_name="One")
        assert (pipeline.status(), pipeline.stages()["Approve"]) == ("Stopped", "Stopped")
        pipeline.retry("Approve")
        pipeline.answer("Approve", action_name="Two")
        pipeline.reaches("Last")

    def test_are_refused_where_nothing_failed(self, failed):
        with refused("StageNotRetryableException"):
            failed.retry("Source")
        with refused("StageNotFoundException"):
            failed.retry("Absent")

    def test_are_refused_for_an_execution_that_another_has_followed(self, failed):
        old = failed.execution_id()
        failed.start()
        failed.reaches("Mixed")
        with refused("NotLatestPipelineExecutionException"):
            failed.retry("Mixed", execution_id=old)
        with refused("StageNotRetryableException"):
            failed.retry("Mixed")

    def test_are_refused_after_the_definition_has_changed(self, failed):
        failed.update(lambda definition: definition["stages"].pop())
        with refused("StageNotRetryableException"):
            failed.retry("Mixed")


class TestRollbacks:
    @pytest.fixture
    def pipeline(self, world) -> Pipeline:
        """Two executions, of two commits, have succeeded; the newer commit stands in both stages."""
        pipeline = world.pipeline(stage("Approve", approval(CustomData="#{Source.CommitId}")), stage("Last", approval()))
        for change in ("two\n", None):
            pipeline.answer("Approve")
            pipeline.answer("Last")
            pipeline.ended("Succeeded")
            if change:
                world.push({"a.txt": change})
                pipeline.start()
        return pipeline

    def roll_back(self, pipeline: Pipeline, stage_name: str, target: str) -> str:
        return pipeline.client.rollback_stage(pipelineName=pipeline.name, stageName=stage_name, targetPipelineExecutionId=target)[
            "pipelineExecutionId"
        ]

    def test_run_one_stage_with_what_an_earlier_execution_brought(self, pipeline):
        earlier = pipeline.executions()[1]
        started = self.roll_back(pipeline, "Approve", earlier["pipelineExecutionId"])
        newest = pipeline.executions()[0]
        assert newest["pipelineExecutionId"] == started
        assert (newest["executionType"], newest["trigger"]["triggerType"]) == ("ROLLBACK", "ManualRollback")
        assert newest["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": earlier["pipelineExecutionId"]}
        assert newest["sourceRevisions"] == earlier["sourceRevisions"]
        pipeline.answer("Approve")
        assert pipeline.status(started) == "Succeeded"
        [run] = pipeline.runs(pipelineExecutionId=started)
        assert run["input"]["resolvedConfiguration"]["CustomData"] == earlier["sourceRevisions"][0]["revisionId"]

    def test_are_refused_without_a_target_that_succeeded(self, pipeline):
        newest, earlier = (e["pipelineExecutionId"] for e in pipeline.executions())
        with refused("UnableToRollbackStageException"):
            self.roll_back(pipeline, "Source", earlier)
        with refused("PipelineExecutionNotFoundException"):
            self.roll_back(pipeline, "Last", "0" * 8 + "-0000-0000-0000-" + "0" * 12)
        pipeline.update(lambda definition: None)
        with refused("PipelineExecutionOutdatedException"):
            self.roll_back(pipeline, "Last", newest)


class TestUpdates:
    def test_cancel_what_is_under_way(self, world):
        pipeline = world.pipeline(stage("Approve", approval()), stage("Last", approval()))
        pipeline.reaches("Approve")
        first = pipeline.execution_id()
        second = pipeline.start()
        wait_for(lambda: pipeline.stage("Approve").get("inboundExecution"), "the second execution before the approval")
        token = pipeline.run("Approve", "Approve")["token"]
        pipeline.update(lambda definition: definition["stages"].pop())
        found = {e["pipelineExecutionId"]: e for e in pipeline.executions()}
        assert [found[e]["status"] for e in (first, second)] == ["Cancelled", "Cancelled"]
        assert "definition was updated" in found[first]["statusSummary"]
        assert pipeline.stages() == {"Source": "Succeeded", "Approve": "Cancelled"}
        assert pipeline.run("Approve", "Approve")["status"] == "Abandoned"
        with refused("ApprovalAlreadyCompletedException"):
            pipeline.client.put_approval_result(
                pipelineName=pipeline.name,
                stageName="Approve",
                actionName="Approve",
                token=token,
                result={"summary": "", "status": "Approved"},
            )
        third = pipeline.start()
        pipeline.answer("Approve")
        pipeline.ended("Succeeded", third)

    def test_leave_what_has_ended(self, world):
        pipeline = world.pipeline(stage("Approve", approval()))
        pipeline.answer("Approve")
        pipeline.ended("Succeeded")
        pipeline.update(lambda definition: definition["stages"].append(stage("Last", approval())))
        assert pipeline.status() == "Succeeded"
        assert pipeline.stages() == {"Source": "Succeeded", "Approve": "Succeeded", "Last": None}

    def test_of_the_stack_restart_what_they_cancel(self, aws, world):
        name, role = unique("sales"), world.role()
        cloudformation = aws.client("cloudformation")

        def template(*approvals: str) -> str:
            source = {
                "Name": "Source",
                "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "CodeCommit", "Version": "1"},
                "Configuration": {"RepositoryName": world.repository, "BranchName": "main"},
                "OutputArtifacts": [{"Name": "Code"}],
            }
            kind = {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"}
            actions = [{"Name": approval, "ActionTypeId": kind} for approval in approvals]
            properties = {
                "Name": name,
                "RoleArn": role,
                "RestartExecutionOnUpdate": True,
                "ArtifactStore": {"Type": "S3", "Location": world.store.bucket, "EncryptionKey": {"Id": world.store.key, "Type": "KMS"}},
                "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Approve", "Actions": actions}],
            }
            return json.dumps({"Resources": {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}})

        cloudformation.create_stack(StackName=name, TemplateBody=template("Approve"))
        pipeline = Pipeline(aws, {"name": name})
        wait_for(lambda: name in [p["name"] for p in pipeline.client.list_pipelines()["pipelines"]], "the pipeline")
        pipeline.reaches("Approve")
        first = pipeline.execution_id()
        cloudformation.update_stack(StackName=name, TemplateBody=template("Approve", "Again"))
        wait_for(lambda: len(pipeline.executions()) == 2, "the restart")
        assert pipeline.status(first) == "Cancelled"
        pipeline.reaches("Approve", "Again")
        assert pipeline.executions()[0]["trigger"]["triggerType"] == "StartPipelineExecution"


class TestHistory:
    def test_executions_that_succeeded_in_a_stage(self, world):
        pipeline = world.pipeline(stage("Approve", approval()))
        pipeline.answer("Approve")
        pipeline.ended("Succeeded")
        good = pipeline.execution_id()
        pipeline.start()
        pipeline.answer("Approve", "Rejected")
        found = pipeline.executions(filter={"succeededInStage": {"stageName": "Approve"}})
        assert [e["pipelineExecutionId"] for e in found] == [good]
        assert len(pipeline.executions(filter={"succeededInStage": {"stageName": "Source"}})) == 2

    def test_runs_of_actions_come_in_pages_newest_first(self, world):
        pipeline = world.pipeline(stage("Approve", approval()))
        pipeline.answer("Approve")
        pipeline.ended("Succeeded")
        first = pipeline.execution_id()
        pipeline.start()
        pipeline.reaches("Approve")
        page = pipeline.client.list_action_executions(pipelineName=pipeline.name, maxResults=3)
        rest = pipeline.client.list_action_executions(pipelineName=pipeline.name, nextToken=page["nextToken"])
        found = page["actionExecutionDetails"] + rest["actionExecutionDetails"]
        assert [r["actionName"] for r in found] == ["Approve", "Source"] * 2
        assert [r["pipelineExecutionId"] == first for r in found] == [False, False, True, True]
        assert pipeline.runs(pipelineExecutionId=first) == found[2:]
        assert found[2]["updatedBy"] == f"arn:aws:iam::{ACCOUNT}:root"
        with refused("PipelineExecutionNotFoundException"):
            pipeline.runs(pipelineExecutionId="0" * 8 + "-0000-0000-0000-" + "0" * 12)


class TestDeletion:
    def test_of_a_pipeline_that_runs(self, world):
        pipeline = world.pipeline(stage("Approve", approval()))
        pipeline.reaches("Approve")
        pipeline.client.delete_pipeline(name=pipeline.name)
        with refused("PipelineNotFoundException"):
            pipeline.status()


def test_what_the_local_aws_cannot_run_stays_in_progress_and_says_so(world):
    deploy = action("Deploy", "Deploy", "S3", {"BucketName": "b", "Extract": "true"}, reads=["Code"])
    pipeline = world.pipeline(stage("Deploy", deploy))
    assert "S3" in pipeline.reaches("Deploy", "Deploy")["summary"]
    assert pipeline.stop(abandon=True)
    assert pipeline.status() == "Stopped"


def test_an_approval_tells_its_topic(aws, world):
    topic = aws.client("sns").create_topic(Name=unique("approvals"))["TopicArn"]
    told = approval(NotificationArn=topic, CustomData="Look at it")
    refused_role = world.role()
    failure = world.pipeline(stage("Approve", told), role=refused_role).failure("Approve", "Approve")
    assert failure["code"] == "PermissionError" and "sns:Publish" in failure["message"] and refused_role in failure["message"]
    may = world.role(allow("sns:Publish", topic))
    world.pipeline(stage("Approve", told), role=may).answer("Approve")


@pytest.mark.parametrize(("declared", "seconds"), [({}, 7 * 24 * 3600), ({"timeoutInMinutes": 5}, 300)])
def test_an_approval_that_nobody_answers_fails_in_the_end(declared, seconds):
    """Asked of the action itself: the shortest time that CodePipeline takes is five minutes."""
    waited = []
    with pytest.raises(ActionFailed, match="nobody approved or rejected it in time"):
        manual.perform(SimpleNamespace(action=declared, configuration={}, pause=waited.append))
    assert waited == [seconds]
