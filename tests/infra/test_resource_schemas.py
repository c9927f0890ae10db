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


def test_what_cannot_be_changed_in_place_is_as_the_pinned_cfn_lint_has_it(repository):
    """A preview goes by it. That every type of pipelines' stacks is in it, the crate's own tests say."""
    spec = importlib.util.spec_from_file_location("replacement_rules", repository / "local/replacement_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.OUT.read_text() == module.table(), "run .tools/checks/bin/python local/replacement_rules.py"
