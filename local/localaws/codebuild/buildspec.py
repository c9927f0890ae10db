"""Build specifications, version 0.2: what a build does, in YAML or JSON.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import os
from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
# The settings that are taken; `cache` and `reports` are read and not used.
_SETTINGS = {"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"}
_ENV_SETTINGS = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
_PHASE_SETTINGS = {"run-as", "on-failure", "runtime-versions", "commands", "steps", "finally"}
_ARTIFACT_SETTINGS = {
    "files",
    "name",
    "discard-paths",
    "base-directory",
    "exclude-paths",
    "enable-symlinks",
    "s3-prefix",
    "secondary-artifacts",
}
_SHELLS = {"sh": "/bin/sh", "/bin/sh": "/bin/sh", "bash": "/bin/bash", "/bin/bash": "/bin/bash"}


class SpecError(Exception):
    """A build specification that a build cannot follow."""


@dataclass(frozen=True)
class Phase:
    """What one phase runs. `on_failure` is ABORT, CONTINUE or none."""

    commands: tuple[str, ...] = ()
    finally_commands: tuple[str, ...] = ()
    on_failure: str | None = None


@dataclass(frozen=True)
class Files:
    """Which files make an artifact."""

    patterns: tuple[str, ...]
    name: str | None = None
    base_directory: str | None = None
    discard_paths: bool = False
    exclude: tuple[str, ...] = ()
    follow_links: bool = True


@dataclass(frozen=True)
class Spec:
    """A build specification."""

    phases: dict[str, Phase]
    runtimes: dict[str, str] = field(default_factory=dict)
    shell: str = "/bin/sh"
    variables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: Files | None = None
    secondary_artifacts: dict[str, Files] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """YAML in which scalars keep their text: version 3.10 is no number, `yes` no truth."""


_Loader.yaml_implicit_resolvers = {}


def is_inline(text: str) -> bool:
    """Whether a project's `buildspec` is a specification, and not the place of a file."""
    return "\n" in text.strip() or text.lstrip().startswith("{") or text.strip().startswith("version:")


def parse(text: str) -> Spec:
    """Reads a specification; says as the service does what is wrong with it."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader of our own
    except yaml.YAMLError as error:
        raise SpecError(str(error).replace("\n", " ")) from None
    if not isinstance(document, dict):
        raise SpecError("wrong number of container tags, expected 1")
    if "version" not in document:
        raise SpecError("Missing version in buildspec")
    if document["version"] != "0.2":
        raise SpecError(f"invalid buildspec version: the local AWS knows 0.2, not {document['version']}")
    _check_keys(document, _SETTINGS, "the buildspec")
    for unsupported in ("run-as", "proxy", "batch"):
        if unsupported in document:
            raise SpecError(f"The local AWS does not offer {unsupported} of a buildspec.")
    env = _mapping(document, "env", "env")
    _check_keys(env, _ENV_SETTINGS, "env")
    phases = _mapping(document, "phases", "phases")
    _check_keys(phases, set(PHASES), "phases")
    artifacts = _mapping(document, "artifacts", "artifacts")
    _check_keys(artifacts, _ARTIFACT_SETTINGS, "artifacts")
    secondary = _mapping(artifacts, "secondary-artifacts", "secondary-artifacts")
    return Spec(
        phases={name: _phase(name, _mapping(phases, name, name)) for name in PHASES if name in phases},
        runtimes=_texts(_mapping(phases, "install", "install"), "runtime-versions"),
        shell=_shell(env.get("shell", "sh")),
        variables=_texts(env, "variables"),
        parameters=_texts(env, "parameter-store"),
        secrets=_texts(env, "secrets-manager"),
        exported=_list(env, "exported-variables"),
        artifacts=_files(artifacts, "artifacts") if "files" in artifacts else None,
        secondary_artifacts={name: _files(_mapping(secondary, name, name), name) for name in secondary},
    )


def _phase(name: str, phase: dict) -> Phase:
    _check_keys(phase, _PHASE_SETTINGS, name)
    for unsupported in ("run-as", "steps"):
        if unsupported in phase:
            raise SpecError(f"The local AWS does not offer {unsupported} of a phase.")
    if "runtime-versions" in phase and name != "install":
        raise SpecError("runtime-versions is allowed in the install phase only")
    on_failure = phase.get("on-failure")
    if on_failure not in (None, "ABORT", "CONTINUE"):
        raise SpecError(f"The local AWS knows on-failure ABORT and CONTINUE, not {on_failure}")
    return Phase(_list(phase, "commands"), _list(phase, "finally"), on_failure)


def _files(artifact: dict, name: str) -> Files:
    _check_keys(artifact, _ARTIFACT_SETTINGS, name)
    if not _list(artifact, "files"):
        raise SpecError(f"{name} must name files")
    if "s3-prefix" in artifact:
        raise SpecError("The local AWS does not offer s3-prefix of an artifact.")
    return Files(
        patterns=_list(artifact, "files"),
        name=artifact.get("name"),
        base_directory=artifact.get("base-directory"),
        discard_paths=_truth(artifact.get("discard-paths")),
        exclude=_list(artifact, "exclude-paths"),
        follow_links=not _truth(artifact.get("enable-symlinks")),
    )


def _shell(name: str) -> str:
    program = _SHELLS.get(name)
    if program is None or not os.access(program, os.X_OK):
        raise SpecError(f"The local AWS has no shell {name}.")
    return program


def _mapping(of: dict, key: str, name: str) -> dict[str, Any]:
    value = of.get(key)
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise SpecError(f"Expected {name} to be a map: found {type(value).__name__}")
    return value


def _texts(of: dict, key: str) -> dict[str, str]:
    found = _mapping(of, key, key)
    if wrong := [name for name, value in found.items() if not isinstance(value, str)]:
        raise SpecError(f"Expected {key}/{wrong[0]} to be of string type")
    return found


def _list(of: dict, key: str) -> tuple[str, ...]:
    value = of.get(key)
    if value in (None, ""):
        return ()
    items = value if isinstance(value, list) else [value]
    for number, item in enumerate(items):
        if not isinstance(item, str):
            # The mistake that everybody makes: a command with `: ` in it is a map in YAML.
            raise SpecError(f"Expected {key}[{number}] to be of string type: found subkeys instead at this line")
    return tuple(items)


def _truth(value: str | None) -> bool:
    return str(value).lower() in ("yes", "true", "on")


def _check_keys(of: dict, known: set[str], where: str) -> None:
    if unknown := sorted(str(key) for key in of.keys() - known):
        raise SpecError(f"unknown keys in {where}: {', '.join(unknown)}")
