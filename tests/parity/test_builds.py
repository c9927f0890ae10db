"""What the pipelines' builds run: the generated commands, on an application to which a developer added a file asset."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cdk import ROOT, environment
from configurations import TABLE, with_strategy
from conftest import Render
from rendered import Rendered, build_specification

FUNCTION = """
        from aws_cdk import aws_lambda

        aws_lambda.Function(
            self,
            "hello",
            code=aws_lambda.Code.from_asset("functions/hello"),
            handler="index.handler",
            runtime=aws_lambda.Runtime.PYTHON_3_13,
        )
"""


@pytest.fixture(scope="module", params=["cdk-trunk", "trunk", "gitflow"])
def rendered(request: pytest.FixtureRequest, render: Render) -> Rendered:
    """A repository with a Lambda function from a directory."""
    rendered = render(with_strategy(TABLE["approval"], request.param))
    code = rendered.repository / "functions" / "hello" / "index.py"
    code.parent.mkdir(parents=True)
    code.write_text("def handler(event, context):\n    return 'hello'\n", encoding="utf-8")
    with (rendered.repository / "ddk_app" / "ddk_app_stack.py").open("a", encoding="utf-8") as stack:
        stack.write(FUNCTION)
    return rendered


class Build:
    """A machine on which the commands of one build run, one after the other."""

    def __init__(self, work: Path, prefix: Path, **variables: str) -> None:
        self.work = work
        base = environment(npm_config_prefix=str(prefix), npm_config_update_notifier="false", **variables)
        self.environment = {**base, "PATH": os.pathsep.join((str(prefix / "bin"), base["PATH"]))}

    def run(self, command: str) -> str:
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=self.work,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout[-2000:]}{result.stderr[-4000:]}"
        return result.stdout

    def install(self, specification: dict[str, Any]) -> None:
        for command in specification["phases"]["install"]["commands"]:
            # The libraries are installed already, in the same versions: see test_repository.
            if command != "pip install -r requirements.txt":
                self.run(command)


def test_an_asset_is_published_by_what_the_builds_install(rendered: Rendered, tmp_path: Path) -> None:
    if rendered.strategy == "cdk-trunk":
        synthesized_and_read_by_cdk_assets(rendered, tmp_path)
    else:
        synthesized_and_read_by_the_command_line(rendered, tmp_path)


def synthesized_and_read_by_cdk_assets(rendered: Rendered, tmp_path: Path) -> None:
    synth = specification_of("Build/Synth", rendered.cicd_template)
    build = Build(rendered.repository, tmp_path / "synth")
    build.install(synth)
    for command in synth["phases"]["build"]["commands"]:
        build.run(command)
    assembly = rendered.repository / synth["artifacts"]["base-directory"]
    template = json.loads((assembly / f"{rendered.cicd_stack}.template.json").read_text(encoding="utf-8"))
    pipeline = next(each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::CodePipeline::Pipeline")
    assert [stage["Name"] for stage in pipeline["Stages"]][2:4] == ["UpdatePipeline", "Assets"]

    assets = specification_of("Assets", template)
    assert assets["phases"]["install"]["commands"] == [f"npm install -g cdk-assets@{constant('CDK_ASSETS_VERSION', rendered)}"]
    publishing = Build(assembly, tmp_path / "assets")
    publishing.install(assets)
    published = [
        re.fullmatch(r'(cdk-assets --path "\S+") --verbose publish "(\S+)"', each) for each in assets["phases"]["build"]["commands"]
    ]
    assert len(published) == len(rendered.configuration["stages"])
    for match in published:
        assert match
        command, asset = match.groups()
        # All that publishing does without AWS: it reads the manifest, which a version that is too old refuses.
        assert f"{asset} " in publishing.run(f"{command} ls")


def synthesized_and_read_by_the_command_line(rendered: Rendered, tmp_path: Path) -> None:
    specification = build_specification(rendered.repository)
    assert specification["phases"]["build"]["commands"] == ["cdk deploy --all --require-approval=never"]
    stage = rendered.configuration["stages"][0]["name"]
    build = Build(rendered.repository, tmp_path / "deploy", STAGE=stage)
    build.install(specification)
    # All that `deploy` does without AWS: it synthesizes, then reads the assembly.
    assert build.run("cdk list") == f"ddk-app ({rendered.repository_name}-{stage})\n"
    manifest = json.loads((rendered.repository / "cdk.out" / "ddk-app.assets.json").read_text(encoding="utf-8"))
    assert [file["source"]["packaging"] for file in manifest["files"].values()] == ["zip", "file"]


def test_every_tool_is_installed_in_an_exact_version(rendered: Rendered) -> None:
    """The command line in the one with which templates are compared here."""
    tools = json.loads((ROOT / "local" / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    install_cli = f"npm install -g aws-cdk@{tools['aws-cdk']}"
    if rendered.strategy == "cdk-trunk":
        projects = ("Build/Synth", "UpdatePipeline/SelfMutate")
        specifications = [specification_of(project, rendered.cicd_template) for project in projects]
        assert constant("CLI_VERSION", rendered) == tools["aws-cdk"]
    else:
        specifications = [build_specification(rendered.repository)]
    for specification in specifications:
        assert [each for each in specification["phases"]["install"]["commands"] if "npm" in each] == [install_cli]


def test_people_are_told_the_version_that_the_builds_install(rendered: Rendered) -> None:
    tools = json.loads((ROOT / "local" / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    for readme in (ROOT / "README.md", rendered.repository / "README.md"):
        versions = re.findall(r"aws-cdk@(\S+)", readme.read_text(encoding="utf-8"))
        assert set(versions) == {tools["aws-cdk"]}, readme


def specification_of(step: str, template: dict[str, Any]) -> dict[str, Any]:
    """The build specification of the project of a step, which the CDK names in its description."""
    projects = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::CodeBuild::Project"]
    [project] = [each for each in projects if f"/Pipeline/{step}/" in each["Description"] + "/"]
    return json.loads(project["Source"]["BuildSpec"])


def constant(name: str, rendered: Rendered) -> str:
    match = re.search(rf'^{name} = "(.+)"$', (rendered.repository / "app.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert match, name
    return match[1]
