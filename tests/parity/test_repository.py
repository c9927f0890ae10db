"""The repository that `render` writes, judged by Python, pip's pins, pytest and cfn-lint."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cdk import ROOT, WarmCdk, cli, environment, synthesize_with_cli
from configurations import HOSTILE_DESCRIPTION, STRATEGIES, TABLE, Configuration, based, stage, with_strategy
from conftest import Render
from rendered import build_specification, run


def constants(tree: ast.Module) -> dict[str, object]:
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    }


def test_app_py_says_exactly_what_was_given(configuration: Configuration, render: Render) -> None:
    rendered = render(configuration)
    tree = ast.parse((rendered.repository / "app.py").read_bytes())
    if rendered.strategy != "cdk-trunk":
        assert constants(tree) == {"REPOSITORY_NAME": rendered.repository_name}
        return
    given = {name: value for name, value in constants(tree).items() if not name.endswith("_VERSION")}
    assert given == {
        "PIPELINE_NAME": configuration["name"],
        "DESCRIPTION": configuration["description"],
        "REPOSITORY_NAME": rendered.repository_name,
        "STACK_NAME": rendered.cicd_stack,
    }

    stages = [
        {keyword.arg: keyword.value for keyword in node.value.keywords}
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "add_stage"
    ]
    assert [(call["stage_id"].value, call["stage"].args[1].value, "manual_approvals" in call) for call in stages] == [
        (stage["name"], stage["name"], stage.get("manualApproval", False)) for stage in configuration["stages"]
    ]


def test_ddk_json_says_exactly_what_was_given(configuration: Configuration, render: Render) -> None:
    config = json.loads((render(configuration).repository / "ddk.json").read_text(encoding="utf-8"))
    assert configuration["tags"].items() <= config["tags"].items()
    given = {"cicd": configuration["cicd"], **{stage["name"]: stage for stage in configuration["stages"]}}
    assert list(config["environments"]) == list(given)
    for name, environment_ in config["environments"].items():
        assert environment_["account"] == given[name]["accountId"]
        assert environment_["region"] == given[name]["region"]
        assert environment_.get("bootstrap_qualifier") == given[name].get("bootstrapQualifier")
        assert ("permissions_boundary" in environment_) == ("permissionsBoundary" in given[name])
        assert environment_.get("team") == given[name].get("team")


def test_same_input_same_bytes(render: Render) -> None:
    first, second = (render(TABLE["everything"]) for _ in range(2))
    assert contents(first.folder) == contents(second.folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_readme_says_how_to_clone_change_bootstrap_and_add_a_stage(strategy: str, render: Render) -> None:
    rendered = render(with_strategy(TABLE["everything"], strategy))
    readme = (rendered.repository / "README.md").read_text(encoding="utf-8")
    cicd = rendered.configuration["cicd"]
    sections = {part.partition("\n")[0]: part for part in readme.split("\n## ")}
    commands = {
        "Clone": [
            f"git clone codecommit::{cicd['region']}://{rendered.repository_name}",
            f"cd {rendered.repository_name}",
        ],
        "Change": ["\npytest\n", "git push"],
        "Bootstrap an account": ["npx aws-cdk@", f"--trust {cicd['accountId']}"],
        "Add a stage": ["ddk.json"],
    }
    for section, named in commands.items():
        for command in named:
            assert command in sections[section], f"{section}: {command}"


@pytest.mark.parametrize(("strategy", "passed"), [("cdk-trunk", 25), ("trunk", 34)])
def test_its_own_tests_pass(strategy: str, passed: int, render: Render) -> None:
    repository = render(with_strategy(TABLE["everything"], strategy)).repository
    config = json.loads((repository / "ddk.json").read_text(encoding="utf-8"))
    config["environments"]["dev"]["env_vars"] = {"LOG_LEVEL": "debug"}
    (repository / "ddk.json").write_text(json.dumps(config), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]
    assert f"{passed} passed" in result.stdout


@pytest.mark.parametrize("strategy", ["trunk", "gitflow"])
def test_each_stage_synthesizes_as_its_build_runs_it(strategy: str, render: Render) -> None:
    """With the variables of the stage's project, and with no role in use that the project's builds may not assume."""
    rendered = render(with_strategy(TABLE["every-setting-of-a-stage"], strategy))
    template = rendered.cicd_template
    projects = [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == "AWS::CodeBuild::Project"]
    stages = rendered.configuration["stages"]
    assert len(projects) == len(stages)
    for project, stage_ in zip(projects, stages, strict=True):
        variables = {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
        assembly = synthesize_with_cli(rendered.repository, **variables)
        manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
        stacks = [each for each in manifest["artifacts"].values() if each["type"] == "aws:cloudformation:stack"]
        assert [(stack["environment"], stack["properties"]["stackName"]) for stack in stacks] == [
            (f"aws://{stage_['accountId']}/{stage_['region']}", f"{rendered.repository_name}-{stage_['name']}")
        ]
        assert used_roles(assembly) <= assumable_roles(template, project)
        shutil.rmtree(assembly)


def used_roles(assembly: Path) -> set[str]:
    """Every role that the CDK's command line assumes for this assembly. It passes the role of CloudFormation on."""
    files = [assembly / "manifest.json", *assembly.glob("*.assets.json")]
    text = "".join(path.read_text(encoding="utf-8") for path in files).replace("${AWS::Partition}", "aws")
    roles = set(re.findall(r"arn:aws:iam::\d{12}:role/[\w-]+", text))
    assert any("-file-publishing-" in role for role in roles)
    return {role for role in roles if "-cfn-exec-role-" not in role}


def assumable_roles(template: dict[str, Any], project: dict[str, Any]) -> set[str]:
    role = project["ServiceRole"]["Fn::GetAtt"][0]
    return {
        arn
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "sts:AssumeRole"
        for arn in statement["Resource"]
    }


def test_without_a_stage_the_application_says_what_to_set(render: Render) -> None:
    result = cli(render(with_strategy(TABLE["two-stages"], "trunk")).repository, "synth", "--quiet")
    assert result.returncode == 1
    assert "STAGE is not set: set STAGE to one of dev, prod" in result.stderr


def test_the_build_specification_is_one(render: Render) -> None:
    tools = json.loads((ROOT / "local" / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    rendered = render(with_strategy(TABLE["everything"], "gitflow"))
    assert build_specification(rendered.repository) == {
        "version": 0.2,
        "phases": {
            "install": {
                "runtime-versions": {"nodejs": "22", "python": "3.11"},
                "commands": [f"npm install -g aws-cdk@{tools['aws-cdk']}", "pip install -r requirements.txt"],
            },
            "build": {"commands": ["cdk deploy --all --require-approval=never"]},
        },
    }


def test_its_own_tests_can_fail(render: Render) -> None:
    repository = render(TABLE["two-stages"]).repository
    stack = repository / "ddk_app" / "ddk_app_stack.py"
    stack.write_text(stack.read_text().replace("BLOCK_ALL", "BLOCK_ACLS_ONLY"))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "dev and private"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 1, result.stdout[-4000:]


def test_requirements_are_pinned_to_what_is_tested_here(render: Render) -> None:
    repository = render(TABLE["two-stages"]).repository
    tested = pins(ROOT / "local" / "requirements" / "ddk.txt")
    given = pins(repository / "requirements.txt") | pins(repository / "requirements-dev.txt")
    assert {"aws-ddk-core", "aws-cdk-lib", "constructs", "jsii", "pytest"} <= given.keys()
    assert given.items() <= tested.items()


def pins(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(match.groups() for line in lines if (match := re.match(r"^([a-z0-9._-]+)==(\S+)", line)))


def test_templates_pass_cfn_lint(render: Render, warm_cdk: WarmCdk) -> None:
    """The platform's, and those of the application."""
    cfn_lint = ROOT / ".tools" / "checks" / "bin" / "cfn-lint"
    if not cfn_lint.exists():
        pytest.skip("the environment `checks` is not installed: make tools")
    rendered = [render(with_strategy(TABLE["everything"], strategy)) for strategy in STRATEGIES]
    templates = [template for each in rendered for template in (each.folder / "stacks").iterdir()]
    assert len(templates) == 3 + 1 + 1
    of_stages = list(warm_cdk.synthesize(rendered[0].repository).glob("assembly-*/*.template.json"))
    assert len(of_stages) == len(TABLE["everything"]["stages"])
    # W3005: the CDK names a dependency twice, and we write what it writes.
    result = subprocess.run(
        [str(cfn_lint), "--ignore-checks", "W3005", "--", *map(str, templates + of_stages)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_bad_input_is_refused_with_every_problem(binary: Path, tmp_path: Path) -> None:
    bad = based(name="No", colour="red", stages=[stage("cicd"), stage("dev", account="1"), stage("prod", region="mars")])
    result = run(binary, bad, tmp_path)
    assert result.returncode == 2
    places = [line.split(":")[0] for line in result.stderr.splitlines()]
    assert sorted(places) == sorted(["/name", "/colour", "/stages/0/name", "/stages/1/accountId", "/stages/2/region"])
    assert not (tmp_path / "out").exists()


def test_hostile_text_never_becomes_code(render: Render) -> None:
    """The same statements but for one literal, whatever the description says."""
    plain, hostile = (
        ast.dump(ast.parse((render(based(description=text)).repository / "app.py").read_bytes())) for text in ("plain", HOSTILE_DESCRIPTION)
    )
    assert hostile == plain.replace("'plain'", repr(HOSTILE_DESCRIPTION), 1)


def test_code_formatters_and_linters_find_nothing(render: Render) -> None:
    ruff = ROOT / ".tools" / "checks" / "bin" / "ruff"
    if not ruff.exists():
        pytest.skip("the environment `checks` is not installed: make tools")
    for name, strategy in (("everything", "cdk-trunk"), ("twenty-stages", "cdk-trunk"), ("everything", "gitflow")):
        repository = render(with_strategy(TABLE[name], strategy)).repository
        for arguments in (["check"], ["format", "--diff"]):
            command = [str(ruff), *arguments, "--isolated", "--line-length", "120", "."]
            result = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stdout + result.stderr
