"""Keeping functions of the platform from their work for a while: without a permission, or without what they are sent."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines import Platform, wait_for


@contextmanager
def denied(platform: Platform, role: str, action: str) -> Iterator[None]:
    """A role of the platform must do without a permission for a while."""
    role = f"{role}-{platform.settings.region}"
    iam, name = platform.aws("iam", platform.stack["platformAccountId"]), f"denied-{uuid.uuid4().hex[:8]}"
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


@contextmanager
def switched_off(platform: Platform, function: str) -> Iterator[None]:
    """What the function `dataall-platform-{function}` is sent by its queue or stream waits for a while."""
    functions = platform.aws("lambda", platform.stack["platformAccountId"])
    [mapping] = functions.list_event_source_mappings(FunctionName=f"dataall-platform-{function}")["EventSourceMappings"]

    def switch(on: bool) -> None:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)
        state = "Enabled" if on else "Disabled"
        wait_for(lambda: functions.get_event_source_mapping(UUID=mapping["UUID"])["State"] == state, state)

    switch(False)
    try:
        yield
    finally:
        switch(True)
