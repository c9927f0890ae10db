"""Taking permissions from the platform's roles for a while."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines import Platform


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
