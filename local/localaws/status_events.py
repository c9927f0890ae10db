"""Step Functions tells EventBridge how its executions fare: each change of status, of children of distributed Maps too.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import logging
from datetime import datetime

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from . import events

logger = logging.getLogger("localaws")

# Longer payloads, escaped as in the event, stay outside of it.
MAX_PAYLOAD_BYTES = 248 * 1024
_ENDED_BADLY = ("FAILED", "TIMED_OUT", "ABORTED")


def install() -> None:
    stepfunctions._emit_execution_status_event = emit


def emit(execution: dict) -> None:
    """Puts the event for the status that an execution has now; Express executions have none."""
    # A child of a distributed Map has the type that its Map gives it.
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
    if execution.get("sync") or execution.get("type", machine.get("type")) == "EXPRESS":
        return
    try:
        events.emit(
            get_account_id(),
            get_region(),
            "aws.states",
            "Step Functions Execution Status Change",
            detail_of(execution),
            [execution["executionArn"]],
        )
    except Exception:  # delivery is best effort: the execution goes on
        logger.exception("The status of %s could not be told", execution["executionArn"])


def detail_of(execution: dict) -> dict:
    """What DescribeExecution tells, with times in milliseconds and null for what there is not."""
    status, bad = execution["status"], execution["status"] in _ENDED_BADLY
    output = execution.get("output") if status == "SUCCEEDED" else None
    detail = {
        "executionArn": execution["executionArn"],
        "stateMachineArn": execution["stateMachineArn"],
        "name": execution["name"],
        "status": status,
        "startDate": _milliseconds(execution.get("startDate")),
        "stopDate": _milliseconds(execution.get("stopDate")),
        "input": execution.get("input"),
        "output": output,
        "inputDetails": {"included": True},
        "outputDetails": None if output is None else {"included": True},
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": execution.get("redriveCount", 0),
        "redriveDate": _milliseconds(execution.get("redriveDate")),
        "redriveStatus": "REDRIVABLE" if bad else "NOT_REDRIVABLE",
        "redriveStatusReason": None if bad else f"Execution is {status} and cannot be redriven",
        "error": (execution.get("error") or None) if bad else None,
        "cause": (execution.get("cause") or None) if bad else None,
    }
    if "mapRunArn" in execution:
        detail["mapRunArn"] = execution["mapRunArn"]
    sizes = {name: _escaped_size(detail[name]) for name in ("input", "output")}
    if sum(sizes.values()) > MAX_PAYLOAD_BYTES:
        detail |= {"input": None, "inputDetails": {"included": False}}
    if sizes["output"] > MAX_PAYLOAD_BYTES:
        detail |= {"output": None, "outputDetails": {"included": False}}
    return detail


def _escaped_size(payload: str | None) -> int:
    return 0 if payload is None else len(payload.replace("\\", "\\\\").replace('"', '\\"').encode())


def _milliseconds(stamp: str | None) -> int | None:
    return None if stamp is None else int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000)
