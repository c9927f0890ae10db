"""The oracle: the real CDK, on the repository that `render` wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CLI = ROOT / ".tools" / "node" / "node_modules" / ".bin" / "cdk"


def environment(**more: str) -> dict[str, str]:
    """The environment of a developer who has activated the repository's virtual environment, without AWS."""
    base = {key: value for key, value in os.environ.items() if not key.startswith(("CDK_", "AWS_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), base.get("PATH", "")))
    # Tags are sorted by Node.js, for a locale like that of the pipeline's builds.
    return {**base, "PATH": path, "LC_ALL": "C.UTF-8", "CDK_DISABLE_VERSION_CHECK": "1", **more}


def cli(repository: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the CDK's command line in `repository`."""
    return subprocess.run(
        [str(CLI), *arguments],
        cwd=repository,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def synthesize_with_cli(repository: Path, **variables: str) -> Path:
    """`cdk synth`, cold, as the pipeline's build runs it. Returns the cloud assembly."""
    result = cli(repository, "synth", "--quiet", **variables)
    assert result.returncode == 0, result.stderr[-4000:]
    return repository / "cdk.out"


class WarmCdk:
    """Synthesizes one repository after the other in one process, in the environment that the command line gives."""

    def __init__(self, first: Path, folder: Path) -> None:
        """`first` is any rendered repository: the settings in cdk.json are the same in all."""
        self.work = folder / "repository"
        self.assembly = folder / "cdk.out"
        self.settings = (first / "cdk.json").read_bytes()
        told = self._what_the_command_line_says(first, folder / "environment.json")
        self.log = (folder / "stderr.log").open("w+", encoding="utf-8")
        self.work.mkdir(parents=True)
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "warm_app.py")],
            cwd=self.work,
            env=environment(**{**told, "CDK_OUTDIR": str(self.assembly)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    @staticmethod
    def _what_the_command_line_says(repository: Path, answer: Path) -> dict[str, str]:
        application = f"{sys.executable} {HERE / 'dump_environment.py'} {answer}"
        # It fails afterwards, as there is no assembly to read.
        cli(repository, "synth", "--quiet", "--app", application, "--output", str(answer.parent / "none"))
        return json.loads(answer.read_text(encoding="utf-8"))

    def synthesize(self, repository: Path) -> Path:
        """Returns the cloud assembly, which the next call replaces."""
        assert (repository / "cdk.json").read_bytes() == self.settings, "cdk.json is not the same in all repositories"
        for folder in (self.work, self.assembly):
            if folder.exists():
                _empty(folder)
        shutil.copytree(repository, self.work, dirs_exist_ok=True)
        assert self.process.stdin and self.process.stdout
        print("synthesize", file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            self.log.seek(0)
            raise AssertionError(f"the process of app.py ended:\n{self.log.read()[-4000:]}")
        error = json.loads(answer)["error"]
        assert error is None, error
        return self.assembly

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.log.close()


def _empty(folder: Path) -> None:
    """Leaves the folder itself, in which a process may be working."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
