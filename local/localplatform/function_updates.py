"""`make deploy-function`: new code for one function of the platform that runs, in seconds, without `sam deploy`."""

from pathlib import Path

from localaws import process

from . import functions
from .deployment import STACK_NAME, client
from .progress import StepFailed, Steps
from .settings import Settings

BUILD_ADVICE = "Fix what the compiler names, then run the same command again."
UPDATE_ADVICE = "Is the function new? Then `make up` deploys it first."


def deploy_function(settings: Settings, steps: Steps, name: str) -> None:
    """Builds one function and replaces its code in the platform that runs."""
    known = functions.names()
    if name not in known:
        wrong = f"There is no function {name!r}." if name else "Name a function: make deploy-function NAME=create-pipeline."
        raise StepFailed("\n".join([f"{wrong} The functions are:", *(f"  {one}" for one in known)]))
    if process.running_pid(settings.aws) is None or not settings.stack_file.exists():
        raise StepFailed("No platform is running. Start one with `make up`.")
    with steps.step(f"{name} built", BUILD_ADVICE) as tell:
        package = functions.build_one(settings, name, tell)
    with steps.step(f"Code of {deployed_name(name)} replaced", UPDATE_ADVICE):
        before, after = update(settings, name, package)
    steps.say(f"  SHA-256 of the code: {after}, {'as before' if before == after else f'before {before}'}")


def deployed_name(name: str) -> str:
    return f"{STACK_NAME}-{name}"


def update(settings: Settings, name: str, package: Path) -> tuple[str, str]:
    """Replaces a function's code, and notes that `sam deploy` has not done it. Answers the code's digests before and after."""
    note = _note(settings)
    note.mkdir(parents=True, exist_ok=True)
    (note / name).touch()
    return replace_code(client(settings, "lambda"), deployed_name(name), package)


def update_again(settings: Settings) -> None:
    """Replaces the code of functions that were updated alone by what is packed now.

    CloudFormation leaves a function alone whose package is the one it deployed last, whatever runs in the meantime.
    """
    for noted in sorted(_note(settings).glob("*")):
        replace_code(client(settings, "lambda"), deployed_name(noted.name), functions.package(noted.name))
        noted.unlink()


def forget(settings: Settings) -> None:
    """For a local AWS that starts empty: no function in it was updated alone."""
    for noted in _note(settings).glob("*"):
        noted.unlink()


def replace_code(aws_lambda, function: str, package: Path) -> tuple[str, str]:
    """Replaces a function's code by a package and waits until that is in force. Answers the code's digests before and after."""
    before = aws_lambda.get_function_configuration(FunctionName=function)["CodeSha256"]
    after = aws_lambda.update_function_code(FunctionName=function, ZipFile=package.read_bytes())["CodeSha256"]
    aws_lambda.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
    return before, after


def _note(settings: Settings) -> Path:
    """A directory with an empty file for each function that was updated alone."""
    return settings.aws.directory / "updated-functions"
