"""`pip` of a build: `pip install -r FILE` takes the packages of that file's contents from a cache, all else is pip's own work.

The cache has an environment for each contents of a requirements file, made once. A build sees it behind its own environment, into which
everything else is installed, so that no build changes what others use. Run as a script: OWN VERSION CACHE UV ARGUMENT...
"""

import hashlib
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

_QUIET = {"-q", "--quiet", "--no-cache-dir", "--disable-pip-version-check", "--no-input"}
# What pip reads from the environment and changes which packages it takes.
_SETTINGS = {"PIP_INDEX_URL": "--index-url", "PIP_EXTRA_INDEX_URL": "--extra-index-url", "PIP_FIND_LINKS": "--find-links"}
# A requirement by name; anything else (options, paths, addresses) is left to pip, for its result is not told by the file's contents.
_BY_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w., -]*\])?\s*(\(?[=<>!~][^@;#\\]*)?(;[^#\\]*)?(\s--hash=\S+)*\s*")


def main(own: Path, version: str, caches: Path, uv: str, arguments: list[str]) -> None:
    python = str(own / "bin/python")
    requirements = None if _has_packages(own, version) else _cacheable(arguments)
    if requirements is not None:
        from localaws.codebuild.workspace import Caches

        key = hashlib.sha256("\0".join([requirements, version, platform.machine(), *_settings()]).encode()).hexdigest()[:32]
        try:
            entry = Caches(caches).entry(f"python/{version}-{key}", lambda aside: _fill(aside, python, caches, uv, requirements))
        except subprocess.CalledProcessError:
            print("The cache of packages could not be filled: pip installs them.", file=sys.stderr)
        else:
            # Python reads these files by their names' order: what came last is to be found first.
            number = 9999 - len(list(_packages(own, version).glob("requirements-*.pth")))
            layer(own, entry, version, f"requirements-{number}-{key}")
            installed = sorted(path.name.removesuffix(".dist-info") for path in _packages(entry, version).glob("*.dist-info"))
            print(f"Successfully installed {' '.join(installed)}")
            return
    sys.stdout.flush()
    os.execv(python, [python, "-m", "pip", *arguments])  # noqa: S606 - becomes pip


def _has_packages(own: Path, version: str) -> bool:
    """Whether the build has installed something by itself, which pip must look at."""
    return any(_packages(own, version).glob("*.dist-info"))


def _cacheable(arguments: list[str]) -> str | None:
    """The contents of the requirements, if that is all that is to be installed."""
    words = [argument for argument in arguments if argument not in _QUIET]
    if len(words) != 3 or words[0] != "install" or words[1] not in ("-r", "--requirement"):
        return None
    try:
        contents = Path(words[2]).read_text()
    except (OSError, UnicodeDecodeError):
        return None
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in contents.replace("\\\n", " ").splitlines()]
    wanted = [line for line in lines if line]
    if not wanted or not all(_BY_NAME.fullmatch(line) for line in wanted):
        return None
    return "\n".join(wanted) + "\n"


def _settings() -> list[str]:
    return [f"{name}={os.environ[name]}" for name in sorted(_SETTINGS) if name in os.environ]


def _fill(aside: Path, python: str, caches: Path, uv: str, requirements: str) -> None:
    """Makes an environment of the requirements, with their bytecode."""
    aside.mkdir(parents=True)
    wanted = aside / "requirements.txt"
    wanted.write_text(requirements)
    if not uv:
        subprocess.run([python, "-m", "venv", str(aside)], check=True)
        subprocess.run([str(aside / "bin/python"), "-m", "pip", "install", "-r", str(wanted)], check=True)
        return
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_ENV")}
    environment |= {"UV_CACHE_DIR": str(caches / "uv"), "UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    options = [part for name, option in _SETTINGS.items() for value in os.environ.get(name, "").split() for part in (option, value)]
    subprocess.run(
        [uv, "venv", "--quiet", "--allow-existing", "--python", os.path.realpath(python), str(aside)], env=environment, check=True
    )
    into = ["--python", str(aside / "bin/python"), "--compile-bytecode"]
    subprocess.run([uv, "pip", "install", "--quiet", *into, *options, "-r", str(wanted)], env=environment, check=True)


def _packages(environment: Path, version: str) -> Path:
    return environment / f"lib/python{version}/site-packages"


def layer(own: Path, beneath: Path, version: str, name: str) -> None:
    """Puts the packages of one environment behind those of a build's own, and their programs beside its Python."""
    # An `import` line, so that the .pth files of the packages themselves are read as well.
    line = f"import site; site.addsitedir({str(_packages(beneath, version))!r})\n"
    (_packages(own, version) / f"{name}.pth").write_text(line)
    python = str(own / "bin/python").encode()
    for program in (beneath / "bin").iterdir():
        place = own / "bin" / program.name
        if place.exists() or place.is_symlink() or program.name.lower().startswith(("activate", "python", "pip", "deactivate", "pydoc")):
            continue
        contents = program.read_bytes()
        if contents.startswith(b"#!"):
            place.write_bytes(_for_python(contents, python))
            place.chmod(0o755)
        else:
            place.symlink_to(program)


def _for_python(script: bytes, python: bytes) -> bytes:
    """A script that its package's installer wrote for another Python: for this one."""
    first, _, rest = script.partition(b"\n")
    if b"python" in first:
        return b"#!" + python + b"\n" + rest
    second, _, after = rest.partition(b"\n")
    if second.startswith(b"'''exec'"):
        return first + b"\n'''exec' \"" + python + b'" "$0" "$@"\n' + after
    return script


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4], sys.argv[5:])
