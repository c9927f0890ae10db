"""git itself against the local AWS: clone, push, and who may."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import git_remote_codecommit
import pytest
from botocore.credentials import Credentials
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, Queue, allow, wait_for

ROOT = {"AccessKeyId": ACCOUNT, "SecretAccessKey": "test", "SessionToken": None}


def git(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    settings = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
    }
    settings |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}
    return subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env=os.environ | settings | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def url(aws, repository: str, credentials: dict = ROOT, account: str = ACCOUNT) -> str:
    token = credentials["SessionToken"]
    user = quote(credentials["AccessKeyId"] + (f"%{token}" if token else ""), safe="")
    secret = quote(credentials["SecretAccessKey"], safe="")
    return f"http://{user}:{secret}@127.0.0.1:{aws.port}/git/{account}/{REGION}/{repository}"


def commit_and_push(clone: Path, branch: str = "main", **environment: str) -> subprocess.CompletedProcess:
    (clone / "pushed.txt").write_text("pushed\n")
    git("add", ".", cwd=clone)
    git("commit", "-m", "Push", cwd=clone)
    return git("push", "origin", f"HEAD:refs/heads/{branch}", cwd=clone, **environment)


def test_clones_and_pushes(aws, codecommit, repository, first_commit, tmp_path):
    cloned = git("clone", url(aws, repository), "clone", cwd=tmp_path)
    assert cloned.returncode == 0, cloned.stderr
    clone = tmp_path / "clone"
    assert (clone / "folder/b.txt").read_text() == "two\n"
    pushed = commit_and_push(clone)
    assert pushed.returncode == 0, pushed.stderr
    assert codecommit.get_file(repositoryName=repository, filePath="pushed.txt")["fileContent"] == b"pushed\n"
    head = git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    made = codecommit.put_file(repositoryName=repository, branchName="main", parentCommitId=head, filePath="api.txt", fileContent=b"api")
    assert git("pull", cwd=clone).returncode == 0
    assert git("rev-parse", "HEAD", cwd=clone).stdout.strip() == made["commitId"]


def test_the_first_push_makes_the_default_branch(aws, codecommit, repository, tmp_path):
    git("init", "-b", "trunk", ".", cwd=tmp_path)
    git("remote", "add", "origin", url(aws, repository), cwd=tmp_path)
    assert commit_and_push(tmp_path, "trunk").returncode == 0
    assert codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]["defaultBranch"] == "trunk"


def test_a_stale_push_is_rejected(aws, codecommit, repository, first_commit, tmp_path):
    git("clone", url(aws, repository), "clone", cwd=tmp_path)
    codecommit.put_file(repositoryName=repository, branchName="main", parentCommitId=first_commit, filePath="x", fileContent=b"x")
    rejected = commit_and_push(tmp_path / "clone")
    assert rejected.returncode != 0 and "rejected" in rejected.stderr


def test_a_large_push_and_compressed_requests_arrive(aws, repository, first_commit, tmp_path):
    git("clone", url(aws, repository), "clone", cwd=tmp_path)
    clone = tmp_path / "clone"
    (clone / "large.bin").write_bytes(os.urandom(3 * 1024 * 1024))
    for number in range(150):
        git("branch", f"branch-{number}", cwd=clone)
    git("add", ".", cwd=clone)
    git("commit", "-m", "Large", cwd=clone)
    assert git("push", "--all", "origin", cwd=clone).returncode == 0
    assert git("clone", url(aws, repository), "again", cwd=tmp_path).returncode == 0
    assert git("fetch", "--all", cwd=tmp_path / "again").returncode == 0
    assert (tmp_path / "again/large.bin").read_bytes() == (clone / "large.bin").read_bytes()


def test_what_git_remote_codecommit_signs_is_good(aws, repository, first_commit, tmp_path, monkeypatch):
    """The URL is the helper's own; only its scheme, always https, is not the local AWS's."""
    monkeypatch.setenv("CODE_COMMIT_ENDPOINT", f"127.0.0.1:{aws.port}")
    session = aws.session(allow(["codecommit:GitPull", "codecommit:GitPush"], f"arn:aws:codecommit:*:*:{repository}"))

    def signed_url(secret: str, region: str = REGION) -> str:
        credentials = Credentials(session["AccessKeyId"], secret, session["SessionToken"])
        return git_remote_codecommit.git_url(repository, "v1", region, credentials).replace("https://", "http://")

    cloned = git("clone", signed_url(session["SecretAccessKey"]), "clone", cwd=tmp_path)
    assert cloned.returncode == 0, cloned.stderr
    pushed = commit_and_push(tmp_path / "clone")
    assert pushed.returncode == 0, pushed.stderr
    for bad in (signed_url("wrong"), signed_url(session["SecretAccessKey"], region="us-east-1")):
        refused = git("ls-remote", bad, cwd=tmp_path)
        assert refused.returncode != 0 and first_commit not in refused.stdout


@pytest.mark.parametrize(
    ("user", "password"),
    [(ACCOUNT, "wrong"), ("AKIAUNKNOWN", "test"), (OTHER_ACCOUNT, "test"), (f"{ACCOUNT}%token", "test")],
)
def test_refuses_credentials_that_are_not_the_accounts(aws, repository, first_commit, tmp_path, user, password):
    credentials = {"AccessKeyId": user, "SecretAccessKey": password, "SessionToken": None}
    refused = git("ls-remote", url(aws, repository, credentials), cwd=tmp_path)
    assert refused.returncode != 0 and first_commit not in refused.stdout


def test_refuses_without_credentials(aws, repository, first_commit, tmp_path):
    refused = git("ls-remote", f"http://127.0.0.1:{aws.port}/git/{ACCOUNT}/{REGION}/{repository}", cwd=tmp_path)
    assert refused.returncode != 0 and first_commit not in refused.stdout


def test_iam_decides_about_pulling_and_pushing(aws, codecommit, repository, first_commit, tmp_path):
    arn = f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}"
    reader = aws.session(allow("codecommit:GitPull", arn))
    assert git("clone", url(aws, repository, reader), "clone", cwd=tmp_path).returncode == 0
    refused = commit_and_push(tmp_path / "clone")
    assert refused.returncode != 0 and "403" in refused.stderr
    assert codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"] == first_commit
    stranger = aws.session(allow("codecommit:*", "arn:aws:codecommit:*:*:another"))
    assert "403" in git("ls-remote", url(aws, repository, stranger), cwd=tmp_path).stderr


def test_a_session_policy_narrows_git_to_one_repository(aws, codecommit, repository, first_commit, tmp_path):
    arn = f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}"
    codecommit.create_repository(repositoryName=f"{repository}-2")
    policy = {"Version": "2012-10-17", "Statement": [allow(["codecommit:GitPull", "codecommit:GitPush"], arn)]}
    session = aws.session(allow("codecommit:*"), Policy=json.dumps(policy))
    assert git("clone", url(aws, repository, session), "clone", cwd=tmp_path).returncode == 0
    assert commit_and_push(tmp_path / "clone").returncode == 0
    assert "403" in git("ls-remote", url(aws, f"{repository}-2", session), cwd=tmp_path).stderr


def test_a_branch_can_be_protected(aws, repository, first_commit, tmp_path):
    protect = {"Effect": "Deny", "Action": "codecommit:GitPush", "Resource": "*"}
    protect["Condition"] = {
        "StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]},
        "Null": {"codecommit:References": "false"},
    }
    session = aws.session(allow("codecommit:*"), protect)
    assert git("clone", url(aws, repository, session), "clone", cwd=tmp_path).returncode == 0
    assert "403" in commit_and_push(tmp_path / "clone").stderr
    assert git("push", "origin", "HEAD:refs/heads/dev", cwd=tmp_path / "clone").returncode == 0


def test_changes_become_events(aws, codecommit, repository, tmp_path):
    events, queue = aws.client("events"), Queue(aws)
    arn = codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]["Arn"]
    pattern = {"source": ["aws.codecommit"], "resources": [arn], "detail-type": ["CodeCommit Repository State Change"]}
    queue.let_in(events.put_rule(Name=repository, EventPattern=json.dumps(pattern))["RuleArn"])
    events.put_targets(Rule=repository, Targets=[{"Id": "queue", "Arn": queue.arn}])

    commit = codecommit.create_commit(repositoryName=repository, branchName="main", putFiles=[{"filePath": "a", "fileContent": b"a"}])
    git("clone", url(aws, repository), "clone", cwd=tmp_path)
    commit_and_push(tmp_path / "clone")
    git("push", "origin", "HEAD:refs/heads/dev", cwd=tmp_path / "clone")
    codecommit.delete_branch(repositoryName=repository, branchName="dev")

    received: list[dict] = []

    def all_received() -> bool:
        received.extend(json.loads(message["Body"]) for message in queue.messages())
        return len(received) >= 4

    wait_for(all_received, "four events")
    assert {e["account"] for e in received} == {ACCOUNT}
    changes = {(e["detail"]["event"], e["detail"]["referenceName"]) for e in received}
    assert changes == {
        ("referenceCreated", "main"),
        ("referenceUpdated", "main"),
        ("referenceCreated", "dev"),
        ("referenceDeleted", "dev"),
    }
    updated = next(e["detail"] for e in received if e["detail"]["event"] == "referenceUpdated")
    assert updated["oldCommitId"] == commit["commitId"]
    assert updated["referenceFullName"] == "refs/heads/main"
