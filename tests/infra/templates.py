"""Reading templates: with what they include, and as the SAM transform expands them."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import yaml
from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform


def load_template(path: Path) -> dict:
    """A CloudFormation template with its short tags spelled out and its includes put in, as plain dicts and lists."""
    return with_includes(json.loads(json.dumps(cfn_yaml.load(str(path)))), path.parent)


def with_includes(value, directory: Path):
    """As CloudFormation does it: what is included is YAML without short tags, and takes the place of the transform."""
    if isinstance(value, list):
        return [with_includes(item, directory) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("Fn::Transform", {}).get("Name") == "AWS::Include":
        assert set(value) == {"Fn::Transform"}
        return yaml.safe_load((directory / value["Fn::Transform"]["Parameters"]["Location"]).read_text())
    return {key: with_includes(item, directory) for key, item in value.items()}


def expand(template: dict) -> dict:
    """What the SAM transform makes of a template: the resources that CloudFormation really creates."""
    template = json.loads(json.dumps(template))
    for resource in template["Resources"].values():
        # `sam deploy` uploads the code and writes where it lies.
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
        if resource["Type"] == "AWS::Serverless::StateMachine":
            resource["Properties"]["DefinitionUri"] = "s3://bucket/key"
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    return json.loads(json.dumps(transform(template, {}, SimpleNamespace(load=dict))))
