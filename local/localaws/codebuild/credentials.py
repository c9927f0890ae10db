"""Credentials of a running build: a small HTTP server that the SDKs know as the container's.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ..json_service import AwsError
from ..service_sessions import Session

# A session lives an hour. SDKs renew theirs five minutes before its end at the earliest, and must then get a newer one.
_SESSION_SECONDS = 3600
_RENEW_SECONDS = 1800


class BuildSession:
    """The session of a build's role, renewed while the build runs."""

    def __init__(self, assume: Callable[[], Session]):
        self._assume, self._lock = assume, threading.Lock()
        self._session, self._since = assume(), time.time()

    def now(self) -> tuple[Session, float]:
        """A session with half an hour before it at least, and when it ends."""
        with self._lock:
            if time.time() - self._since > _RENEW_SECONDS:
                self._session, self._since = self._assume(), time.time()
            return self._session, self._since + _SESSION_SECONDS

    def client(self, service: str, region: str):
        return self.now()[0].client(service, region)


class CredentialsServer:
    """Gives each build the credentials of its role, to nobody without the build's token."""

    def __init__(self) -> None:
        self._by_token: dict[str, BuildSession] = {}
        self._lock = threading.Lock()
        self._port: int | None = None

    def open_for(self, session: BuildSession) -> dict[str, str]:
        """The variables by which the SDKs of a build find its credentials."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._by_token[token] = session
            if self._port is None:
                server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
                threading.Thread(target=server.serve_forever, name="build-credentials", daemon=True).start()
                self._port = server.server_port
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self._port}/v2/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }

    def close_for(self, session: BuildSession) -> None:
        with self._lock:
            self._by_token = {token: kept for token, kept in self._by_token.items() if kept is not session}

    def _answer(self, token: str) -> tuple[int, dict]:
        with self._lock:
            session = self._by_token.get(token)
        if session is None:
            return 403, {"code": "AccessDenied", "message": "This token belongs to no running build."}
        try:
            current, ends = session.now()
        except AwsError as error:
            return 400, {"code": error.code, "message": error.message}
        return 200, {
            "RoleArn": current.role_arn,
            "AccessKeyId": current.access_key,
            "SecretAccessKey": current.secret_key,
            "Token": current.token,
            "Expiration": datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = answer(self.headers.get("Authorization", ""))
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                """Nothing: the log of the local AWS has no line for each renewal."""

        return Handler


CREDENTIALS = CredentialsServer()
