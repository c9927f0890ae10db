"""CloudFront for browsers: a port of its own for the distribution that was made last, and origins that are APIs of API Gateway.

MiniStack serves a distribution by its name (`d1234.cloudfront.net`), which no browser of this machine finds.
"""

import logging
import re
from urllib.parse import parse_qs

from hypercorn import config as hypercorn
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import request_scope
from ministack.services import cloudfront

from .settings import Settings

logger = logging.getLogger("localaws")

_API = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")


def install(settings: Settings) -> None:
    hypercorn.Config = _listening_also_on(settings.edge_port)
    cloudfront._fetch_from_origin = _with_apis(cloudfront._fetch_from_origin, settings)


class Edge:
    """An ASGI application that answers what arrives at the port for browsers, and hands all else on."""

    def __init__(self, application, port: int):
        self.application = application
        self.port = port

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http" or scope["server"][1] != self.port:
            await self.application(scope, receive, send)
            return
        status, headers, body = await _answer(scope, await _read(receive))
        fields = [(name, each) for name, value in headers.items() for each in (value if isinstance(value, list) else [value])]
        sent = [(name.encode("latin-1"), str(value).encode("latin-1")) for name, value in fields if name.lower() != "content-length"]
        sent.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _answer(scope, body: bytes) -> tuple[int, dict, bytes]:
    distribution = next(reversed(cloudfront._distributions._data.values()), None)
    if distribution is None:
        return 404, {"Content-Type": "text/plain; charset=utf-8"}, b"This AWS has no distribution of CloudFront.\n"
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    # As it would arrive at CloudFront: under the distribution's name, and with TLS, which browsers do not ask of this machine.
    headers |= {"host": distribution["DomainName"], "x-forwarded-proto": "https"}
    query = scope["query_string"].decode("latin-1")
    raw_path = scope["raw_path"].decode("latin-1")
    try:
        with request_scope(distribution["ARN"].split(":")[4], "us-east-1"):
            return await cloudfront.handle_viewer_request(
                distribution,
                scope["method"],
                scope["path"],
                raw_path,
                query,
                headers,
                body,
                parse_qs(query, keep_blank_values=True),
                scope["client"][0],
            )
    except Exception:
        logger.exception("CloudFront: %s %s failed", scope["method"], scope["path"])
        return 500, {"Content-Type": "text/plain; charset=utf-8"}, b"The local AWS failed; its log says why.\n"


async def _read(receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _with_apis(fetch_from_origin, settings: Settings):
    """Sends requests for an API's own domain to this AWS; MiniStack refuses domains that belong to AWS."""

    async def fetch(origin, method, uri, query_string, headers, body, viewer_is_https, client_ip, *rest):
        match = _API.fullmatch(origin["domain_name"])
        if match is None:
            return await fetch_from_origin(origin, method, uri, query_string, headers, body, viewer_is_https, client_ip, *rest)
        here = origin | {"domain_name": settings.host, "http_port": settings.port, "protocol_policy": "http-only"}
        path = f"/restapis/{match['api']}{origin['origin_path']}/_user_request_{uri}"
        headers = headers | {"host": f"{settings.host}:{settings.port}"}
        status, reason, pairs, content = await run_reentrant(
            cloudfront._forward_to_origin, here, method, path, query_string, headers, body, viewer_is_https, client_ip
        )
        return status, reason, cloudfront._multidict_from_pairs(pairs), content

    return fetch


def _listening_also_on(port: int) -> type[hypercorn.Config]:
    """The server's configuration: on whatever address it is told to listen, it also listens on this port."""

    class Config(hypercorn.Config):
        @property
        def bind(self) -> list[str]:
            return super().bind

        @bind.setter
        def bind(self, value: list[str]) -> None:
            self._bind = [*value, f"{value[0].rpartition(':')[0]}:{port}"]

    return Config
