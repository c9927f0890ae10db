"""What the local AWS knows of CloudFormation's resource types: as the pinned cfn-lint has it, and enough for what is deployed."""

import importlib.util
import json

import pytest


@pytest.fixture(scope="module")
def schemas(repository):
    spec = importlib.util.spec_from_file_location("resource_schemas", repository / "local/resource_schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_up_to_date(schemas):
    assert schemas.OUT.read_text() == schemas.table(), "run .tools/checks/bin/python local/resource_schemas.py"


def test_every_type_of_the_templates_is_in_it(schemas, expanded, environment):
    known = json.loads(schemas.OUT.read_text()).keys()
    created = {resource["Type"] for template in (expanded, environment) for resource in template["Resources"].values()}
    assert created <= known
