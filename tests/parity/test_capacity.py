"""How many pipelines an account takes: the table of docs/deploy.md, from the emitted templates."""

import re
from collections import Counter
from collections.abc import Callable
from math import inf

import pytest
from configurations import STRATEGIES, based, stage
from rendered import ROOT, Rendered

GUIDE = ROOT / "docs/deploy.md"
BEGIN, END = "<!-- capacity -->\n", "<!-- end of capacity -->"
ROLES, RULES, PIPELINES, PROJECTS = "AWS::IAM::Role", "AWS::Events::Rule", "AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project"
# AWS's defaults for an account, those of rules, pipelines and projects for each region.
QUOTAS = {ROLES: 1000, RULES: 300, PIPELINES: 1000, PROJECTS: 5000}
# The roles of the CDK's bootstrap: deployment, lookup, publishing of files and of images, execution.
BOOTSTRAP_ROLES = 5
STAGES = (2, 3, 5)


@pytest.fixture
def table(render: Callable[..., Rendered]) -> str:
    environment = (ROOT / "infra/environment.yaml").read_text()
    before = Counter({kind: len(re.findall(rf"Type: {kind}\b", environment)) for kind in (ROLES, RULES)})
    before[ROLES] += BOOTSTRAP_ROLES
    lines = [
        "| strategy | stages | IAM roles | rules | CodePipelines | CodeBuild projects | pipelines in one account, with AWS's defaults |",
        "|---|---|---|---|---|---|---|",
    ]
    for strategy in STRATEGIES:
        for number in STAGES:
            stages = [stage(f"stage-{i}", account=f"{i:012}") for i in range(1, number + 1)]
            template = render(based(strategy=strategy, stages=stages)).cicd_template
            counts = Counter(resource["Type"] for resource in template["Resources"].values())
            room = {kind: (quota - before[kind]) // counts[kind] if counts[kind] else inf for kind, quota in QUOTAS.items()}
            first = min(room, key=room.get)
            takes = " | ".join(str(counts[kind]) for kind in QUOTAS)
            lines.append(f"| `{strategy}` | {number} | {takes} | {room[first]} ({'roles' if first == ROLES else 'rules'} end first) |")
            assert first in (ROLES, RULES)
    return "\n".join(lines) + "\n"


def test_the_guide_says_how_many_pipelines_an_account_takes(table):
    rest = GUIDE.read_text().partition(BEGIN)[2]
    written, _, after = rest.partition(END)
    assert after, f"{GUIDE.name} has no table of capacity"
    assert written == table, f"put this into {GUIDE.name}:\n{table}"
