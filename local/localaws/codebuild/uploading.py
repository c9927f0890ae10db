"""UPLOAD_ARTIFACTS: which artifacts a build has to make, and where each goes."""

from dataclasses import dataclass

from .artifacts import ArtifactError, Target, Uploaded, pack, select, upload
from .build_log import BuildLog
from .builds import Build
from .buildspec import Files, Spec
from .credentials import BuildSession
from .shell import Shell
from .workspace import Workspace


@dataclass(frozen=True)
class _Wanted:
    """An artifact to be made. Not zipped, each file goes below the target's key."""

    identifier: str | None
    files: Files
    target: Target
    zipped: bool = True


def upload_artifacts(build: Build, spec: Spec, workspace: Workspace, session: BuildSession, shell: Shell, log: BuildLog) -> None:
    """Makes and writes all artifacts, and notes them in the build's record."""
    wanted = _of_pipeline(build, spec) if build.pipeline else _of_project(build, spec, shell)
    for artifact in wanted:
        base = shell.expand(artifact.files.base_directory) if artifact.files.base_directory else None
        log.say(f"Expanding base directory path: {base or '.'}")
        log.say("Assembling file list")
        files = select(artifact.files, workspace.source, base)
        log.say(f"Found {len(files)} file(s)")
        s3 = session.client("s3", build.region)
        if artifact.zipped:
            archive = workspace.temporary / "artifact.zip"
            pack(files, archive, artifact.files.follow_links)
            uploaded = upload(s3, archive, artifact.target)
            archive.unlink()
        else:
            for path, name in files:
                upload(s3, path, Target(artifact.target.bucket, f"{artifact.target.key}/{name}".lstrip("/"), artifact.target.kms_key))
            uploaded = Uploaded(f"arn:aws:s3:::{artifact.target.bucket}/{artifact.target.key}", None, None)
        _note(build, artifact, uploaded)


def _note(build: Build, artifact: _Wanted, uploaded: Uploaded) -> None:
    record = {"location": uploaded.location, "encryptionDisabled": artifact.target.kms_key is None}
    if uploaded.sha256:
        record |= {"sha256sum": uploaded.sha256, "md5sum": uploaded.md5}
    with build.lock:
        if artifact.identifier:
            build.secondary_artifacts.append(record | {"artifactIdentifier": artifact.identifier})
        else:
            build.artifacts = record


def _of_pipeline(build: Build, spec: Spec) -> list[_Wanted]:
    """One output artifact is the specification's `artifacts`; several are its secondary artifacts, by name."""
    outputs = build.pipeline.outputs
    # Without a key of the artifact store the objects are encrypted as the bucket says.
    key = build.pipeline.encryption_key
    if len(outputs) == 1 and spec.artifacts:
        return [_Wanted(None, spec.artifacts, Target(outputs[0].bucket, outputs[0].key, key))]
    missing = [output.name for output in outputs if output.name not in spec.secondary_artifacts]
    if missing:
        raise ArtifactError("CLIENT_ERROR", f"no definition for secondary artifacts in buildspec: {', '.join(missing)}")
    return [
        _Wanted(output.name if len(outputs) > 1 else None, spec.secondary_artifacts[output.name], Target(output.bucket, output.key, key))
        for output in outputs
    ]


def _of_project(build: Build, spec: Spec, shell: Shell) -> list[_Wanted]:
    wanted = []
    for definition in (build.settings["artifacts"], *build.settings.get("secondaryArtifacts", [])):
        if definition["type"] != "S3":
            continue
        primary = definition is build.settings["artifacts"]
        identifier = None if primary else definition["artifactIdentifier"]
        files = spec.artifacts if primary else spec.secondary_artifacts.get(identifier)
        if files is None:
            raise ArtifactError(
                "CLIENT_ERROR", f"no definition of {f'the artifact {identifier}' if identifier else 'artifacts'} in buildspec"
            )
        name = definition.get("name") or build.project
        if definition.get("overrideArtifactName") and files.name:
            name = shell.expand(files.name)
        namespace = build.uuid if definition.get("namespaceType") == "BUILD_ID" else ""
        key = "/".join(part.strip("/") for part in (definition.get("path", ""), namespace, name) if part.strip("/"))
        kms_key = None if definition.get("encryptionDisabled") else _own_key(build.settings["encryptionKey"])
        bucket = definition["location"].removeprefix("arn:aws:s3:::")
        wanted.append(_Wanted(identifier, files, Target(bucket, key, kms_key), definition.get("packaging") == "ZIP"))
    return wanted


def _own_key(key: str) -> str | None:
    """The account's own key for S3 needs no naming."""
    return None if key.endswith(":alias/aws/s3") else key
