"""The server's process: started in the background, waited for, stopped with everything that it has started."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from .settings import Settings

START_SECONDS = 60
STOP_SECONDS = 15


def start(settings: Settings) -> None:
    """Starts the server unless it runs, and waits until it answers."""
    if running_pid(settings) is None:
        if _answers(settings):
            raise SystemExit(f"Something else listens on {settings.endpoint_url}. Stop it, or set LOCAL_AWS_PORT to a free port.")
        settings.directory.mkdir(parents=True, exist_ok=True)
        with settings.log_file.open("wb") as log:
            subprocess.Popen(
                [sys.executable, "-m", "localaws", "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | _own_environment(settings),
            )
    wait_until_ready(settings, START_SECONDS)
    print(f"The local AWS answers on {settings.endpoint_url}; its log: {os.path.relpath(settings.log_file)}")


def wait_until_ready(settings: Settings, seconds: float) -> None:
    """Returns once the server answers; exits with the end of its log if it has died or takes too long."""
    deadline = time.monotonic() + seconds
    seen_running = False
    while not _answers(settings):
        alive = running_pid(settings) is not None
        if (seen_running and not alive) or time.monotonic() > deadline:
            tail = settings.log_file.read_text(errors="replace").splitlines()[-15:] if settings.log_file.exists() else []
            reason = "did not start" if not alive else f"does not answer after {seconds:.0f} seconds"
            raise SystemExit("\n".join([f"The local AWS {reason}. The end of {settings.log_file}:", *tail]))
        seen_running |= alive
        time.sleep(0.1)


def stop(settings: Settings) -> None:
    """Stops the server and the processes of its session (Lambda functions among them)."""
    pid = running_pid(settings)
    if pid is None:
        print("The local AWS is not running.")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while running_pid(settings) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.1)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # its session: the functions that it has started
    print("The local AWS is stopped.")


def become_server(settings: Settings) -> None:
    """Runs the server in this process: the lock on the pid file says that it lives, and goes with it."""
    settings.directory.mkdir(parents=True, exist_ok=True)
    lock = os.open(settings.pid_file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"The local AWS of {settings.directory} runs already.") from None
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    shutil.rmtree(settings.directory / "tmp", ignore_errors=True)
    (settings.directory / "tmp").mkdir()
    environment = settings.server_environment()
    os.environ.clear()
    os.environ.update(environment)
    from .server import serve

    serve(settings)


def running_pid(settings: Settings) -> int | None:
    """The server's process id, if its lock is held."""
    try:
        lock = os.open(settings.pid_file, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(lock, 32)
        return int(text) if text else None
    finally:
        os.close(lock)
    return None


def _own_environment(settings: Settings) -> dict[str, str]:
    return {
        "LOCAL_AWS_PORT": str(settings.port),
        "LOCAL_AWS_EDGE_PORT": str(settings.edge_port),
        "LOCAL_AWS_DIRECTORY": str(settings.directory),
        "LOCAL_AWS_REGION": settings.region,
        "LOCAL_AWS_PIPELINES": "on" if settings.runs_pipelines else "off",
        "LOCAL_AWS_BUILDS": str(settings.builds),
        "LOCAL_AWS_BUILD_CACHE": str(settings.build_cache),
        "LOCAL_AWS_FUNCTIONS_ENDPOINT": settings.functions_endpoint,
        "PYTHONPATH": os.pathsep.join(filter(None, [os.path.dirname(os.path.dirname(__file__)), os.environ.get("PYTHONPATH")])),
    }


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.endpoint_url}/_ministack/ready", timeout=2) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False
