"""Where the local AWS listens and keeps its files; each setting has an environment variable."""

import os
from dataclasses import dataclass
from pathlib import Path

# So that a second local AWS on another port has another one here as well.
EDGE_PORT_OFFSET = 100


@dataclass(frozen=True)
class Settings:
    """One local AWS: `LOCAL_AWS_PORT` (4566), `LOCAL_AWS_DIRECTORY` (.local/aws), `LOCAL_AWS_REGION` (eu-west-1).

    `LOCAL_AWS_PIPELINES=off` leaves all but sources and approvals of pipelines in progress: for measurements of what is around them.
    `LOCAL_AWS_EDGE_PORT` (100 above the other) is where browsers find the distribution of CloudFront.
    `LOCAL_AWS_FUNCTIONS_ENDPOINT` (this AWS itself) is where Lambda functions send their requests: something that hands them on.
    `LOCAL_AWS_BUILDS` (1) builds run at once, none at 0; `LOCAL_AWS_BUILD_CACHE` (beside the directory) keeps packages for them.
    """

    port: int
    edge_port: int
    directory: Path
    region: str
    builds: int
    build_cache: Path
    runs_pipelines: bool
    # None: this AWS itself.
    functions_through: str | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        directory = Path(os.environ.get("LOCAL_AWS_DIRECTORY", ".local/aws")).resolve()
        port = int(os.environ.get("LOCAL_AWS_PORT", "4566"))
        return cls(
            port=port,
            edge_port=int(os.environ.get("LOCAL_AWS_EDGE_PORT", port + EDGE_PORT_OFFSET)),
            directory=directory,
            region=os.environ.get("LOCAL_AWS_REGION", "eu-west-1"),
            runs_pipelines=_is_on("LOCAL_AWS_PIPELINES"),
            builds=int(os.environ.get("LOCAL_AWS_BUILDS", "1")),
            build_cache=Path(os.environ.get("LOCAL_AWS_BUILD_CACHE", directory.parent / "build-cache")).resolve(),
            functions_through=os.environ.get("LOCAL_AWS_FUNCTIONS_ENDPOINT") or None,
        )

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def endpoint_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def functions_endpoint(self) -> str:
        return self.functions_through or self.endpoint_url

    @property
    def edge_url(self) -> str:
        """Where browsers find the distribution of CloudFront: of all addresses without TLS, Cognito sends people back to localhost only."""
        return f"http://localhost:{self.edge_port}"

    @property
    def repositories(self) -> Path:
        """The bare git repositories: {account}/{region}/{name}.git below it."""
        return self.directory / "repositories"

    @property
    def build_directories(self) -> Path:
        """A directory for each build that runs."""
        return self.directory / "builds"

    @property
    def log_file(self) -> Path:
        return self.directory / "server.log"

    @property
    def pid_file(self) -> Path:
        return self.directory / "server.pid"

    def server_environment(self) -> dict[str, str]:
        """The server's environment, which Lambda functions inherit.

        Credentials and profiles of the caller stay outside: MiniStack would take `AWS_ACCESS_KEY_ID` for a root key.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "MINISTACK_", "LOCALSTACK_")) and name not in ("PERSIST_STATE", "SERVICES")
        }
        inherited.setdefault("LOG_LEVEL", "INFO")
        return inherited | {
            "AUTH": "true",
            "BIND_HOST": self.host,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": self.host,
            "MINISTACK_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "TMPDIR": str(self.directory / "tmp"),
            "LOCAL_AWS_PORT": str(self.port),
            "LOCAL_AWS_EDGE_PORT": str(self.edge_port),
            "LOCAL_AWS_DIRECTORY": str(self.directory),
            "LOCAL_AWS_REGION": self.region,
            "LOCAL_AWS_PIPELINES": "on" if self.runs_pipelines else "off",
            "LOCAL_AWS_BUILDS": str(self.builds),
            "LOCAL_AWS_BUILD_CACHE": str(self.build_cache),
            "LOCAL_AWS_FUNCTIONS_ENDPOINT": self.functions_endpoint,
        }


def _is_on(name: str) -> bool:
    value = os.environ.get(name, "on")
    if value not in ("on", "off"):
        raise SystemExit(f"{name} is {value!r}: it may be on or off.")
    return value == "on"
