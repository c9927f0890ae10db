"""Projects: what is to be built, how, and with which role."""

import datetime as dt
import threading
from dataclasses import dataclass, field

from ..identity import trusts_service
from ..json_service import AwsError, now
from .buildspec import is_inline

# What a caller sets of a project, as the requests and the answers name it.
SETTINGS = (
    "description",
    "source",
    "secondarySources",
    "sourceVersion",
    "secondarySourceVersions",
    "artifacts",
    "secondaryArtifacts",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "logsConfig",
    "fileSystemLocations",
    "buildBatchConfig",
    "concurrentBuildLimit",
    "autoRetryLimit",
)


@dataclass
class Project:
    """A project of one account and region."""

    account: str
    region: str
    name: str
    settings: dict
    tags: dict[str, str]
    badge: bool = False
    created: dt.datetime = field(default_factory=now)
    modified: dt.datetime = field(default_factory=now)
    builds: int = 0

    @property
    def arn(self) -> str:
        return project_arn(self.account, self.region, self.name)

    def described(self) -> dict:
        """The project as the API answers it."""
        return self.settings | {
            "name": self.name,
            "arn": self.arn,
            "tags": [{"key": key, "value": value} for key, value in self.tags.items()],
            "created": self.created,
            "lastModified": self.modified,
            "badge": {"badgeEnabled": self.badge},
            "projectVisibility": "PRIVATE",
        }


def project_arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:codebuild:{region}:{account}:project/{name}"


class Projects:
    """All projects of all accounts and regions."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str, str], Project] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        self._by_key.clear()

    def create(self, account: str, region: str, request: dict) -> Project:
        settings = _with_defaults({name: request[name] for name in SETTINGS if name in request}, account, region)
        check(settings)
        created = Project(account, region, request["name"], settings, _tags(request), request.get("badgeEnabled", False))
        with self._lock:
            key = (account, region, created.name)
            if key in self._by_key:
                raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {created.arn}")
            self._by_key[key] = created
        return created

    def update(self, account: str, region: str, request: dict) -> Project:
        """Changes what the request names; the rest stays."""
        project = self.get(account, region, request["name"])
        settings = project.settings | {name: request[name] for name in SETTINGS if name in request}
        check(settings)
        project.settings, project.modified = settings, now()
        project.badge = request.get("badgeEnabled", project.badge)
        if "tags" in request:
            project.tags = _tags(request)
        return project

    def replace(self, account: str, region: str, request: dict) -> Project:
        """Changes a project to exactly this: what the request leaves out has its default."""
        project = self.get(account, region, request["name"])
        settings = _with_defaults({name: request[name] for name in SETTINGS if name in request}, account, region)
        check(settings)
        project.settings, project.modified, project.badge = settings, now(), request.get("badgeEnabled", False)
        return project

    def find(self, account: str, region: str, name: str) -> Project | None:
        return self._by_key.get((account, region, name))

    def get(self, account: str, region: str, name: str) -> Project:
        found = self.find(account, region, name)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Project cannot be found: {project_arn(account, region, name)}")
        return found

    def in_region(self, account: str, region: str) -> list[Project]:
        return [p for (a, r, _), p in sorted(self._by_key.items()) if (a, r) == (account, region)]

    def delete(self, account: str, region: str, name: str) -> None:
        """A project that is absent is no error."""
        self._by_key.pop((account, region, name), None)


def _with_defaults(settings: dict, account: str, region: str) -> dict:
    defaults = {
        "description": "",
        "cache": {"type": "NO_CACHE"},
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:aws:kms:{region}:{account}:alias/aws/s3",
    }
    return defaults | settings


def _tags(request: dict) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in request.get("tags", [])}


def check(settings: dict) -> None:
    """Refuses what CodeBuild refuses of a project, or of what a start makes of it."""
    source, artifacts = settings["source"], settings["artifacts"]
    if (source["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise invalid("Invalid project: source and artifacts must both be of type CODEPIPELINE, or neither")
    if source["type"] == "S3" and "/" not in source.get("location", "").removeprefix("arn:aws:s3:::"):
        raise invalid("Invalid project source: location must be a valid S3 source")
    if source["type"] == "NO_SOURCE" and not is_inline(source.get("buildspec", "")):
        raise invalid("Invalid project source: buildspec must be specified inline when source type is NO_SOURCE")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise invalid("Invalid artifacts: location must be specified for artifacts of type S3")
    for kind in ("secondarySources", "secondaryArtifacts"):
        key = "sourceIdentifier" if kind == "secondarySources" else "artifactIdentifier"
        names = [secondary.get(key) for secondary in settings.get(kind, [])]
        if None in names or len(set(names)) != len(names):
            raise invalid(f"Invalid {kind}: each must have a {key} of its own")
    role = settings["serviceRole"]
    if not trusts_service(role, "codebuild.amazonaws.com"):
        raise invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on service role: {role}")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)


PROJECTS = Projects()
