"""`python -m localplatform`: the platform on this machine, up and down."""

import argparse
import sys

from . import functions
from .api import Problem
from .demo import DemoFailed, demo
from .progress import StepFailed, Steps
from .settings import Settings
from .up import down, up


def main() -> int:
    parser = argparse.ArgumentParser(prog="localplatform", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the functions and lay them out under target/lambda")
    commands.add_parser("up", help="start everything, or bring what runs up to date")
    demonstrate = commands.add_parser("demo", help="up, then a pipeline: created over REST, followed, shown")
    demonstrate.add_argument("--strategy", default="cdk-trunk", help="cdk-trunk (default), trunk or gitflow")
    commands.add_parser("down", help="stop everything and remove its state")
    arguments = parser.parse_args()
    settings = Settings.from_environment()
    try:
        match arguments.command:
            case "build":
                with Steps() as steps, steps.step("Functions built") as tell:
                    functions.build(settings, tell)
            case "up":
                with Steps() as steps:
                    up(settings, steps)
            case "demo":
                with Steps() as steps:
                    stack = up(settings, steps)
                demo(settings, steps, stack, arguments.strategy)
            case "down":
                down(settings)
    except (StepFailed, DemoFailed, Problem) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
