"""`python -m localaws`: start, stop and wait for the local AWS."""

import argparse

from . import process
from .settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="localaws", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="start in the background and wait until it is ready; does nothing if it runs already")
    commands.add_parser("stop", help="stop it and what it has started")
    wait = commands.add_parser("wait", help="wait until it answers")
    wait.add_argument("--seconds", type=float, default=60, help="give up after this many seconds (default 60)")
    commands.add_parser("serve", help="run in the foreground")
    arguments = parser.parse_args()
    settings = Settings.from_environment()
    match arguments.command:
        case "start":
            process.start(settings)
        case "stop":
            process.stop(settings)
        case "wait":
            process.wait_until_ready(settings, arguments.seconds)
        case "serve":
            process.become_server(settings)


if __name__ == "__main__":
    main()
