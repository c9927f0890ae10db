"""One REST call becomes a repository and a deployed CICD stack, and the CDK itself finds nothing to change in it."""

import ast
import json
import os
import re
import subprocess
from pathlib import Path

import owners
import pytest
from localplatform import commands
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT, TOOLS
from pipelines import Platform, definition, redeployed, settled
from times import in_order

OTHER_REGION = "eu-central-1"

HOSTILE = "\n".join(
    [
        "A \"quoted\" '''description''' \"\"\" with \\ and \\n and \\N{BULLET}",
        '"); import os; os.system("touch /hacked") #',
        "{braces} {{more}} {% raw %} ${HOME} $(id) `id` %s",
        "\ttab, Ünïcödé, 数据, \U0001f40d, \u2028 line separator, \u202e right to left, \ufeff",
        "</script><!-- & &amp; ]]> -->",
        "ends with a backslash \\",
    ]
)
TAGS = {"cost center": "Ärger/42=+-@:_.", "数据": "値", "team:lead": "ö"}


@pytest.fixture(scope="module")
def other_region(platform, alice) -> dict:
    """The account dev in another region, where the CICD account has no bootstrap: the CDK asks for none."""
    return owners.ready(platform, alice, DEV_ACCOUNT, OTHER_REGION, (CICD_ACCOUNT,))


@pytest.fixture(scope="module")
def pipelines(alice, environments, other_region) -> dict[str, dict]:
    """The pipelines of these tests, under way at the same time."""
    stage = {name: {"environmentId": environments[name]} for name in ("dev", "prod")}
    requests = {
        "hostile": definition(
            environments,
            name="hostile-descriptions-everywhere",
            description=HOSTILE,
            tags=TAGS,
            stages=[
                {"name": "dev", **stage["dev"]},
                {"name": "central", "environmentId": other_region["id"]},
                {"name": "prod", "manualApproval": True, **stage["prod"]},
            ],
        ),
        "big": definition(
            environments,
            name="big",
            tags={f"tag-{index:02}": "x" * 200 for index in range(20)},
            stages=[
                {"name": f"stage-{index:02}", "manualApproval": index % 2 == 1, **stage["dev" if index < 10 else "prod"]}
                for index in range(20)
            ],
        ),
    }
    return {name: alice.call("POST", "/pipelines", request) | {"request": request} for name, request in requests.items()}


@pytest.fixture(scope="module")
def hostile(alice, pipelines) -> dict:
    return settled(alice, pipelines["hostile"])


@pytest.fixture(scope="module")
def big(alice, pipelines) -> dict:
    return settled(alice, pipelines["big"])


@pytest.fixture(scope="module")
def hostile_clone(platform, hostile, tmp_path_factory) -> Path:
    return platform.clone(hostile, tmp_path_factory.mktemp("clones") / "hostile")


def test_the_answer_says_what_will_be_there(pipelines):
    pipeline = pipelines["hostile"]
    repository = f"dataall-hostile-descriptions-everywhere-{pipeline['id']}"
    assert pipeline["repositoryName"] == repository
    assert pipeline["cloneUrl"] == f"codecommit::eu-west-1://{repository}"
    assert pipeline["cloneCommand"] == f"git clone codecommit::eu-west-1://{repository}"
    assert pipeline["stackName"] == f"dataall-pipeline-hostile-descriptions-everywhere-{pipeline['id']}"
    assert (pipeline["status"], pipeline["revision"], pipeline["owner"]) == ("DEPLOYING", 1, "alice")
    assert pipeline["description"] == HOSTILE
    assert pipeline["tags"] == TAGS
    assert [stage["manualApproval"] for stage in pipeline["stages"]] == [False, False, True]


def test_it_ends_deployed_and_the_history_says_how(alice, platform, hostile):
    assert hostile["deployedRevision"] == hostile["revision"] == 1
    [deployment] = alice.all(f"/pipelines/{hostile['id']}/deployments")
    detail = alice.call("GET", f"/pipelines/{hostile['id']}/deployments/{deployment['id']}")
    assert detail["status"] == "SUCCEEDED"
    assert detail["commit"] == {
        "repositoryName": hostile["repositoryName"],
        "branch": "main",
        "commitId": platform.head(hostile),
        "changed": True,
    }
    support, cicd = detail["stacks"]
    assert (support["region"], support["action"]) == (OTHER_REGION, "CREATED")
    assert (cicd["name"], cicd["stackId"], cicd["action"]) == (hostile["stackName"], hostile["stackId"], "CREATED")
    names = [step["name"] for step in detail["steps"]]
    assert names == ["Prepare", "AnnounceStart", "RenderRepository", "CommitRepository", "DeployStack", "CheckStack", "StartPipelines"]
    for step in detail["steps"]:
        assert step["status"] == "SUCCEEDED"
        assert in_order(detail["createdAt"], step["startedAt"], step["endedAt"], detail["endedAt"])


def test_python_reads_exactly_the_given_strings_in_app_py(hostile, hostile_clone):
    module = ast.parse((hostile_clone / "app.py").read_text())
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    given = {name: value for name, value in constants.items() if not name.endswith("_VERSION")}
    assert given == {
        "PIPELINE_NAME": hostile["name"],
        "DESCRIPTION": HOSTILE,
        "REPOSITORY_NAME": hostile["repositoryName"],
        "STACK_NAME": hostile["stackName"],
    }
    assert stages_of(module) == [("dev", "dev", False), ("central", "central", False), ("prod", "prod", True)]


def stages_of(module: ast.Module) -> list[tuple[str, str, bool]]:
    """Id, environment and approval of each stage that is added to the pipeline, in order."""
    calls = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_stage"
    ]
    stages = []
    for call in sorted(calls, key=lambda call: call.lineno):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        approval = ast.literal_eval(keywords["manual_approvals"]) if "manual_approvals" in keywords else False
        environment = ast.literal_eval(keywords["stage"].args[1])
        stages.append((ast.literal_eval(keywords["stage_id"]), environment, approval))
    return stages


def test_ddk_json_holds_the_tags_and_the_environments(hostile_clone):
    ddk = json.loads((hostile_clone / "ddk.json").read_text())
    assert TAGS.items() <= ddk["tags"].items()
    found = {name: (entry["account"], entry["region"]) for name, entry in ddk["environments"].items()}
    assert found == {
        "cicd": ("111111111111", "eu-west-1"),
        "dev": ("222222222222", "eu-west-1"),
        "central": ("222222222222", OTHER_REGION),
        "prod": ("333333333333", "eu-west-1"),
    }


def test_the_codepipeline_runs_the_stages_in_order_with_the_approval(platform, hostile):
    codepipeline = platform.aws("codepipeline")
    stages = codepipeline.get_pipeline(name=hostile["repositoryName"])["pipeline"]["stages"]
    names = [stage["name"] for stage in stages]
    assert names == ["Source", "Build", "UpdatePipeline", "dev-Deploy", "central-Deploy", "prod-Deploy"]
    approvals = [stage["name"] for stage in stages for action in stage["actions"] if action["actionTypeId"]["category"] == "Approval"]
    assert approvals == ["prod-Deploy"]
    regions = {action.get("region") for action in stages[4]["actions"]}
    assert regions == {OTHER_REGION}
    state = codepipeline.get_pipeline_state(name=hostile["repositoryName"])
    assert state["stageStates"][0]["latestExecution"]["status"] == "Succeeded"


def test_cdk_deploy_of_the_clone_finds_no_changes(platform, hostile, hostile_clone):
    support = f"{hostile['stackName']}-support-{OTHER_REGION}"
    before = platform.stack_events(hostile)
    assert cdk_deploy(platform, hostile_clone) == {hostile["stackName"]: "no changes", support: "no changes"}
    assert platform.stack_events(hostile) == before


def runs(platform: Platform, pipeline: dict) -> list[str]:
    """The executions of the pipeline's CodePipeline."""
    answer = platform.aws("codepipeline").list_pipeline_executions(pipelineName=pipeline["repositoryName"])
    return [execution["pipelineExecutionId"] for execution in answer["pipelineExecutionSummaries"]]


def test_a_second_deployment_commits_and_changes_nothing_but_starts_the_codepipeline(alice, platform, hostile):
    head, events, before = platform.head(hostile), platform.stack_events(hostile), runs(platform, hostile)
    deployment = redeployed(alice, hostile)
    assert deployment["status"] == "SUCCEEDED"
    assert (deployment["commit"]["commitId"], deployment["commit"]["changed"]) == (head, False)
    assert {stack["action"] for stack in deployment["stacks"]} == {"UNCHANGED"}
    assert platform.head(hostile) == head
    commit = platform.aws("codecommit").get_commit(repositoryName=hostile["repositoryName"], commitId=head)["commit"]
    assert commit["parents"] == []
    assert platform.stack_events(hostile) == events
    assert len(set(runs(platform, hostile)) - set(before)) == 1
    newest, first = alice.all(f"/pipelines/{hostile['id']}/deployments")
    assert (newest["id"], first["status"]) == (deployment["id"], "SUCCEEDED")


def test_a_template_too_long_for_a_request_goes_by_url(platform, big, pipelines):
    template = platform.aws("cloudformation").get_template(StackName=big["stackName"])["TemplateBody"]
    assert len(json.dumps(template, separators=(",", ":"))) > 51_200
    actions = platform.aws("codepipeline").get_pipeline(name=big["repositoryName"])["pipeline"]["stages"]
    assert [stage["name"] for stage in actions[3:]] == [f"{stage['name']}-Deploy" for stage in pipelines["big"]["request"]["stages"]]


def test_cdk_deploy_of_the_big_clone_finds_no_changes(platform, big, tmp_path):
    assert cdk_deploy(platform, platform.clone(big, tmp_path / "big")) == {big["stackName"]: "no changes"}


def test_payloads_of_the_workflow_stay_small(alice, platform, big):
    [deployment] = alice.all(f"/pipelines/{big['id']}/deployments")
    payloads = platform.payloads(deployment)
    assert len(payloads) > 10
    # Step Functions takes 262,144 bytes.
    assert max(len(payload.encode()) for payload in payloads) < 8_192


def test_the_execution_carries_name_and_revision(platform, alice, big):
    [deployment] = alice.all(f"/pipelines/{big['id']}/deployments")
    execution = platform.execution(deployment)
    assert execution["name"] == f"big-{big['id']}-r1-{deployment['id']}"
    assert execution["status"] == "SUCCEEDED"


def cdk_deploy(platform: Platform, clone: Path) -> dict[str, str]:
    """Runs the real `cdk deploy` in a clone, as the pipeline does when it updates itself; what it says of each stack."""
    variables = platform.settings.credentials(CICD_ACCOUNT)
    environment = commands.environment(**variables)
    environment["PATH"] = os.pathsep.join([str(TOOLS / "ddk/bin"), environment["PATH"]])
    command = [commands.CDK, "deploy", "--all", "--require-approval", "never", "--no-notices", "--no-color"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    # A stack of another region stands in brackets behind the name that the CDK gives it in the application.
    return dict(re.findall(r"^ *✅ +(?:\S+ \()?([\w-]+)\)?(?: \((.+)\))?$", output, re.MULTILINE))


def test_bob_sees_nothing_of_it(bob: Api, hostile):
    for path in (f"/pipelines/{hostile['id']}", f"/pipelines/{hostile['id']}/deployments"):
        answer = bob.request("GET", path)
        assert (answer.status_code, answer.json()["title"]) == (404, "Not found")
    assert bob.request("POST", f"/pipelines/{hostile['id']}/deployments").status_code == 404
    assert hostile["id"] not in [found["id"] for found in bob.all("/pipelines")]
