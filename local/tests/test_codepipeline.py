"""CodePipeline's control plane: definitions, executions, approvals, and who starts what."""

import copy
import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, allow, unique, wait_for


def refused(code: str):
    return pytest.raises(ClientError, match=rf"\({code}\)")


def action(name: str, category: str, provider: str, configuration: dict | None = None, **options) -> dict:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration or {}, **options}


@pytest.fixture(scope="session")
def pipeline_role(aws) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return aws.role(unique("pipeline"), trust, [allow("codecommit:*")])


@pytest.fixture
def codepipeline(aws):
    return aws.client("codepipeline")


@pytest.fixture
def definition(pipeline_role, repository) -> dict:
    """Source, an approval, a build."""
    source = action(
        "Source",
        "Source",
        "CodeCommit",
        {"RepositoryName": repository, "BranchName": "main"},
        outputArtifacts=[{"name": "Code"}],
    )
    build = action("Build", "Build", "CodeBuild", {"ProjectName": "build"}, inputArtifacts=[{"name": "Code"}])
    return {
        "name": unique("sales"),
        "roleArn": pipeline_role,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Approve", "actions": [action("Approve", "Approval", "Manual")]},
            {"name": "Build", "actions": [build]},
        ],
    }


@pytest.fixture
def pipeline(codepipeline, definition, first_commit) -> str:
    codepipeline.create_pipeline(pipeline=definition)
    return definition["name"]


def statuses(codepipeline, name: str) -> list[str | None]:
    return [s.get("latestExecution", {}).get("status") for s in codepipeline.get_pipeline_state(name=name)["stageStates"]]


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
        definition["stages"] += [{"name": f"S{i}", "actions": [action("a", "Approval", "Manual")]} for i in range(48)]
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
    def test_creating_starts_one_that_reads_the_branch(self, codepipeline, pipeline, first_commit):
        assert statuses(codepipeline, pipeline) == ["Succeeded", "InProgress", None]
        execution = codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"][0]
        assert execution["trigger"]["triggerType"] == "CreatePipeline"
        assert execution["sourceRevisions"][0]["revisionId"] == first_commit
        found = codepipeline.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution["pipelineExecutionId"])
        revision = found["pipelineExecution"]["artifactRevisions"][0]
        assert (revision["name"], revision["revisionId"]) == ("Code", first_commit)

    def test_a_missing_branch_fails_the_source(self, codepipeline, definition, repository):
        codepipeline.create_pipeline(pipeline=definition)
        assert statuses(codepipeline, definition["name"]) == ["Failed", None, None]
        state = codepipeline.get_pipeline_state(name=definition["name"])["stageStates"][0]["actionStates"][0]["latestExecution"]
        assert "main" in state["errorDetails"]["message"] and repository in state["errorDetails"]["message"]

    def test_a_role_that_may_not_read_fails_the_source(self, aws, codepipeline, definition, first_commit):
        trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
        definition["roleArn"] = aws.role(unique("pipeline"), trust, [allow("codecommit:GetBranch")])
        codepipeline.create_pipeline(pipeline=definition)
        state = codepipeline.get_pipeline_state(name=definition["name"])["stageStates"][0]["actionStates"][0]["latestExecution"]
        assert state["errorDetails"]["code"] == "PermissionError" and "codecommit:GetCommit" in state["errorDetails"]["message"]

    def test_nothing_that_does_not_run_succeeds(self, codepipeline, pipeline):
        token = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][1]["actionStates"][0]["latestExecution"]["token"]
        where = {"pipelineName": pipeline, "stageName": "Approve", "actionName": "Approve"}
        with refused("InvalidApprovalTokenException"):
            codepipeline.put_approval_result(
                **where, token="0" * 8 + "-0000-0000-0000-" + "0" * 12, result={"summary": "", "status": "Approved"}
            )
        codepipeline.put_approval_result(**where, token=token, result={"summary": "good", "status": "Approved"})
        assert statuses(codepipeline, pipeline) == ["Succeeded", "Succeeded", "InProgress"]
        with refused("ApprovalAlreadyCompletedException"):
            codepipeline.put_approval_result(**where, token=token, result={"summary": "", "status": "Approved"})

    def test_a_rejection_fails(self, codepipeline, pipeline):
        token = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][1]["actionStates"][0]["latestExecution"]["token"]
        codepipeline.put_approval_result(
            pipelineName=pipeline,
            stageName="Approve",
            actionName="Approve",
            token=token,
            result={"summary": "no", "status": "Rejected"},
        )
        execution = codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"][0]
        assert execution["status"] == "Failed"

    def test_the_newest_that_waits_supersedes(self, codepipeline, pipeline):
        started = [codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"] for _ in range(2)]
        found = {
            e["pipelineExecutionId"]: e["status"]
            for e in codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]
        }
        assert [found[e] for e in started] == ["Superseded", "InProgress"]
        inbound = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][1]["inboundExecution"]
        assert inbound["pipelineExecutionId"] == started[1]

    def test_a_repeated_start_is_one_start(self, codepipeline, pipeline):
        ids = {codepipeline.start_pipeline_execution(name=pipeline, clientRequestToken="same")["pipelineExecutionId"] for _ in range(2)}
        assert len(ids) == 1

    def test_stopping(self, codepipeline, pipeline):
        first = codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
        stop = {"pipelineName": pipeline, "pipelineExecutionId": first}
        codepipeline.stop_pipeline_execution(**stop)
        assert codepipeline.get_pipeline_execution(**stop)["pipelineExecution"]["status"] == "Stopping"
        with refused("DuplicatedStopRequestException"):
            codepipeline.stop_pipeline_execution(**stop)
        waiting = codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]
        codepipeline.stop_pipeline_execution(**stop, abandon=True, reason="enough")
        assert codepipeline.get_pipeline_execution(**stop)["pipelineExecution"]["status"] == "Stopped"
        with refused("PipelineExecutionNotStoppableException"):
            codepipeline.stop_pipeline_execution(**stop)
        entered = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][1]["latestExecution"]
        assert entered == {"pipelineExecutionId": waiting, "status": "InProgress", "type": "STANDARD"}

    def test_a_disabled_transition_holds(self, codepipeline, pipeline):
        codepipeline.disable_stage_transition(pipelineName=pipeline, stageName="Build", transitionType="Inbound", reason="freeze")
        token = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][1]["actionStates"][0]["latestExecution"]["token"]
        codepipeline.put_approval_result(
            pipelineName=pipeline,
            stageName="Approve",
            actionName="Approve",
            token=token,
            result={"summary": "", "status": "Approved"},
        )
        state = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][2]
        assert not state["inboundTransitionState"]["enabled"] and "latestExecution" not in state
        codepipeline.enable_stage_transition(pipelineName=pipeline, stageName="Build", transitionType="Inbound")
        assert statuses(codepipeline, pipeline)[2] == "InProgress"


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
        started = self.executions(codepipeline, pipeline)[0]
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
