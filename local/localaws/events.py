"""Events of AWS services, put on the default bus of an account and region as the service itself would."""

import json

from ministack.core.responses import request_scope
from ministack.services import eventbridge


def emit(account: str, region: str, source: str, detail_type: str, detail: dict, resources: list[str]) -> None:
    """Puts one event; rules and their targets are MiniStack's."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
    with request_scope(account, region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
