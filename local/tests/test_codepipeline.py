"""CodePipeline's definitions, and who starts, stops and answers executions."""

import copy
import json

import pytest
from botocore.exceptions import ClientError
from codepipelines import SERVICE_TRUST, Pipeline, Store, action, approval
from conftest import ACCOUNT, REGION, allow, unique, wait_for


def refused(code: str):
    return pytest.raises(ClientError, match=rf"\({code}\)")


@pytest.fixture(scope="session")
def store(aws) -> Store:
    return Store(aws)


@pytest.fixture(scope="session")
def pipeline_role(aws, store) -> str:
    return aws.role(unique("pipeline"), SERVICE_TRUST, [allow("codecommit:*"), *store.permissions()])


@pytest.fixture
def codepipeline(aws):
    return aws.client("codepipeline")


@pytest.fixture
def definition(pipeline_role, store, repository) -> dict:
    """Source, an approval, a build."""
    source = action("Source", "Source", "CodeCommit", {"RepositoryName": repository, "BranchName": "main"}, makes=["Code"])
    build = action("Build", "Build", "CodeBuild", {"ProjectName": "build"}, reads=["Code"])
    return {
        "name": unique("sales"),
        "roleArn": pipeline_role,
        "artifactStore": store.declared,
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Approve", "actions": [approval()]},
            {"name": "Build", "actions": [build]},
        ],
    }


@pytest.fixture
def running(aws, codepipeline, definition, first_commit) -> Pipeline:
    """A pipeline whose first execution waits for its approval."""
    codepipeline.create_pipeline(pipeline=definition)
    started = Pipeline(aws, definition)
    started.reaches("Approve")
    return started


@pytest.fixture
def pipeline(running) -> str:
    return running.name


class TestDefinitions:
    def test_are_answered_with_defaults_and_versions(self, codepipeline, pipeline, definition):
        found = codepipeline.get_pipeline(name=pipeline)
        assert found["metadata"]["pipelineArn"] == f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{pipeline}"
        assert (
            found["pipeline"]["version"],
            found["pipeline"]["pipelineType"],
            found["pipeline"]["executionMode"],
        ) == (1, "V2", "SUPERSEDED")
        definition["stages"].pop(1)
        assert codepipeline.update_pipeline(pipeline=definition)["pipeline"]["version"] == 2
        assert [s["stageName"] for s in codepipeline.get_pipeline_state(name=pipeline)["stageStates"]] == [
            "Source",
            "Build",
        ]
        assert pipeline in [p["name"] for p in codepipeline.list_pipelines()["pipelines"]]

    def test_go_and_an_absent_one_is_no_error(self, codepipeline, pipeline):
        codepipeline.delete_pipeline(name=pipeline)
        codepipeline.delete_pipeline(name=pipeline)
        with refused("PipelineNotFoundException"):
            codepipeline.get_pipeline(name=pipeline)

    def test_names_are_unique(self, codepipeline, pipeline, definition):
        with refused("PipelineNameInUseException"):
            codepipeline.create_pipeline(pipeline=definition)

    def test_tags_come_and_go(self, codepipeline, definition):
        codepipeline.create_pipeline(pipeline=definition, tags=[{"key": "team", "value": "research"}])
        arn = codepipeline.get_pipeline(name=definition["name"])["metadata"]["pipelineArn"]
        codepipeline.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
        codepipeline.untag_resource(resourceArn=arn, tagKeys=["team"])
        assert codepipeline.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
        with refused("ResourceNotFoundException"):
            codepipeline.list_tags_for_resource(resourceArn=f"{arn}-absent")

    def change(path: str, value):  # noqa: N805 - a helper of the table below
        def apply(definition: dict) -> None:
            *way, last = path.split(".")
            target = definition
            for step in way:
                target = target[int(step) if step.isdigit() else step]
            if value is None:
                del target[int(last) if last.isdigit() else last]
            else:
                target[int(last) if last.isdigit() else last] = value

        return apply

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (change("name", "with space"), "ValidationException"),
            (change("stages.0.name", "x" * 101), "ValidationException"),
            (change("artifactStore", None), "InvalidStructureException"),
            (change("roleArn", "arn:aws:iam::111111111111:role/absent"), "InvalidStructureException"),
            (change("stages", []), "InvalidStructureException"),
            (change("stages.2.name", "Approve"), "InvalidStructureException"),
            (change("stages.2.actions", []), "InvalidStructureException"),
            (change("stages.0.actions.0.actionTypeId.category", "Build"), "InvalidStructureException"),
            (change("stages.2.actions.0.inputArtifacts.0.name", "Unknown"), "InvalidStructureException"),
            (change("stages.2.actions.0.region", "us-east-1"), "InvalidStructureException"),
            (change("stages.0.actions.0.configuration.BranchName", None), "InvalidActionDeclarationException"),
            (change("stages.0.actions.0.actionTypeId.provider", "Subversion"), "InvalidActionDeclarationException"),
            (change("stages.0.actions.0.outputArtifacts", []), "InvalidActionDeclarationException"),
        ],
    )
    def test_refuses(self, codepipeline, definition, change, code):
        change(definition)
        with refused(code):
            codepipeline.create_pipeline(pipeline=definition)

    def test_refuses_more_than_fifty_stages(self, codepipeline, definition):
        definition["stages"] += [{"name": f"S{i}", "actions": [approval()]} for i in range(48)]
        with refused("InvalidStructureException"):
            codepipeline.create_pipeline(pipeline=definition)
        definition["stages"].pop()
        codepipeline.create_pipeline(pipeline=definition)

    def test_a_store_for_each_region(self, codepipeline, definition):
        definition["stages"][2]["actions"][0]["region"] = "us-east-1"
        definition["artifactStores"] = dict.fromkeys((REGION, "us-east-1"), definition["artifactStore"])
        del definition["artifactStore"]
        codepipeline.create_pipeline(pipeline=definition)


class TestExecutions:
    def test_creating_starts_one_that_reads_the_branch(self, codepipeline, running, first_commit):
        assert running.stages() == {"Source": "Succeeded", "Approve": "InProgress", "Build": None}
        [execution] = running.executions()
        assert execution["trigger"]["triggerType"] == "CreatePipeline"
        assert execution["sourceRevisions"][0]["revisionId"] == first_commit
        found = codepipeline.get_pipeline_execution(pipelineName=running.name, pipelineExecutionId=execution["pipelineExecutionId"])
        revision = found["pipelineExecution"]["artifactRevisions"][0]
        assert (revision["name"], revision["revisionId"]) == ("Code", first_commit)

    def test_an_approval_needs_its_token_and_is_answered_once(self, codepipeline, running):
        token = running.run("Approve", "Approve")["token"]
        where = {"pipelineName": running.name, "stageName": "Approve", "actionName": "Approve"}
        with refused("InvalidApprovalTokenException"):
            codepipeline.put_approval_result(
                **where, token="0" * 8 + "-0000-0000-0000-" + "0" * 12, result={"summary": "", "status": "Approved"}
            )
        codepipeline.put_approval_result(**where, token=token, result={"summary": "good", "status": "Approved"})
        answered = running.run("Approve", "Approve")
        assert (answered["status"], answered["summary"], answered["lastUpdatedBy"]) == ("Succeeded", "good", f"arn:aws:iam::{ACCOUNT}:root")
        with refused("ApprovalAlreadyCompletedException"):
            codepipeline.put_approval_result(**where, token=token, result={"summary": "", "status": "Approved"})

    def test_a_rejection_fails(self, running):
        running.answer("Approve", "Rejected")
        running.ended("Failed")
        assert running.stages() == {"Source": "Succeeded", "Approve": "Failed", "Build": None}

    def test_the_newest_that_waits_supersedes(self, running):
        started = [running.start() for _ in range(2)]
        wait_for(lambda: running.stage("Approve").get("inboundExecution", {}).get("pipelineExecutionId") == started[1], "its arrival")
        assert [running.status(e) for e in started] == ["Superseded", "InProgress"]

    def test_a_repeated_start_is_one_start(self, codepipeline, pipeline):
        ids = {codepipeline.start_pipeline_execution(name=pipeline, clientRequestToken="same")["pipelineExecutionId"] for _ in range(2)}
        assert len(ids) == 1

    def test_stopping_waits_for_what_runs_unless_that_is_abandoned(self, codepipeline, running):
        first = running.stop()
        assert running.status() == "Stopping" and running.stages()["Approve"] == "Stopping"
        with refused("DuplicatedStopRequestException"):
            running.stop()
        waiting = running.start()
        wait_for(lambda: running.stage("Approve").get("inboundExecution"), "the next execution before the approval")
        stop = {"pipelineName": running.name, "pipelineExecutionId": first}
        codepipeline.stop_pipeline_execution(**stop, abandon=True, reason="enough")
        assert running.status(first) == "Stopped"
        with refused("PipelineExecutionNotStoppableException"):
            codepipeline.stop_pipeline_execution(**stop)
        entered = running.stage("Approve")["latestExecution"]
        assert entered == {"pipelineExecutionId": waiting, "status": "InProgress", "type": "STANDARD"}
        [abandoned] = [r for r in running.runs(pipelineExecutionId=first) if r["actionName"] == "Approve"]
        assert abandoned["status"] == "Abandoned"

    def test_stopping_ends_once_what_runs_has_ended(self, running):
        first = running.stop()
        running.answer("Approve")
        assert running.status(first) == "Stopped"
        assert running.stages() == {"Source": "Succeeded", "Approve": "Succeeded", "Build": None}

    def test_a_disabled_transition_holds(self, codepipeline, running):
        codepipeline.disable_stage_transition(pipelineName=running.name, stageName="Build", transitionType="Inbound", reason="freeze")
        running.answer("Approve")
        state = running.stage("Build")
        assert not state["inboundTransitionState"]["enabled"] and "latestExecution" not in state
        codepipeline.enable_stage_transition(pipelineName=running.name, stageName="Build", transitionType="Inbound")
        assert running.run("Build", "Build")


class TestTriggers:
    @pytest.fixture
    def rule(self, aws, codecommit, codepipeline, pipeline, repository):
        """A rule that starts the pipeline with a role of its own; the role's permissions are the test's."""

        def make(*permissions: dict) -> None:
            arn = codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]["Arn"]
            pattern = {"source": ["aws.codecommit"], "resources": [arn], "detail": {"referenceName": ["main"]}}
            trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
            role = aws.role(unique("events"), trust, list(permissions))
            events = aws.client("events")
            events.put_rule(Name=pipeline, EventPattern=json.dumps(pattern))
            target = codepipeline.get_pipeline(name=pipeline)["metadata"]["pipelineArn"]
            events.put_targets(Rule=pipeline, Targets=[{"Id": "pipeline", "Arn": target, "RoleArn": role}])

        return make

    def executions(self, codepipeline, pipeline) -> list[dict]:
        return codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]

    def commit(self, codecommit, repository, first_commit) -> str:
        return codecommit.put_file(
            repositoryName=repository, branchName="main", parentCommitId=first_commit, filePath="x", fileContent=b"x"
        )["commitId"]

    def test_a_commit_starts_the_pipeline(self, codecommit, codepipeline, pipeline, repository, first_commit, rule):
        rule(allow("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{pipeline}"))
        commit = self.commit(codecommit, repository, first_commit)
        wait_for(lambda: len(self.executions(codepipeline, pipeline)) == 2, "the second execution")
        started = wait_for(lambda: (newest := self.executions(codepipeline, pipeline)[0])["sourceRevisions"] and newest, "its source")
        assert started["trigger"]["triggerType"] == "CloudWatchEvent"
        assert started["sourceRevisions"][0]["revisionId"] == commit

    def test_a_rule_without_the_permission_starts_nothing(self, aws, codecommit, codepipeline, pipeline, repository, first_commit, rule):
        rule(allow("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:another"))
        self.commit(codecommit, repository, first_commit)
        denial = f"may not start arn:aws:codepipeline:{REGION}:{ACCOUNT}:{pipeline}"
        wait_for(lambda: denial in (aws.directory / "server.log").read_text(), "the refusal in the log")
        assert len(self.executions(codepipeline, pipeline)) == 1


class TestPermissions:
    def test_a_policy_on_the_pipeline_decides(self, aws, pipeline):
        arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{pipeline}"
        session = aws.client(
            "codepipeline",
            aws.session(allow(["codepipeline:GetPipelineState", "codepipeline:ListPipelineExecutions"], arn)),
        )
        session.get_pipeline_state(name=pipeline)
        session.list_pipeline_executions(pipelineName=pipeline)
        for call in (
            lambda: session.start_pipeline_execution(name=pipeline),
            lambda: session.get_pipeline_state(name="another"),
        ):
            with refused("AccessDeniedException"):
                call()

    def test_creating_passes_a_role(self, aws, definition, first_commit):
        with_role = allow("iam:PassRole", definition["roleArn"], StringEquals={"iam:PassedToService": "codepipeline.amazonaws.com"})
        may = aws.client("codepipeline", aws.session(allow("codepipeline:*"), with_role))
        may_not = aws.client("codepipeline", aws.session(allow("codepipeline:*")))
        with refused("AccessDeniedException"):
            may_not.create_pipeline(pipeline=copy.deepcopy(definition))
        may.create_pipeline(pipeline=definition)
