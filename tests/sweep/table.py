"""`make reliability-table`: writes what the last sweep found (.local/sweep.json) into docs/reliability.md."""

import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".local/sweep.json"
DOCUMENT = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- sweep: `make reliability-table` writes these tables -->\n", "<!-- end of sweep -->\n"
FAULTS = ("throttled", "500", "dropped", "answer lost", "500 after", "late", "killed before", "killed after", "twice")


def main() -> int:
    if not RESULTS.exists():
        print(f"There is no {RESULTS.relative_to(ROOT)}: run `make sweep` first.", file=sys.stderr)
        return 1
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{tables(json.loads(RESULTS.read_text()))}{END}{after}")
    return 0


def tables(sweep: dict) -> str:
    made = [result for result in sweep["results"] if result["applied"]]
    failed = sum(bool(result["violations"]) for result in made)
    part = "" if len(sweep["results"]) == sweep["planned"] else f", a sample of {sweep['planned']:,}"
    head = f"{len(made):,} cells{part}; {failed} failed.\n\n"
    return head + by_scenario(made) + "\n" + by_call(made)


def by_scenario(results: list[dict]) -> str:
    """How many cells each scenario has, for each strategy."""
    strategies = list(dict.fromkeys(result["strategy"] for result in results))
    rows = Counter()
    for result in results:
        rows[result["scenario"], result["strategy"]] += 1
    lines = [header("scenario", strategies)]
    for scenario in dict.fromkeys(result["scenario"] for result in results):
        cells = [str(rows[scenario, strategy] or "") for strategy in strategies]
        lines.append(f"| {scenario} | {' | '.join(cells)} |\n")
    return "".join(lines)


def by_call(results: list[dict]) -> str:
    """How many cells each call has, for each fault; how many of them failed, if any did."""
    tried, failed = Counter(), Counter()
    for result in results:
        key = result["function"], result["operation"], result["fault"]
        tried[key] += 1
        failed[key] += bool(result["violations"])

    def cell(*key: str) -> str:
        return "" if not tried[key] else f"{tried[key]}" if not failed[key] else f"{tried[key]}, **{failed[key]} failed**"

    lines = [header("function", ["call", *FAULTS])]
    for function, operation in sorted({(result["function"], result["operation"]) for result in results}):
        cells = [cell(function, operation, fault) for fault in FAULTS]
        lines.append(f"| `{function}` | {operation} | {' | '.join(cells)} |\n")
    return "".join(lines)


def header(first: str, columns: list[str]) -> str:
    return f"| {first} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}\n"


if __name__ == "__main__":
    sys.exit(main())
