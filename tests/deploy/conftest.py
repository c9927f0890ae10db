"""A local AWS with nothing in it, and a checkout of the repository with two versions."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from guide import Reader
from localaws import process
from localplatform import deployment, functions
from localplatform.commands import ROOT
from localplatform.settings import PLATFORM_ACCOUNT, Settings

# What the guide needs of the repository.
FILES = ("infra", "statemachine.asl.json", ".gitignore")
DEPLOYER = "deployer"
AUTHOR = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> Iterator[Settings]:
    settings = Settings.apart(tmp_path_factory.mktemp("platform"))
    process.start(settings.aws)
    yield settings
    process.stop(settings.aws)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """The branch `main`, checked out and built, and the tag `next`, of whose functions one has another description."""
    directory = tmp_path_factory.mktemp("guide") / "checkout"
    for file in git(ROOT, "ls-files", *FILES).split():
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, directory / file)
    git(directory, "init", "--quiet", "--initial-branch", "main")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--message", "This version")
    template = directory / "infra/template.yaml"
    before, name, after = template.read_text().partition("FunctionName: !Sub ${Prefix}-platform-get-me\n")
    template.write_text(before + name + after.replace("Description: ", "Description: Next. ", 1))
    git(directory, "commit", "--quiet", "--all", "--message", "The next version")
    git(directory, "tag", "next")
    git(directory, "reset", "--quiet", "--hard", "HEAD~1")
    for name in functions.names():
        package = directory / "target/lambda" / name / "bootstrap.zip"
        package.parent.mkdir(parents=True)
        assert functions.package(name).exists(), f"{name} is not built: make build-functions"
        os.symlink(functions.package(name), package)
    os.symlink(ROOT / ".tools", directory / ".tools")
    return directory


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, env=os.environ | AUTHOR, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def reader(settings, checkout) -> Reader:
    """An administrator of the platform's account."""
    iam = deployment.client(settings, "iam")
    iam.create_user(UserName=DEPLOYER)
    iam.attach_user_policy(UserName=DEPLOYER, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=DEPLOYER)["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return Reader(checkout, settings.credentials(PLATFORM_ACCOUNT) | own)
