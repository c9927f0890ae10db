"""Artifacts: zip files in the artifact store of the region in which they are made or used."""

import io
import secrets
import string
import zipfile
from contextlib import closing
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ..codebuild.pipeline_builds import Artifact
from ..service_sessions import Session
from .failures import ActionFailed, refused

_RANDOM = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Store:
    """An artifact store: a bucket of a region, and the KMS key that encrypts what lies there, if it names one."""

    region: str
    bucket: str
    encryption_key: str | None


def store_of(declaration: dict, region: str) -> Store:
    """The store that a pipeline has for a region."""
    store = declaration["artifactStore"] if "artifactStore" in declaration else declaration["artifactStores"][region]
    return Store(region, store["location"], store.get("encryptionKey", {}).get("id"))


def new_artifact(pipeline: str, name: str, store: Store) -> Artifact:
    """A place for an artifact that is about to be made, spelled as CodePipeline spells it."""
    random = "".join(secrets.choice(_RANDOM) for _ in range(7))
    return Artifact(name, store.bucket, f"{pipeline[:20]}/{name[:10]}/{random}")


def put(session: Session, store: Store, key: str, body: bytes) -> None:
    """Writes into a store as a role, encrypted with the store's key; without one the bucket's own encryption holds."""
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": store.encryption_key} if store.encryption_key else {}
    try:
        with closing(session.client("s3", store.region)) as s3:
            s3.put_object(Bucket=store.bucket, Key=key, Body=body, **encryption)
    except ClientError as error:
        raise refused(error, session.role_arn, f"write the object {key} of the artifact store {store.bucket}") from error


def get(session: Session, region: str, artifact: Artifact) -> bytes:
    """Reads an artifact as a role."""
    try:
        with closing(session.client("s3", region)) as s3:
            return s3.get_object(Bucket=artifact.bucket, Key=artifact.key)["Body"].read()
    except ClientError as error:
        doing = f"read the artifact {artifact.name} (s3://{artifact.bucket}/{artifact.key})"
        raise refused(error, session.role_arn, doing) from error


def file_of(archive: bytes, artifact: str, path: str) -> bytes:
    """A file of an artifact."""
    try:
        return zipfile.ZipFile(io.BytesIO(archive)).read(path)
    except zipfile.BadZipFile:
        raise ActionFailed("ConfigurationError", f"The artifact {artifact} is not a zip file.") from None
    except KeyError:
        raise ActionFailed("ConfigurationError", f"File [{path}] does not exist in artifact [{artifact}]") from None
