"""`make up`: from nothing, or from what runs already, to a platform that is ready for pipelines."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rich.markup import escape

from localaws import process

from . import console, deployment, environments, function_updates, functions
from .api import Api
from .environments import ACCOUNTS
from .progress import StepFailed, Steps
from .settings import Settings

BUILD_ADVICE = "Fix what the compiler names, then run the same command again: it goes on where it stopped."
PORT_ADVICE = "If another program has the port, stop it, or choose another: LOCAL_AWS_PORT=4567 make up."
AGAIN = "Run the same command again; `make down` first starts from nothing."
CONSOLE_ADVICE = "All else goes on without the console. Fix what the build names, then run the same command again."


def up(settings: Settings, steps: Steps, *, with_console: bool = False) -> dict:
    """Brings everything up and writes stack.json. What is there stays; the functions and the stack are deployed anew.

    A console that cannot be built or deployed is told of and left out.
    """
    settings.directory.mkdir(parents=True, exist_ok=True)
    start(settings, steps)
    with ThreadPoolExecutor() as pool:
        building = pool.submit(_build, settings, steps)
        building_console = pool.submit(_build_console, settings, steps) if with_console else None
        try:
            bootstraps = [pool.submit(_bootstrap, settings, steps, account) for account in ACCOUNTS]
            built = building.result()
            with steps.step("Platform deployed to account 000000000000 by sam deploy", AGAIN) as tell:
                deployment.deploy(settings, built, tell)
                function_updates.update_again(settings)
                stack = deployment.describe(settings)
            publishing = pool.submit(_publish_console, settings, steps, building_console) if building_console else None
            with steps.step("Users alice, bob and admin signed up", AGAIN):
                deployment.make_users(settings, stack)
            for bootstrapped in bootstraps:
                bootstrapped.result()
            alice = Api(stack, stack["users"][0])
            list(pool.map(lambda account: _link(settings, steps, alice, account), ACCOUNTS))
            if publishing and publishing.result():
                stack["consoleUrl"] = settings.aws.edge_url
        finally:
            pool.shutdown(cancel_futures=True)
    write(settings, stack)
    return stack


def _build(settings: Settings, steps: Steps) -> list[Path]:
    title = "Functions built (the first time takes minutes)" if not settings.stack_file.exists() else "Functions built"
    with steps.step(title, BUILD_ADVICE) as tell:
        return functions.build(settings, tell)


def _build_console(settings: Settings, steps: Steps) -> bool:
    with _told_of(steps), steps.step("Console built", CONSOLE_ADVICE) as tell:
        console.build(settings, tell)
        return True
    return False


def _publish_console(settings: Settings, steps: Steps, built: Future[bool]) -> bool:
    if not built.result():
        return False
    title = f"Console deployed by sam deploy and published: {settings.aws.edge_url}"
    with _told_of(steps), steps.step(title, CONSOLE_ADVICE) as tell:
        console.deploy(settings, tell)
        return True
    return False


@contextlib.contextmanager
def _told_of(steps: Steps) -> Iterator[None]:
    """Says that a step failed, and goes on."""
    try:
        yield
    except StepFailed as failure:
        steps.say(f"[red]{escape(str(failure))}[/]")


def start(settings: Settings, steps: Steps) -> None:
    with steps.step(f"Local AWS on {settings.endpoint_url}", PORT_ADVICE):
        if process.running_pid(settings.aws) is None:
            # What an earlier one held died with it.
            settings.stack_file.unlink(missing_ok=True)
            deployment.forget(settings)
            console.forget(settings)
            function_updates.forget(settings)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            try:
                process.start(settings.aws)
            except SystemExit as failure:
                raise RuntimeError(failure.code) from None


def _bootstrap(settings: Settings, steps: Steps, account: environments.Account) -> None:
    trusting = f", trusting {' '.join(account.trusts)}" if account.trusts else ""
    with steps.step(f"Account {account.account_id} ({account.label}) bootstrapped by cdk bootstrap{trusting}", AGAIN):
        environments.bootstrap(settings, account)


def _link(settings: Settings, steps: Steps, api: Api, account: environments.Account) -> None:
    with steps.step(f"Environment {account.label} linked, its role deployed, verified", AGAIN) as tell:
        tell("POST /environments")
        environment = environments.link(api, account, settings.region, "research")
        tell("GET /environment-template, aws cloudformation deploy")
        environments.deploy_role(settings, environment, account.pipelines)
        tell("POST /environments/{id}/verification")
        environments.verify(api, environment)


def write(settings: Settings, stack: dict) -> None:
    new = settings.stack_file.with_suffix(".new")
    new.write_text(json.dumps(stack, indent=2) + "\n")
    new.replace(settings.stack_file)


def down(settings: Settings) -> None:
    """Stops everything and removes what it kept."""
    process.stop(settings.aws)
    settings.stack_file.unlink(missing_ok=True)
    for kept in (settings.aws.directory, settings.directory / "clones"):
        shutil.rmtree(kept, ignore_errors=True)
    for log in settings.directory.glob("*.log"):
        log.unlink()
