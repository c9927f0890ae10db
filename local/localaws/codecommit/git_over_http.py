"""git over HTTP: `git http-backend` behind CodeCommit's way to sign and IAM's decision.

Two addresses name a repository: `/git/{accountId}/{region}/{repositoryName}`, and CodeCommit's own `/v1/repos/{repositoryName}`,
where account and region follow from the credentials.
"""

import asyncio
import gzip
import logging
import os
import re
import subprocess
from dataclasses import dataclass
from urllib.parse import parse_qs

from .git_credentials import Caller, Place, Refused, authenticate, authorize
from .repositories import BRANCHES, REPOSITORIES, Repository

logger = logging.getLogger("localaws")

_ADDRESS = re.compile(
    r"(?P<repository_path>/git/(?P<account>\d{12})/(?P<region>[a-z0-9-]+)/(?P<name>[\w.-]+?)|/v1/repos/(?P<plain_name>[\w.-]+?))"
    r"/?(?P<rest>/info/refs|/git-upload-pack|/git-receive-pack)"
)
_ACTIONS = {"git-upload-pack": "codecommit:GitPull", "git-receive-pack": "codecommit:GitPush"}


@dataclass(frozen=True)
class _Request:
    """One request of the git protocol."""

    method: str
    repository_path: str
    account: str | None
    region: str | None
    name: str
    rest: str
    query: str
    headers: dict[str, str]

    @property
    def service(self) -> str | None:
        """git-upload-pack or git-receive-pack; None for the protocol without a service, which is not offered."""
        asked = parse_qs(self.query).get("service", [""])[0] if self.rest == "/info/refs" else self.rest.removeprefix("/")
        return asked if asked in _ACTIONS else None


class GitOverHttp:
    """An ASGI application that answers git's requests and hands all others on."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send) -> None:
        match = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self.application(scope, receive, send)
            return
        request = _Request(
            method=scope["method"],
            repository_path=match["repository_path"],
            account=match["account"],
            region=match["region"],
            name=match["name"] or match["plain_name"],
            rest=match["rest"],
            query=scope.get("query_string", b"").decode(),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        )
        body = await _read(receive)
        try:
            status, headers, content = await asyncio.to_thread(_answer, request, body)
        except Refused as refusal:
            status, content = refusal.status, f"{refusal}\n".encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            if status == 401:
                headers.append((b"www-authenticate", b'Basic realm="AWS CodeCommit", charset="UTF-8"'))
        except Exception:
            logger.exception("git %s %s failed", request.method, request.repository_path)
            status, headers, content = (
                500,
                [(b"content-type", b"text/plain")],
                b"The local AWS failed; its log says why.\n",
            )
        headers.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


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


def _answer(request: _Request, body: bytes) -> tuple[int, list, bytes]:
    if request.service is None:
        raise Refused(403, "Only git's smart protocol is offered.")
    caller, found = authenticate(
        request.headers.get("authorization", ""),
        host=request.headers.get("host", ""),
        repository_path=request.repository_path,
        candidates=_candidates(request),
    )
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    references = _pushed_references(body) if request.rest == "/git-receive-pack" else [None]
    for reference in references:
        authorize(caller, _ACTIONS[request.service], found.account, found.region, request.name, reference)
    repository = REPOSITORIES.find(found.account, found.region, request.name)
    if repository is None:
        raise Refused(404, f"The repository {request.name} does not exist in {found.region} of account {found.account}.")
    if request.rest != "/git-receive-pack":
        return _http_backend(request, repository, caller, body)
    with repository.lock:
        before = repository.references()
        answer = _http_backend(request, repository, caller, body)
        repository.after_change(before, repository.references(), caller.arn)
    return answer


def _candidates(request: _Request):
    """Where the repository may be, for the account that the credentials will name."""
    if request.account:
        return lambda account: [Place(request.account, request.region)]
    return lambda account: [Place(r.account, r.region) for r in REPOSITORIES.named(account, request.name)]


def _pushed_references(body: bytes) -> list[str]:
    """The references that a push would change: the command lines that start git-receive-pack's request."""
    references, position = [], 0
    while (length := int(body[position : position + 4] or b"0", 16)) > 4:
        line = body[position + 4 : position + length].split(b"\0")[0].decode("utf-8", "replace").rstrip("\n")
        position += length
        if line.count(" ") >= 2:
            references.append(line.split(" ", 2)[2])
    return references or [BRANCHES]


def _http_backend(request: _Request, repository: Repository, caller: Caller, body: bytes) -> tuple[int, list, bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PROJECT_ROOT": str(repository.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.path.name}{request.rest}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_USER": caller.arn,
        "REMOTE_ADDR": "127.0.0.1",
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
    head, separator, content = done.stdout.partition(b"\r\n\r\n")
    if done.returncode or not separator:
        raise RuntimeError(f"git http-backend ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    headers = [tuple(part.strip() for part in line.split(b":", 1)) for line in head.split(b"\r\n")]
    status = next((int(value.split()[0]) for name, value in headers if name.lower() == b"status"), 200)
    return (
        status,
        [(name.lower(), value) for name, value in headers if name.lower() not in (b"status", b"content-length")],
        content,
    )
