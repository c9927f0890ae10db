"""Where a secret that this AWS handed out has been stored: nowhere, it is to be hoped. For tests of what writes logs and records.

`GET /_localaws/handed-out-keys` searches all that is stored for each secret key and session token: tables, objects, logs, messages,
histories of executions. It answers how many there are, how much was searched, and what stores hold one.
"""

import asyncio
import json
import re
import sys
from collections import deque
from collections.abc import Iterator
from types import ModuleType

PATH = "/_localaws/handed-out-keys"
_SERVICES = "ministack.services."
# These keep what they hand out.
_ISSUERS = {"sts", "iam"}
# Secrets and tokens are of the alphabet of base64, 40 characters and more.
_RUN = re.compile(rb"[A-Za-z0-9+/=]{40,}")
_secrets: set[bytes] = set()


def install() -> None:
    """Remembers each secret from now on, and answers on the path."""
    from ministack import app
    from ministack.services import sts

    register_session = sts.register_session

    def remembering(access_key: str, session: dict) -> None:
        register_session(access_key, session)
        _secrets.update(session[name].encode() for name in ("SecretAccessKey", "SessionToken"))

    sts.register_session = remembering
    app.app = _Answering(app.app)


def search(stored: dict[str, list[bytes]], secrets: set[bytes]) -> list[str]:
    """The names of the stores of which a value holds one of the secrets, each of which has 40 characters or more."""
    lengths = sorted({len(secret) for secret in secrets})

    def holds_one(run: bytes) -> bool:
        return any(run[start : start + length] in secrets for length in lengths for start in range(len(run) - length + 1))

    return sorted(name for name, values in stored.items() if any(holds_one(run) for value in values for run in _RUN.findall(value)))


def _stored() -> dict[str, list[bytes]]:
    """The texts and contents that each service holds."""
    services = {name.removeprefix(_SERVICES): module for name, module in list(sys.modules.items()) if name.startswith(_SERVICES)}
    return {name: list(_leaves(vars(module), set())) for name, module in services.items() if name.split(".")[0] not in _ISSUERS}


def _leaves(value: object, seen: set[int]) -> Iterator[bytes]:
    """All texts and contents in a value, however deep."""
    if isinstance(value, str):
        yield value.encode(errors="replace")
    elif isinstance(value, bytes | bytearray):
        yield bytes(value)
    elif not isinstance(value, type | ModuleType) and not callable(value) and id(value) not in seen:
        seen.add(id(value))
        parts = list(value) if isinstance(value, dict | list | tuple | set | frozenset | deque) else []
        if isinstance(value, dict):
            parts += list(value.values())
        slots = [getattr(value, name, None) for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        parts += [*getattr(value, "__dict__", {}).values(), *slots]
        for part in parts:
            yield from _leaves(part, seen)


class _Answering:
    """An ASGI application that answers on the path and hands all other requests on."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.application(scope, receive, send)
            return
        stored = _stored()
        found = await asyncio.to_thread(search, stored, set(_secrets))
        answer = {
            "secrets": len(_secrets),
            "searchedBytes": {name: sum(map(len, values)) for name, values in stored.items()},
            "found": found,
        }
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
