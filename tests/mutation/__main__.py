"""`make mutate-policies`: leaves out one statement of the product's policies after the other; some test has to notice.

First the tests without a platform judge (mutants.py). For what they let pass a platform runs: the role gets its policy without the
statement, the tests that make its function work run until one fails, and the role gets its policy back. What no test notices, survives.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "local")]

from localaws import process  # noqa: E402
from localplatform.progress import Steps  # noqa: E402
from localplatform.settings import Settings  # noqa: E402
from localplatform.up import up  # noqa: E402
from weakened import Platform  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutate-policies", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many mutants, chosen by the seed, instead of all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--without-platform", action="store_true", help="what tests without a platform notice")
    parser.add_argument("--out", type=Path, help="where to write what became of each mutant, as JSON")
    parser.add_argument("--judged", type=Path, help="what mutants.py wrote, to go on from there")
    arguments = parser.parse_args()
    told = json.loads(arguments.judged.read_text()) if arguments.judged else judged_without_platform(arguments.sample, arguments.seed)
    mutants = told["mutants"]
    if not arguments.without_platform:
        with running() as platform:
            for mutant in mutants:
                if mutant["killed"] is None:
                    mutant["killed"] = platform.judge(mutant)
                print(f"{mutant['id']}: {mutant['killed'] or 'nobody noticed'}", flush=True)
                if arguments.out:
                    arguments.out.write_text(json.dumps(told, indent=1))
    survivors = [mutant for mutant in mutants if mutant["killed"] is None]
    for mutant in survivors:
        print(f"survivor: {mutant['id']} {json.dumps(mutant['left_out'])}")
    of = f" of {told['statements']} (seed {arguments.seed})" if arguments.sample else ""
    print(f"{len(mutants)} statements{of}, {len(survivors)} survivors")
    return 1 if survivors and not arguments.without_platform else 0


def judged_without_platform(sample: int | None, seed: str) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        chosen = [str(sample), seed] if sample else []
        subprocess.run([ROOT / ".tools/checks/bin/python", HERE / "mutants.py", out.name, *chosen], check=True, stdout=subprocess.DEVNULL)
        return json.loads(Path(out.name).read_text())


@contextmanager
def running() -> Iterator[Platform]:
    os.environ["SFN_WAIT_SCALE"] = "0.1"
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings.apart(Path(directory))
        try:
            with Steps() as steps:
                up(settings, steps)
            yield Platform(settings)
        finally:
            process.stop(settings.aws)


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s")
    raise SystemExit(status)
