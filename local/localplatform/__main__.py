"""`python -m localplatform`: the platform on this machine, up and down."""

import argparse
import sys
from collections.abc import Callable

from . import console, functions
from .api import Problem
from .bench import BenchFailed, bench
from .deliveries import NotDelivered
from .demo import DemoFailed, demo, show_console
from .fanout import bench_fanout
from .following import TookTooLong
from .function_updates import deploy_function
from .progress import StepFailed, Steps
from .settings import ROOT, Settings
from .up import down, up


def main() -> int:
    parser = argparse.ArgumentParser(prog="localplatform", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the functions and lay them out under target/lambda")
    commands.add_parser("build-console", help="build the web console into console/dist, if its sources have changed")
    commands.add_parser("check-console", help="check, test and build the web console")
    commands.add_parser("up", help="start everything, or bring what runs up to date")
    one = commands.add_parser("deploy-function", help="build one function and replace its code in the platform that runs")
    one.add_argument("name", help="the name of its crate, as create-pipeline")
    demonstrate = commands.add_parser("demo", help="up, then a pipeline: created over REST, followed to prod, shown")
    demonstrate.add_argument("--strategy", default="cdk-trunk", help="cdk-trunk (default), trunk or gitflow")
    measure = commands.add_parser("bench", help="measure the workflow's own work, on a local AWS of its own")
    measure.add_argument("--runs", type=int, default=5, help="pipelines of each size (default 5)")
    measure = commands.add_parser("bench-fanout", help="measure redeployments of many pipelines, on a local AWS of its own")
    measure.add_argument("--pipelines", type=int, nargs="+", default=[100, 1_000, 10_000], help="sizes (default 100 1000 10000)")
    measure.add_argument("--deployments", type=int, default=200, help="pipelines that are really deployed (default 200, 0 for none)")
    commands.add_parser("down", help="stop everything and remove its state")
    arguments = parser.parse_args()
    settings = Settings.from_environment()
    try:
        match arguments.command:
            case "build":
                with Steps() as steps, steps.step("Functions built") as tell:
                    functions.build(settings, tell)
            case "build-console":
                with Steps() as steps, steps.step("Console built") as tell:
                    console.build(settings, tell)
            case "check-console":
                with Steps() as steps, steps.step("Console checked") as tell:
                    console.check(settings, tell)
            case "up":
                with Steps() as steps:
                    stack = up(settings, steps, with_console=True)
                show_console(steps, stack)
            case "deploy-function":
                with Steps() as steps:
                    deploy_function(settings, steps, arguments.name)
            case "demo":
                with Steps() as steps:
                    stack = up(settings, steps, with_console=True)
                demo(settings, steps, stack, arguments.strategy)
            case "bench":
                return _apart("bench", lambda settings, steps, stack: bench(settings, steps, stack, arguments.runs))
            case "bench-fanout":
                sizes = sorted(arguments.pipelines)
                return _apart("fanout", lambda settings, steps, stack: bench_fanout(settings, steps, stack, sizes, arguments.deployments))
            case "down":
                down(settings)
    except (StepFailed, DemoFailed, NotDelivered, BenchFailed, TookTooLong, Problem) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What was started is left as it is: run the same command again, or `make down`.", file=sys.stderr)
        return 130
    return 0


def _apart(directory: str, measure: Callable[[Settings, Steps, dict], bool]) -> int:
    """Measures on a platform of its own, which is gone afterwards. Builds would take the processors from what is measured."""
    settings = Settings.apart(ROOT / ".local" / directory)
    try:
        with Steps() as steps:
            return 0 if measure(settings, steps, up(settings, steps)) else 1
    finally:
        down(settings)


if __name__ == "__main__":
    sys.exit(main())
