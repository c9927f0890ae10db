"""What a build works on: files from S3, or what a pipeline hands to it, read with the session of the project's role."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from .artifacts import ArtifactError, unpack
from .builds import Build
from .credentials import BuildSession


@dataclass(frozen=True)
class Source:
    """A source by the name of its directory's variable; the primary one has none."""

    name: str | None
    bucket: str
    key: str
    version: str | None = None


def sources_of(build: Build) -> list[Source]:
    """The build's sources, the primary one first."""
    if build.pipeline:
        ordered = sorted(build.pipeline.inputs, key=lambda artifact: artifact.name != build.pipeline.primary)
        return [Source(None if n == 0 else artifact.name, artifact.bucket, artifact.key) for n, artifact in enumerate(ordered)]
    versions = {v["sourceIdentifier"]: v["sourceVersion"] for v in build.settings.get("secondarySourceVersions", [])}
    found = []
    for source in (build.settings["source"], *build.settings.get("secondarySources", [])):
        if source["type"] == "S3":
            name = source.get("sourceIdentifier") if found or source is not build.settings["source"] else None
            version = versions.get(name) if name else build.source_version
            bucket, _, key = source["location"].removeprefix("arn:aws:s3:::").partition("/")
            found.append(Source(name, bucket, key, version))
    return found


def download(source: Source, directory: Path, temporary: Path, session: BuildSession, region: str) -> str | None:
    """Fetches a source into a directory; the version that it was, where S3 tells one."""
    s3 = session.client("s3", region)
    version = {"VersionId": source.version} if source.version and not source.version.startswith("arn:") else {}
    directory.mkdir(parents=True, exist_ok=True)
    try:
        if source.key.endswith("/") or not source.key:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.key):
                for listed in page.get("Contents", []):
                    _fetch_into(s3, source, listed["Key"], directory)
            return None
        archive = temporary / "source"
        answer = s3.get_object(Bucket=source.bucket, Key=source.key, **version)
        _save(answer, archive)
    except ClientError as error:
        told = error.response["Error"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        raise ArtifactError(
            "CLIENT_ERROR",
            f"error while downloading key {source.key} of {source.bucket}, error: {told['Code']}: {told['Message']} status code: {status}",
        ) from error
    try:
        if zipfile.is_zipfile(archive):
            unpack(archive, directory)
        else:
            archive.rename(directory / Path(source.key).name)
    except (zipfile.BadZipFile, OSError) as error:
        raise ArtifactError("CLIENT_ERROR", f"error while unpacking {source.key} of {source.bucket}: {error}") from error
    finally:
        archive.unlink(missing_ok=True)
    return answer.get("VersionId")


def _fetch_into(s3, source: Source, key: str, directory: Path) -> None:
    place = (directory / key.removeprefix(source.key)).resolve()
    if key.endswith("/") or not place.is_relative_to(directory.resolve()):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    _save(s3.get_object(Bucket=source.bucket, Key=key), place)


def _save(answer: dict, place: Path) -> None:
    with place.open("wb") as out:
        for block in answer["Body"].iter_chunks(1 << 20):
            out.write(block)
