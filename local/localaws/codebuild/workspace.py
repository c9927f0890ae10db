"""Directories: one for each build, gone at its end, and the caches that builds share."""

import contextlib
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

_UNUSED_SECONDS = 30 * 24 * 3600


class Caches:
    """What builds share: packages, never what a build has made of them."""

    def __init__(self, root: Path):
        self.root = root

    def shared(self, name: str) -> Path:
        """A cache whose tool minds concurrent use itself."""
        directory = self.root / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def entry(self, name: str, fill: Callable[[Path], None]) -> Path:
        """An entry that is made once: aside, and put in place when it is whole."""
        place = self.root / name
        if place.exists():
            os.utime(place)
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        with self._locked(place):
            if not place.exists():
                aside = place.parent / f".{place.name}.{uuid.uuid4().hex}"
                try:
                    fill(aside)
                    aside.rename(place)
                finally:
                    shutil.rmtree(aside, ignore_errors=True)
        self._forget_unused(place.parent)
        return place

    def _forget_unused(self, directory: Path) -> None:
        """Removes entries that no build has asked for in a long time, and what a process that died has left aside."""
        for entry in directory.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if entry.is_dir() and time.time() - entry.stat().st_mtime > _UNUSED_SECONDS:
                    remove(entry)

    @contextlib.contextmanager
    def _locked(self, place: Path) -> Iterator[None]:
        lock = os.open(place.parent / f".{place.name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


class Workspace:
    """The directory of one build."""

    def __init__(self, root: Path, caches: Caches):
        self.root, self.caches = root, caches
        self.programs = root / "programs"
        self.home = root / "home"
        self.temporary = root / "temporary"
        self.npm_prefix = root / "npm"
        self.python = root / "python"
        self.sources = root / "sources"
        self.shell_state = root / "shell"
        root.mkdir(mode=0o700, parents=True)
        for directory in (self.programs, self.home, self.temporary, self.npm_prefix, self.sources):
            directory.mkdir()

    @property
    def source(self) -> Path:
        """CODEBUILD_SRC_DIR."""
        return self.sources / "src"

    def remove(self) -> None:
        remove(self.root)


def remove(directory: Path) -> None:
    """Removes a directory, also where a build has taken away its own permissions."""

    def retry(function, path, _) -> None:
        with contextlib.suppress(OSError):
            Path(path).parent.chmod(0o700)
            Path(path).chmod(0o700)
            function(path)

    shutil.rmtree(directory, onerror=retry)


def place_program(path: Path, script: str) -> None:
    """Writes a script that can be run."""
    path.write_text(script)
    path.chmod(0o755)
