"""Credentials that are handed out pull and push one repository, and do nothing else."""

import configparser
import datetime as dt
import os
import subprocess
from pathlib import Path

import botocore.session
import git_remote_codecommit
import pytest
from botocore.exceptions import ClientError
from localplatform.settings import CICD_ACCOUNT
from pipelines import Platform, definition, settled

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(scope="module")
def pipelines(alice, environments) -> tuple[dict, dict]:
    """A pipeline and another one of the same team."""
    created = [alice.call("POST", "/pipelines", definition(environments)) for _ in range(2)]
    mine, other = (settled(alice, pipeline) for pipeline in created)
    return mine, other


@pytest.fixture(scope="module")
def answer(alice, pipelines):
    return alice.request("POST", f"/pipelines/{pipelines[0]['id']}/credentials")


@pytest.fixture
def profile(alice, platform, pipelines, tmp_path, monkeypatch) -> botocore.session.Session:
    """The profile that the README tells people to write, for this pipeline, as the AWS CLI reads it."""
    block = README.read_text().split("### Clone with handed-out credentials")[1].split("```ini\n")[1].split("```")[0]
    config = tmp_path / "config"
    config.write_text(block.replace("k3j9x0ab", pipelines[0]["id"]))
    parser = configparser.RawConfigParser()
    parser.read(config)
    monkeypatch.setenv("API", platform.stack["apiUrl"])
    monkeypatch.setenv("TOKEN", alice.token())
    # Not by AWS_PROFILE, which the account's owner would work with, too.
    session = botocore.session.Session(profile=parser.sections()[0].removeprefix("profile "))
    session.set_config_variable("config_file", str(config))
    return session


def url(platform: Platform, session: botocore.session.Session, pipeline: dict, monkeypatch) -> str:
    """What git-remote-codecommit makes of the profile and `codecommit::region://repository`; the local AWS has no TLS."""
    monkeypatch.setenv("CODE_COMMIT_ENDPOINT", platform.stack["endpointUrl"].removeprefix("http://"))
    credentials = session.get_credentials().get_frozen_credentials()
    signed = git_remote_codecommit.git_url(pipeline["repositoryName"], "v1", session.get_config_variable("region"), credentials)
    return signed.replace("https://", "http://")


def git(*command: str, cwd: Path) -> subprocess.CompletedProcess:
    author = {"GIT_AUTHOR_NAME": "dev", "GIT_AUTHOR_EMAIL": "dev@example.com", "GIT_TERMINAL_PROMPT": "0"}
    committer = {"GIT_COMMITTER_NAME": "dev", "GIT_COMMITTER_EMAIL": "dev@example.com"}
    return subprocess.run(["git", *command], cwd=cwd, env=os.environ | author | committer, capture_output=True, text=True, check=False)


def test_the_answer_has_the_form_of_credential_process(answer, pipelines):
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json()
    assert set(given) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "cloneCommand"}
    assert given["Version"] == 1
    assert given["cloneCommand"] == pipelines[0]["cloneCommand"]
    left = dt.datetime.fromisoformat(given["Expiration"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=55) < left <= dt.timedelta(hours=1)


def test_the_profile_of_the_readme_clones_and_pushes(platform, pipelines, profile, tmp_path, monkeypatch):
    mine, _ = pipelines
    remote = url(platform, profile, mine, monkeypatch)
    cloned = git("clone", remote, "clone", cwd=tmp_path)
    assert cloned.returncode == 0, cloned.stderr
    clone = tmp_path / "clone"
    (clone / "NOTES.md").write_text("pushed with handed-out credentials\n")
    for command in (["add", "."], ["commit", "--message", "Take a note"], ["push", remote, "HEAD:main"]):
        done = git(*command, cwd=clone)
        assert done.returncode == 0, done.stderr
    assert platform.head(mine) == git("rev-parse", "HEAD", cwd=clone).stdout.strip()


def test_another_repository_refuses_them(platform, pipelines, profile, tmp_path, monkeypatch):
    mine, other = pipelines
    before = platform.head(other)
    refused = git("clone", url(platform, profile, other, monkeypatch), "other", cwd=tmp_path)
    assert refused.returncode != 0 and "403" in refused.stderr
    assert git("clone", url(platform, profile, mine, monkeypatch), "mine", cwd=tmp_path).returncode == 0
    refused = git("push", "--force", url(platform, profile, other, monkeypatch), "HEAD:main", cwd=tmp_path / "mine")
    assert refused.returncode != 0 and "403" in refused.stderr
    assert platform.head(other) == before


def test_every_other_call_refuses_them(platform, pipelines, profile):
    """Calls that the environment's role itself may make, on this very pipeline."""
    mine, _ = pipelines
    stack, repository, region = mine["stackName"], mine["repositoryName"], platform.settings.region
    bucket = {"Bucket": f"cdk-hnb659fds-assets-{CICD_ACCOUNT}-{region}", "Key": "dataall-pipelines/x"}
    calls = [
        ("codecommit", "get_branch", {"repositoryName": repository, "branchName": "main"}),
        ("codecommit", "get_file", {"repositoryName": repository, "filePath": "app.py"}),
        ("codecommit", "create_branch", {"repositoryName": repository, "branchName": "x", "commitId": platform.head(mine)}),
        ("cloudformation", "describe_stacks", {"StackName": stack}),
        ("cloudformation", "delete_stack", {"StackName": stack}),
        ("codepipeline", "get_pipeline_state", {"name": repository}),
        ("codepipeline", "start_pipeline_execution", {"name": repository}),
        ("ssm", "get_parameter", {"Name": "/cdk-bootstrap/hnb659fds/version"}),
        ("iam", "get_role", {"RoleName": f"cdk-hnb659fds-deploy-role-{CICD_ACCOUNT}-{region}"}),
        ("s3", "get_object", bucket),
        ("s3", "list_buckets", {}),
        ("sts", "assume_role", {"RoleArn": f"arn:aws:iam::{CICD_ACCOUNT}:role/dataall-environment-{region}", "RoleSessionName": "x2"}),
    ]
    for service, operation, arguments in calls:
        client = profile.create_client(service, region_name=region, endpoint_url=platform.stack["endpointUrl"])
        with pytest.raises(ClientError) as refused:
            getattr(client, operation)(**arguments)
        assert "AccessDenied" in refused.value.response["Error"]["Code"], (service, operation, refused.value)


def test_the_session_tells_who_asked(platform, profile):
    sts = profile.create_client("sts", region_name=platform.settings.region, endpoint_url=platform.stack["endpointUrl"])
    identity = sts.get_caller_identity()
    role = f"dataall-environment-{platform.settings.region}"
    assert identity["Arn"] == f"arn:aws:sts::{CICD_ACCOUNT}:assumed-role/{role}/dataall-alice"


def test_each_call_gives_new_ones_and_the_table_keeps_none(alice, platform, pipelines):
    """An Idempotency-Key cannot bring credentials back: they are stored nowhere."""
    path = f"/pipelines/{pipelines[0]['id']}/credentials"
    given = [alice.call("POST", path, headers={"Idempotency-Key": "the-same"}) for _ in range(2)]
    assert given[0]["SessionToken"] != given[1]["SessionToken"]
    table = platform.aws("dynamodb", platform.stack["platformAccountId"])
    rows = table.get_paginator("scan").paginate(TableName=platform.stack["tableName"])
    stored = str([page["Items"] for page in rows])
    log = platform.settings.aws.log_file.read_text(errors="replace")
    for credentials in given:
        for secret in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            assert credentials[secret] not in stored
        assert credentials["SecretAccessKey"] not in log
    assert "/credentials" not in stored


def test_only_those_who_may_change_the_pipeline_get_them(bob, admin, pipelines):
    path = f"/pipelines/{pipelines[0]['id']}/credentials"
    assert bob.request("POST", path).status_code == 404
    assert admin.request("POST", path).status_code == 200


def test_a_malformed_request_gets_none(alice, pipelines):
    path = f"/pipelines/{pipelines[0]['id']}/credentials"
    for options in ({"body": {"durationSeconds": 1}}, {"params": {"x": "1"}}, {"headers": {"Idempotency-Key": "k" * 256}}):
        refused = alice.request("POST", path, **options)
        assert refused.status_code == 400, options
        assert "AccessKeyId" not in refused.text


def test_a_repository_of_somebody_else_is_not_handed_out(alice, admin, platform, environments):
    """Of the pipeline's name, but without the tag that the platform sets when it makes one."""
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    codecommit.delete_repository(repositoryName=name)
    refused = alice.request("POST", f"/pipelines/{pipeline['id']}/credentials")
    assert refused.status_code == 409 and "is not there" in refused.json()["detail"]
    codecommit.create_repository(repositoryName=name)
    refused = alice.request("POST", f"/pipelines/{pipeline['id']}/credentials")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:dataall:problem:RepositoryNotOurs"
    assert alice.request("GET", f"/pipelines/{pipeline['id']}/files").status_code == 409
    codecommit.delete_repository(repositoryName=name)
