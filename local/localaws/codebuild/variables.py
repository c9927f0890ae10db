"""The variables of a build: CodeBuild's own, and those of project and specification, secrets included."""

import json
import re

from botocore.exceptions import ClientError

from .builds import Build
from .buildspec import Spec
from .credentials import BuildSession

# What CodeBuild hides in logs beside secrets. https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details.html
ACCESS_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


class VariableError(Exception):
    """A variable whose value could not be read; `code` is what the phase says."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def codebuild_variables(build: Build) -> dict[str, str]:
    """https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html"""
    settings = build.settings
    console = f"https://{build.region}.console.aws.amazon.com/codesuite/codebuild/{build.account}/projects/{build.project}"
    variables = {
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": settings["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_BUILD_URL": f"{console}/build/{build.id}",
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": settings["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.log.stream if build.log else None,
        "CODEBUILD_PROJECT_ARN": f"arn:aws:codebuild:{build.region}:{build.account}:project/{build.project}",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_source_version,
        "CODEBUILD_SOURCE_REPO_URL": settings["source"].get("location"),
        "CODEBUILD_SOURCE_VERSION": build.source_version,
        "CODEBUILD_START_TIME": str(int(build.started.timestamp() * 1000)),
    }
    return {name: value for name, value in variables.items() if value is not None}


def declared_variables(build: Build, spec: Spec, session: BuildSession) -> tuple[dict[str, str], set[str]]:
    """The variables of specification and project, and which of their values are secret. The project's win."""
    reader = _Reader(session, build.region)
    values = dict(spec.variables)
    values |= {name: reader.parameter(parameter) for name, parameter in spec.parameters.items()}
    values |= {name: reader.secret(secret) for name, secret in spec.secrets.items()}
    for variable in build.settings["environment"].get("environmentVariables", []):
        read = {"PARAMETER_STORE": reader.parameter, "SECRETS_MANAGER": reader.secret}.get(variable.get("type", "PLAINTEXT"), str)
        values[variable["name"]] = read(variable["value"])
    return values, reader.secrets


class _Reader:
    """Reads parameters and secrets with the project's role."""

    def __init__(self, session: BuildSession, region: str):
        self._session, self._region = session, region
        self.secrets: set[str] = set()

    def parameter(self, name: str) -> str:
        try:
            answer = self._session.client("ssm", self._region).get_parameters(Names=[name], WithDecryption=True)
        except ClientError as error:
            raise VariableError("Decrypted Variables Error", str(error)) from error
        if not answer["Parameters"]:
            raise VariableError("Decrypted Variables Error", f"parameter does not exist: {name}")
        return self._keep(answer["Parameters"][0]["Value"])

    def secret(self, reference: str) -> str:
        """SECRET-ID:JSON-KEY:VERSION-STAGE:VERSION-ID, of which all but the first may be missing."""
        parts = reference.split(":")
        length = 7 if reference.startswith("arn:") else 1
        secret_id, rest = ":".join(parts[:length]), [*parts[length:], "", "", ""]
        version = {"VersionStage": rest[1]} if rest[1] else {"VersionId": rest[2]} if rest[2] else {}
        try:
            client = self._session.client("secretsmanager", self._region)
            value = client.get_secret_value(SecretId=secret_id, **version).get("SecretString", "")
        except ClientError as error:
            raise VariableError("Secrets Manager Error", str(error)) from error
        if not rest[0]:
            return self._keep(value)
        try:
            found = json.loads(value)[rest[0]]
        except (ValueError, KeyError, TypeError):
            raise VariableError("Secrets Manager Error", f"the secret {secret_id} has no JSON key {rest[0]}") from None
        return self._keep(found if isinstance(found, str) else json.dumps(found))

    def _keep(self, value: str) -> str:
        if value:
            self.secrets.add(value)
        return value
