"""Lambda functions whose requests take a way of their own, and what each of them works on: for tests that stand on that way.

`LOCAL_AWS_FUNCTIONS_ENDPOINT` is where functions find this AWS. `GET /_localaws/invocations/{parent}` answers which invocation it is whose
requests have this parent in X-Ray's header: the function, its process and the event.
"""

import json
import re
import threading

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from .settings import Settings

PATH = "/_localaws/invocations/"

_running: dict[str, tuple[lambda_runtime.ProvidedWorker, dict]] = {}
_lock = threading.Lock()


def install(settings: Settings) -> None:
    from ministack import app

    lambda_svc._provided_worker_env = _pointing_to(lambda_svc._provided_worker_env, settings.functions_endpoint)
    lambda_runtime.ProvidedWorker.invoke = _noted(lambda_runtime.ProvidedWorker.invoke)
    app.app = _Answering(app.app)


def _pointing_to(provided_worker_env, endpoint: str):
    def environment(*args):
        return provided_worker_env(*args) | {"AWS_ENDPOINT_URL": endpoint}

    return environment


def _noted(invoke):
    def invoke_noted(worker, event, request_id, *, trace_id=None, **named):
        found = re.search(r"Parent=([0-9a-f]+)", trace_id or "")
        if found is None:
            return invoke(worker, event, request_id, trace_id=trace_id, **named)
        with _lock:
            _running[found[1]] = worker, event
        try:
            return invoke(worker, event, request_id, trace_id=trace_id, **named)
        finally:
            with _lock:
                del _running[found[1]]

    return invoke_noted


class _Answering:
    """An ASGI application that answers below the path and hands all other requests on."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self.application(scope, receive, send)
            return
        with _lock:
            worker, event = _running.get(scope["path"].removeprefix(PATH), (None, None))
        known = worker is not None and worker._proc is not None
        answer = {"function": worker.func_name, "processId": worker._proc.pid, "event": event} if known else {}
        await send({"type": "http.response.start", "status": 200 if known else 404, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
