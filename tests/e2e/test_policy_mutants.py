"""A sample of `make mutate-policies` on the platform that the other tests use: a test notices that a statement is gone."""

import json
import subprocess

from localplatform.commands import ROOT
from weakened import Platform

SAMPLE, SEED = "3", "8"


def test_a_statement_that_is_left_out_is_noticed(platform, tmp_path):
    out = tmp_path / "mutants.json"
    judge = [ROOT / ".tools/checks/bin/python", ROOT / "tests/mutation/mutants.py", out, SAMPLE, SEED]
    subprocess.run(judge, check=True, stdout=subprocess.DEVNULL)
    mutants = json.loads(out.read_text())["mutants"]
    assert len(mutants) == int(SAMPLE)
    judged = Platform(platform.settings)
    assert [mutant["id"] for mutant in mutants if not (mutant["killed"] or judged.judge(mutant))] == []
