"""No secret that AWS handed out during the tests is found in what was stored: tables, objects, logs, messages, histories of executions."""

import pytest
import requests


@pytest.fixture(scope="session", autouse=True)
def secrets_are_stored_nowhere(platform):
    yield
    answer = requests.get(f"{platform.settings.endpoint_url}/_localaws/handed-out-keys", timeout=300)
    answer.raise_for_status()
    searched = answer.json()
    assert searched["secrets"] > 0, "the functions' own sessions at least"
    assert not searched["found"], f"secrets are stored by {searched['found']}"
