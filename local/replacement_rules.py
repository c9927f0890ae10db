"""Writes which properties of the resources in pipelines' stacks cannot be changed in place: shared/differences/src/replacement.json.

The types are those that `shared/cicd-template` emits. The schemas are CloudFormation's own, as cfn-lint brings them:
`.tools/checks/bin/python local/replacement_rules.py`.
"""

import importlib.resources
import json
from importlib.metadata import version
from pathlib import Path

REGION = "eu-west-1"
ROOT = Path(__file__).parent.parent
OUT = ROOT / "shared/differences/src/replacement.json"
TYPES = """
CodeBuild::Project CodePipeline::Pipeline Events::Rule IAM::Policy IAM::Role KMS::Alias KMS::Key Logs::LogGroup S3::Bucket S3::BucketPolicy
"""
# By what CloudFormation does when one of them changes.
LISTS = {"always": "createOnlyProperties", "sometimes": "conditionalCreateOnlyProperties"}


def rules(schema: dict) -> dict[str, list[str]]:
    found = {name: sorted(path.removeprefix("/properties/") for path in schema.get(member, [])) for name, member in LISTS.items()}
    return {name: paths for name, paths in found.items() if paths}


def table() -> str:
    folder = importlib.resources.files("cfnlint") / "data/schemas"
    hashes = json.loads((folder / "providers" / f"{REGION}.json").read_text())
    kinds = [f"AWS::{name}" for name in sorted(TYPES.split())]
    types = {kind: rules(json.loads((folder / "resources" / f"{hashes[kind]}.json").read_text())) for kind in kinds}
    lists = " and ".join(LISTS.values())
    source = f"{lists} of CloudFormation's registry schemas, from cfn-lint {version('cfn-lint')}"
    return json.dumps({"source": source, "types": types}, indent=2) + "\n"


if __name__ == "__main__":
    OUT.write_text(table())
