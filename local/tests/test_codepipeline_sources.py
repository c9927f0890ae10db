"""CodePipeline's sources and artifacts: what is read, what lies in the store, and who can read it there."""

import io
import zipfile

import pytest
from botocore.exceptions import ClientError
from codepipelines import SERVICE_TRUST, Store, World, action, approval, files_of, stage
from conftest import REGION, allow, unique


@pytest.fixture
def world(aws) -> World:
    return World(aws, {"a.txt": "one\n", "folder/b.txt": "two\n"})


def source_artifact(pipeline) -> dict:
    pipeline.reaches("Approve")
    [run] = [r for r in pipeline.runs() if r["actionName"] == "Source"]
    [artifact] = run["output"]["outputArtifacts"]
    return artifact["s3location"]


def test_the_commits_files_lie_in_the_store(aws, world):
    pipeline = world.pipeline(stage("Approve", approval()))
    where = source_artifact(pipeline)
    assert where["bucket"] == world.store.bucket
    folder, artifact, random = where["key"].split("/")
    assert (folder, artifact, len(random)) == (pipeline.name[:20], "Code", 7)
    stored = aws.client("s3").get_object(Bucket=where["bucket"], Key=where["key"])
    assert files_of(stored["Body"].read()) == {"a.txt": "one\n", "folder/b.txt": "two\n"}
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", world.store.key)
    found = pipeline.run("Source", "Source")
    assert found["externalExecutionId"] == world.commit
    assert found["externalExecutionUrl"].endswith(f"/repositories/{world.repository}/commit/{world.commit}")


def test_a_script_can_be_run(aws, world):
    world.codecommit.create_commit(
        repositoryName=world.repository,
        branchName="main",
        parentCommitId=world.commit,
        putFiles=[{"filePath": "run.sh", "fileMode": "EXECUTABLE", "fileContent": b"#!/bin/sh\n"}],
    )
    where = source_artifact(world.pipeline(stage("Approve", approval())))
    archive = aws.client("s3").get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in zipfile.ZipFile(io.BytesIO(archive)).infolist()}
    assert modes == {"a.txt": 0o644, "folder/b.txt": 0o644, "run.sh": 0o755}


def test_an_execution_can_be_started_for_a_commit(world):
    first = world.commit
    world.push({"a.txt": "changed\n"})
    pipeline = world.pipeline(stage("Approve", approval()))
    pipeline.answer("Approve")
    override = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": first}
    pipeline.client.start_pipeline_execution(name=pipeline.name, sourceRevisions=[override])
    pipeline.reaches("Approve")
    [revision] = pipeline.executions()[0]["sourceRevisions"]
    assert (revision["revisionId"], revision["revisionSummary"]) == (first, "Change the sales")


def test_a_commit_is_known_by_variables(world):
    described = approval(CustomData="#{Source.CommitId} of #{Source.BranchName} in #{codepipeline.PipelineExecutionId}")
    pipeline = world.pipeline(stage("Approve", described))
    pipeline.reaches("Approve")
    [waiting] = [r for r in pipeline.runs() if r["actionName"] == "Approve"]
    assert waiting["input"]["configuration"]["CustomData"].startswith("#{Source.CommitId}")
    assert waiting["input"]["resolvedConfiguration"]["CustomData"] == f"{world.commit} of main in {pipeline.execution_id()}"
    [source] = [r for r in pipeline.runs() if r["actionName"] == "Source"]
    assert source["output"]["outputVariables"]["CommitMessage"] == "Change the sales\n\nfor good"


def test_a_variable_that_nobody_made_fails_the_action(world):
    pipeline = world.pipeline(stage("Approve", approval(CustomData="#{Build.version}")))
    failure = pipeline.failure("Approve", "Approve")
    assert failure["code"] == "ConfigurationError" and "#{Build.version}" in failure["message"]


class TestFailures:
    def test_a_missing_branch(self, aws, world):
        source = action("Source", "Source", "CodeCommit", {"RepositoryName": world.repository, "BranchName": "absent"}, makes=["Code"])
        pipeline = world.pipeline(stage("Approve", approval()), source=source)
        failure = pipeline.failure("Source", "Source")
        assert failure["code"] == "ConfigurationError"
        assert "absent" in failure["message"] and world.repository in failure["message"]
        pipeline.ended("Failed")
        assert pipeline.stages() == {"Source": "Failed", "Approve": None}

    @pytest.mark.parametrize("call", ["codecommit:GetBranch", "codecommit:UploadArchive"])
    def test_a_role_that_may_not_read(self, aws, world, call):
        deny = {"Effect": "Deny", "Action": call, "Resource": "*"}
        role = world.role(deny)
        failure = world.pipeline(stage("Approve", approval()), role=role).failure("Source", "Source")
        assert failure["code"] == "PermissionError"
        assert call in failure["message"] and role in failure["message"]

    @pytest.mark.parametrize("call", ["s3:PutObject", "kms:GenerateDataKey"])
    def test_a_role_that_may_not_write_into_the_store(self, aws, world, call):
        role = world.role({"Effect": "Deny", "Action": call, "Resource": "*"})
        failure = world.pipeline(stage("Approve", approval()), role=role).failure("Source", "Source")
        assert failure["code"] == "PermissionError"
        assert call in failure["message"] and role in failure["message"]

    def test_a_store_that_is_not_there(self, world):
        absent = world.store.declared | {"location": "absent-bucket"}
        pipeline = world.pipeline(stage("Approve", approval()), artifactStores={REGION: absent}, role=world.role(allow("s3:*")))
        failure = pipeline.failure("Source", "Source")
        assert "NoSuchBucket" in failure["message"]


class TestActionRoles:
    @pytest.fixture
    def source_role(self, aws, world):
        """A role for the source action, which trusts a pipeline's role."""

        def make(pipeline_role: str) -> str:
            trust = {"Effect": "Allow", "Principal": {"AWS": pipeline_role}, "Action": "sts:AssumeRole"}
            return world.role(trust=trust)

        return make

    def test_an_action_works_with_its_own_role(self, aws, world, source_role):
        pipeline_role = aws.role(unique("pipeline"), SERVICE_TRUST, [allow("sts:AssumeRole")])
        role = source_role(pipeline_role)
        pipeline = world.pipeline(stage("Approve", approval()), role=pipeline_role, source=world.source | {"roleArn": role})
        pipeline.reaches("Approve")
        [source] = [r for r in pipeline.runs() if r["actionName"] == "Source"]
        assert source["input"]["roleArn"] == role

    def test_a_pipeline_that_may_not_assume_it_fails(self, aws, world, source_role):
        pipeline_role = aws.role(unique("pipeline"), SERVICE_TRUST, [allow("codecommit:*")])
        role = source_role(pipeline_role)
        pipeline = world.pipeline(stage("Approve", approval()), role=pipeline_role, source=world.source | {"roleArn": role})
        failure = pipeline.failure("Source", "Source")
        assert failure["code"] == "PermissionError"
        assert "sts:AssumeRole" in failure["message"] and role in failure["message"] and pipeline_role in failure["message"]

    def test_a_role_that_does_not_trust_the_pipeline_fails(self, aws, world):
        pipeline_role = world.role(allow("sts:AssumeRole"))
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = world.role(trust=trust)
        pipeline = world.pipeline(stage("Approve", approval()), role=pipeline_role, source=world.source | {"roleArn": role})
        assert pipeline.failure("Source", "Source")["code"] == "PermissionError"


@pytest.mark.parametrize("permissions", ["kms:*", "s3:*"])
def test_artifacts_are_for_who_may_use_bucket_and_key(aws, world, permissions):
    where = source_artifact(world.pipeline(stage("Approve", approval())))
    stranger = aws.client("s3", aws.session(allow(permissions)))
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.get_object(Bucket=where["bucket"], Key=where["key"])


def test_an_action_elsewhere_reads_a_copy_in_its_regions_store(aws, world):
    """The copy is made with the pipeline's role."""
    other = Store(aws, "eu-central-1")
    where = allow("cloudformation:*"), allow("iam:PassRole")
    role = world.role(*other.permissions(), *where)
    deploy = action(
        "Deploy",
        "Deploy",
        "CloudFormation",
        {"ActionMode": "CREATE_UPDATE", "StackName": unique("sales"), "TemplatePath": "Code::absent.json"},
        reads=["Code"],
        region="eu-central-1",
    )
    stores = {REGION: world.store.declared, "eu-central-1": other.declared}
    pipeline = world.pipeline(stage("Deploy", deploy), role=role, artifactStores=stores)
    assert "absent.json" in pipeline.failure("Deploy", "Deploy")["message"]
    [run] = [r for r in pipeline.runs() if r["actionName"] == "Deploy"]
    [copy] = run["input"]["inputArtifacts"]
    assert copy["s3location"]["bucket"] == other.bucket and run["input"]["region"] == "eu-central-1"
    stored = aws.client("s3", region="eu-central-1").get_object(Bucket=other.bucket, Key=copy["s3location"]["key"])
    assert files_of(stored["Body"].read()) == {"a.txt": "one\n", "folder/b.txt": "two\n"}
    assert stored["SSEKMSKeyId"] == other.key
