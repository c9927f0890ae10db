"""X-Ray's trace header: what a workflow invokes, and the workflows that it starts, belong to its trace.

There are no segments here; the header is what functions read, and write into their logs.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
"""

import contextvars
import re
import secrets
import time

from ministack import app as ministack_app
from ministack.services import lambda_svc, stepfunctions

_root: contextvars.ContextVar[str | None] = contextvars.ContextVar("trace_root", default=None)


def install() -> None:
    ministack_app._dispatch_service_request = _with_trace_of_request(ministack_app._dispatch_service_request)
    stepfunctions._run_execution = _with_trace_of_execution(stepfunctions._run_execution)
    lambda_svc._xray_trace_id_for_invocation = _within_trace(lambda_svc._xray_trace_id_for_invocation)


def _with_trace_of_request(dispatch):
    async def dispatch_service_request(method, path, headers, body, query_params, request_id):
        found = re.search(r"Root=([^;]+)", headers.get("x-amzn-trace-id", ""))
        _root.set(found[1] if found else None)
        return await dispatch(method, path, headers, body, query_params, request_id)

    return dispatch_service_request


def _with_trace_of_execution(run_execution):
    """An execution that is traced continues the trace of who started it, or begins one."""

    def run(execution_arn):
        machine_arn = (stepfunctions._executions.get(execution_arn) or {}).get("stateMachineArn", "")
        machine = stepfunctions._state_machines.get(machine_arn) or {}
        if not (machine.get("tracingConfiguration") or {}).get("enabled"):
            _root.set(None)
        elif _root.get() is None:
            _root.set(f"1-{int(time.time()):08x}-{secrets.token_hex(12)}")
        return run_execution(execution_arn)

    return run


def _within_trace(trace_id_for_invocation):
    def trace_id(config, inbound_trace_header=None):
        root = _root.get()
        if inbound_trace_header is None and root is not None:
            return f"Root={root};Parent={secrets.token_hex(8)};Sampled=1"
        return trace_id_for_invocation(config, inbound_trace_header)

    return trace_id
