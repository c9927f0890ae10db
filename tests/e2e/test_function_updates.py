"""`make deploy-function` on the platform that runs, and `make up` after it."""

import pytest
from localplatform import function_updates, functions
from localplatform.progress import Steps

NAME = "list-environments"


@pytest.fixture
def code(platform):
    """Tells the digest of the function's code; the function is as it was built afterwards."""
    client = platform.aws("lambda", platform.stack["platformAccountId"])
    yield lambda: client.get_function_configuration(FunctionName=function_updates.deployed_name(NAME))["CodeSha256"]
    function_updates.replace_code(client, function_updates.deployed_name(NAME), functions.package(NAME))


def test_a_function_is_built_and_replaced(platform, alice, environments, code, capsys):
    deployed_by_sam = code()
    function_updates.update(platform.settings, NAME, functions.package("get-environment"))
    assert code() != deployed_by_sam
    with Steps() as steps:
        function_updates.deploy_function(platform.settings, steps, NAME)
    told = capsys.readouterr().out
    assert f"Code of dataall-platform-{NAME} replaced" in told
    assert code() in told
    assert code() == deployed_by_sam, "the same code makes the same package"
    assert {environment["id"] for environment in alice.all("/environments")} >= set(environments.values())


def test_up_replaces_what_was_updated_alone(platform, alice, environments, code):
    another = functions.package("get-environment")
    function_updates.update(platform.settings, NAME, another)
    updated = code()
    assert alice.request("GET", "/environments").status_code != 200, "the other function answers"
    function_updates.update_again(platform.settings)
    assert code() != updated
    assert {environment["id"] for environment in alice.all("/environments")} >= set(environments.values())
    function_updates.update(platform.settings, NAME, another)
    function_updates.forget(platform.settings)
    function_updates.update_again(platform.settings)
    assert code() == updated, "nothing is noted of an AWS that starts anew"
