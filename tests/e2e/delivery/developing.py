"""What a pipeline's developers do: clone with handed-out credentials, change the application, push."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT
from pipelines import Platform

STACK = "ddk_app/ddk_app_stack.py"
# A line of the application's stack that stands behind everything else in it.
ANCHOR = '        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)\n'


@dataclass(frozen=True)
class Developer:
    """Somebody of the pipeline's team with a clone."""

    clone: Path
    strategy: str

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", self.clone, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"git {arguments[0]}: {done.stderr}"
        return done.stdout.strip()

    @property
    def branch(self) -> str:
        """Where a change begins: gitflow delivers the stage dev from the branch dev."""
        return "dev" if self.strategy == "gitflow" else "main"

    def begin(self) -> None:
        """Takes what others pushed."""
        self.git("switch", "--quiet", self.branch)
        self.git("pull", "--quiet", "--ff-only")

    def write(self, path: str, text: str) -> None:
        (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / path).write_text(text)

    def add_to_stack(self, code: str, imports: str = "") -> None:
        """Adds lines to the application's stack."""
        source = (self.clone / STACK).read_text()
        assert ANCHOR in source
        source = source.replace(ANCHOR, code + ANCHOR)
        self.write(STACK, source.replace("import aws_cdk as cdk\n", f"import aws_cdk as cdk\n{imports}", 1))

    def push(self, message: str) -> str:
        """Commits everything and pushes; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet", "origin", self.branch)
        return self.git("rev-parse", "HEAD")

    def promote(self) -> str:
        """Brings what dev has to where prod is delivered from; the commit that prod gets."""
        if self.strategy == "gitflow":
            self.git("switch", "--quiet", "main")
            self.git("pull", "--quiet", "--ff-only")
            self.git("merge", "--quiet", "--no-edit", "dev")
            self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")


def clone(platform: Platform, api: Api, pipeline: dict, directory: Path) -> Developer:
    """A clone with the credentials that the platform hands out, which the local AWS takes as user and password."""
    given = api.call("POST", f"/pipelines/{pipeline['id']}/credentials")
    user = quote(f"{given['AccessKeyId']}%{given['SessionToken']}", safe="")
    local = urlsplit(platform.stack["gitUrl"])
    path = local.path.format(accountId=CICD_ACCOUNT, region=platform.settings.region, repositoryName=pipeline["repositoryName"])
    host = local.netloc.rpartition("@")[2]
    url = f"{local.scheme}://{user}:{quote(given['SecretAccessKey'], safe='')}@{host}{path}"
    subprocess.run(["git", "clone", "--quiet", url, str(directory)], check=True)
    developer = Developer(directory, pipeline["strategy"])
    developer.git("config", "user.name", "Dora")
    developer.git("config", "user.email", "dora@example.com")
    return developer
