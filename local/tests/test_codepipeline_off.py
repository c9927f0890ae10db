"""A local AWS with LOCAL_AWS_PIPELINES=off: sources are read, approvals wait, nothing else runs."""

import pytest
from codepipelines import World, action, approval, stage
from conftest import LocalAws, environment_for, localaws


@pytest.fixture(scope="module")
def aws(tmp_path_factory) -> LocalAws:
    directory = tmp_path_factory.mktemp("off")
    environment = environment_for(directory) | {"LOCAL_AWS_PIPELINES": "off"}
    started = localaws("start", environment)
    assert started.returncode == 0, started.stderr
    yield LocalAws(int(environment["LOCAL_AWS_PORT"]), directory, environment)
    localaws("stop", environment)


def test_builds_and_deployments_stay_in_progress(aws):
    world = World(aws)
    build = action("Build", "Build", "CodeBuild", {"ProjectName": "absent"}, reads=["Code"])
    pipeline = world.pipeline(stage("Approve", approval()), stage("Build", build))
    pipeline.answer("Approve")
    assert "LOCAL_AWS_PIPELINES=off" in pipeline.reaches("Build", "Build")["summary"]
    assert pipeline.executions()[0]["sourceRevisions"][0]["revisionId"] == world.commit
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=world.store.bucket), "artifacts for nobody"


def test_a_source_that_may_not_be_read_fails(aws):
    world = World(aws)
    role = world.role({"Effect": "Deny", "Action": "codecommit:GetBranch", "Resource": "*"})
    assert world.pipeline(stage("Approve", approval()), role=role).failure("Source", "Source")["code"] == "PermissionError"


def test_another_value_is_refused(tmp_path):
    refused = localaws("serve", environment_for(tmp_path) | {"LOCAL_AWS_PIPELINES": "perhaps"})
    assert refused.returncode and "on or off" in refused.stderr
