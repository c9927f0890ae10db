"""What the OpenAPI document allows is taken, what it forbids is refused, every answer is as documented: schemathesis asks for all of it."""

import json
import os
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import owners
import pytest
from localplatform.api import Api
from localplatform.commands import ROOT
from localplatform.settings import TOOLS
from pipelines import settled

FUZZING = Path(__file__).with_name("fuzzing")


@dataclass(frozen=True)
class Team:
    """A team with a user, an environment that is ready, one that is not, and pipelines: to keep, to change, to delete, to evict."""

    name: str
    user: Api
    ready: dict
    unready: dict
    kept: dict
    changed: dict
    deleted: dict
    evicted: dict


@pytest.fixture(scope="module")
def team(platform, member_of) -> Team:
    """Apart from the other tests' team: whatever is legal is done to it."""
    name, region = f"fuzzed-{uuid.uuid4().hex[:8]}", platform.settings.region
    user = member_of(name)
    unready = owners.link(user, owners.unused_account(), region, "unready", name)
    ready = owners.ready(platform, user, owners.unused_account(), region, (), "SELF_MUTATING", label="ready", team=name)
    stages = [{"name": "dev", "environmentId": ready["id"]}]
    wanted = {"team": name, "cicdEnvironmentId": ready["id"], "strategy": "trunk", "stages": stages}
    pipelines = [
        user.call("POST", "/pipelines", wanted | {"name": f"{name[:14]}-{of}"}) for of in ("kept", "changed", "deleted", "evicted")
    ]
    return Team(name, user, ready, unready, *(settled(user, pipeline) for pipeline in pipelines))


@dataclass(frozen=True)
class Known:
    """What is there, by where requests name it; what operations change or take away, by operation."""

    everywhere: dict[str, str | int]
    of_operations: dict[str, dict[str, str | int]]

    @classmethod
    def of(cls, team: Team) -> "Known":
        run = next(iter(team.user.all(f"/pipelines/{team.kept['id']}/runs")), {"runId": str(uuid.uuid4())})
        redeployment = team.user.call("POST", "/redeployments", {"pipelineId": team.kept["id"]})
        everywhere = {
            "path.environmentId": team.unready["id"],
            "path.pipelineId": team.kept["id"],
            "path.stage": "dev",
            "path.runId": run["runId"],
            "path.revision": 1,
            "path.deploymentId": team.kept["lastDeployment"]["id"],
            "path.redeploymentId": redeployment["id"],
            "path.version": "latest",
            "query.environmentId": team.ready["id"],
            "query.team": team.name,
            "body.team": team.name,
            "body.cicdEnvironmentId": team.ready["id"],
            "body.stages[*].environmentId": team.ready["id"],
            "body.environmentId": team.ready["id"],
            "body.pipelineId": team.kept["id"],
        }
        of_operations = {
            "changePipeline": {"path.pipelineId": team.changed["id"]},
            "restoreRevision": {"path.pipelineId": team.changed["id"]},
            "deletePipeline": {"path.pipelineId": team.deleted["id"]},
            "evictPipeline": {"path.environmentId": team.ready["id"], "path.pipelineId": team.evicted["id"]},
        }
        return cls(everywhere, of_operations)


def document(known: Known) -> dict:
    """The document with what is there as examples: where schemathesis tries one value after the other, it begins with them."""
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    for operation in (operation for item in document["paths"].values() for operation in item.values()):
        values = known.everywhere | known.of_operations.get(operation["operationId"], {})
        for parameter in operation.get("parameters", []):
            place = f"{parameter['in']}.{parameter['name']}"
            if place in values:
                parameter["example"] = values[place]
    schemas = document["components"]["schemas"]
    for schema, prefix in (("LinkEnvironment", "body."), ("CreatePipeline", "body."), ("StageRequest", "body.stages[*].")):
        for name, described in schemas[schema]["properties"].items():
            if prefix + name in known.everywhere:
                described["examples"] = [known.everywhere[prefix + name]]
    return document


def configuration(known: Known) -> str:
    """schemathesis's configuration with what is there: where it makes values up, it takes them half of the time."""
    dictionaries: list[str] = []

    def bound(values: dict[str, str | int]) -> list[str]:
        lines = []
        for place, value in values.items():
            name = f"known-{len(dictionaries)}"
            dictionaries.append(f"[dictionaries.{name}]\nvalues = [{json.dumps(value)}]")
            lines.append(f'{json.dumps(place)} = {{ dictionary = "{name}", probability = 0.5 }}')
        return lines

    lines = ["[parameters]", *bound(known.everywhere)]
    for operation, values in known.of_operations.items():
        lines += ["[[operations]]", f'include-operation-id = "{operation}"', "[operations.parameters]", *bound(values)]
    credentials = ["[auth.openapi.cognito]", 'api_key = "${ID_TOKEN}"']
    return "\n".join([(FUZZING / "schemathesis.toml").read_text(), *dictionaries, *lines, *credentials])


def test_the_api_takes_what_the_document_allows_and_nothing_else(platform, team, tmp_path, pytestconfig):
    known = Known.of(team)
    (tmp_path / "openapi.json").write_text(json.dumps(document(known)))
    (tmp_path / "schemathesis.toml").write_text(configuration(known))
    report = tmp_path / "report.json"
    options = {
        "--url": platform.stack["apiUrl"],
        "--max-examples": pytestconfig.getoption("--examples"),
        "--seed": pytestconfig.getoption("--seed"),
        "--report-json-path": report,
    }
    ran = subprocess.run(
        [TOOLS / "schemathesis/bin/schemathesis", "--no-color", "--config-file", tmp_path / "schemathesis.toml", "run", "openapi.json"]
        + [str(part) for option in options.items() for part in option],
        cwd=tmp_path,
        env=os.environ | {"ID_TOKEN": team.user.token(), "SCHEMATHESIS_HOOKS": str(FUZZING / "judges.py")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout
    # A thread of schemathesis's that dies takes its operations with it.
    said, described = json.loads(report.read_text()), json.loads((ROOT / "docs/openapi.json").read_text())
    assert said["complete"] and said["operations"]["tested"] == sum(len(item) for item in described["paths"].values()), ran.stdout
    assert {phase["status"] for phase in said["phases"].values()} == {"success"}, ran.stdout
