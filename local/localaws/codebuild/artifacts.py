"""Artifacts of builds: zip files that come from S3 and go there, by the session of the project's role."""

import glob
import hashlib
import os
import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from .buildspec import Files

# The earliest time that a zip file can tell.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class ArtifactError(Exception):
    """Why an artifact could not be read or made; `code` is what the phase says."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where an artifact goes, and encrypted with which key (none: not with a key of KMS)."""

    bucket: str
    key: str
    kms_key: str | None


@dataclass(frozen=True)
class Uploaded:
    """An artifact that was written."""

    location: str
    sha256: str | None
    md5: str | None


def unpack(archive: Path, directory: Path) -> None:
    """Unpacks a zip file with the permissions of its files, and nothing outside of the directory."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = Path(packed.extract(entry, directory))
            mode = entry.external_attr >> 16
            if stat.S_ISLNK(mode):
                target = path.read_text()
                if not (path.parent / target).resolve().is_relative_to(directory.resolve()):
                    raise ArtifactError("CLIENT_ERROR", f"the link {entry.filename} of the source leads out of it")
                path.unlink()
                path.symlink_to(target)
            elif not entry.is_dir() and mode & 0o777:
                path.chmod(mode & 0o777)


def select(files: Files, source: Path, base_directory: str | None) -> list[tuple[Path, str]]:
    """The files of an artifact, with their names in it."""
    bases = _bases(base_directory, source)
    found: dict[str, Path] = {}
    for base in bases:
        everything = _files_below(base, files.follow_links)
        for pattern in files.patterns:
            matches = _matching(pattern, base, everything)
            if not matches:
                raise ArtifactError("CLIENT_ERROR", f"no matching artifact paths found for {pattern}")
            for path in matches:
                inside = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
                if any(_matches(excluded, inside) for excluded in files.exclude):
                    continue
                found.setdefault(path.name if files.discard_paths else inside, path)
    if not found:
        raise ArtifactError("CLIENT_ERROR", "no matching artifact paths found")
    return sorted((path, name) for name, path in found.items())


def _bases(wanted: str | None, source: Path) -> list[Path]:
    if not wanted:
        return [source]
    bases = sorted(Path(found) for found in glob.glob(str(source / wanted)) if Path(found).is_dir())
    if not bases:
        raise ArtifactError("CLIENT_ERROR", f"no matching base directory path found for {wanted}")
    return bases


def _files_below(base: Path, follow_links: bool) -> list[Path]:
    found = []
    for directory, directories, names in os.walk(base, followlinks=False):
        links = [name for name in directories if (Path(directory) / name).is_symlink()]
        found += [Path(directory) / name for name in [*names, *(links if not follow_links else [])]]
    return found


def _matching(pattern: str, base: Path, everything: list[Path]) -> list[Path]:
    if not any(character in pattern for character in "*?["):
        single = base / pattern
        return [path for path in everything if path == single] or ([single] if single.is_file() else [])
    return [path for path in everything if _matches(pattern, path.relative_to(base).as_posix())]


def _matches(pattern: str, path: str) -> bool:
    """`**` stands for any directories, `*` for any characters of one name."""
    *directories, last = [part for part in pattern.removeprefix("./").split("/") if part] or [""]
    expression = "".join("(?:.*/)?" if part == "**" else f"{_expression(part)}/" for part in directories)
    expression += ".*" if last == "**" else _expression(last)
    return re.fullmatch(expression, path, re.DOTALL) is not None


def _expression(name: str) -> str:
    """The regular expression of a name with `*`, `?` and `[...]`."""
    parts = re.findall(r"\*+|\?|\[[^\]]+\]|[^*?\[]+|\[", name)
    single = {"*": "[^/]*", "?": "[^/]"}
    return "".join(part if part[0] == "[" and len(part) > 1 else single.get(part[0]) or re.escape(part) for part in parts)


def pack(files: list[tuple[Path, str]], archive: Path, follow_links: bool = True) -> None:
    """Makes the zip file of an artifact."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path, name in files:
            if path.is_symlink() and not follow_links:
                entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
                entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
                packed.writestr(entry, os.readlink(path))
            elif path.is_file():
                entry = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as content, packed.open(entry, "w") as out:
                    while block := content.read(1 << 20):
                        out.write(block)


def upload(s3, archive: Path, target: Target) -> Uploaded:
    """Writes an artifact to its bucket."""
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": target.kms_key} if target.kms_key else {}
    content = archive.read_bytes()
    s3.put_object(Bucket=target.bucket, Key=target.key, Body=content, **encryption)
    return Uploaded(
        f"arn:aws:s3:::{target.bucket}/{target.key}",
        hashlib.sha256(content).hexdigest(),
        hashlib.md5(content, usedforsecurity=False).hexdigest(),
    )
