"""Where the platform on this machine runs and keeps its files; each setting has an environment variable."""

import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path

from localaws.settings import Settings as LocalAws

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"

PLATFORM_ACCOUNT = "000000000000"
CICD_ACCOUNT = "111111111111"
DEV_ACCOUNT = "222222222222"
PROD_ACCOUNT = "333333333333"


@dataclass(frozen=True)
class Settings:
    """One platform: `LOCAL_DIRECTORY` (.local), `LOCAL_AWS_PORT` (4566), `FUNCTIONS_PROFILE` (dev)."""

    directory: Path
    aws: LocalAws
    functions_profile: str

    @classmethod
    def from_environment(cls) -> "Settings":
        directory = Path(os.environ.get("LOCAL_DIRECTORY", ROOT / ".local")).resolve()
        os.environ.setdefault("LOCAL_AWS_DIRECTORY", str(directory / "aws"))
        return cls(directory, LocalAws.from_environment(), os.environ.get("FUNCTIONS_PROFILE", "dev"))

    @classmethod
    def apart(cls, directory: Path, *, runs_pipelines: bool = False) -> "Settings":
        """A platform beside that of `make up`: on a free port, with a directory of its own. Its pipelines build nothing unless asked to."""
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            port, edge_port = one.getsockname()[1], other.getsockname()[1]
        aws = replace(
            LocalAws.from_environment(), port=port, edge_port=edge_port, directory=directory / "aws", runs_pipelines=runs_pipelines
        )
        return cls(directory, aws, os.environ.get("FUNCTIONS_PROFILE", "dev"))

    @property
    def region(self) -> str:
        return self.aws.region

    @property
    def endpoint_url(self) -> str:
        return self.aws.endpoint_url

    @property
    def stack_file(self) -> Path:
        """What runs and how to reach it, for clients and tests; there while it runs."""
        return self.directory / "stack.json"

    @property
    def git_url(self) -> str:
        """A template with {accountId}, {region} and {repositoryName} that git can clone from and push to."""
        return f"http://{{accountId}}:test@{self.aws.host}:{self.aws.port}/git/{{accountId}}/{{region}}/{{repositoryName}}"

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def credentials(self, account: str) -> dict[str, str]:
        """Environment variables of an account's root: the local AWS takes the account's number for its access key."""
        return {
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
        }
