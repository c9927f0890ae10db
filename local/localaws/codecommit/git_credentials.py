"""Who may use git: HTTP Basic credentials, checked against the key's secret, then IAM's policies.

The user name is the access key, followed by `%` and the session token for temporary credentials. The password is either the
secret itself, so that a plain `git clone` with a URL works here, or what git-remote-codecommit and the AWS CLI's credential
helper make: a time and a Signature Version 4 of `GIT`, the repository's path and the host.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from ministack.core.iam_evaluator import (
    AuthError,
    CredentialResolutionError,
    EvalContext,
    PrincipalInfo,
    ResolvedCredential,
    evaluate,
    find_iam_access_key_account,
    resolve_credential,
    resolve_principal,
)
from ministack.core.responses import request_scope
from ministack.services import sts

from .repositories import repository_arn

# How long a signature is good for: https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-https-windows.html (15 minutes).
SIGNATURE_LIFETIME = dt.timedelta(minutes=15)
_SIGNATURE = re.compile(r"(\d{8}T\d{6})Z([0-9a-f]{64})")


class Refused(Exception):
    """The HTTP status and the sentence that the client reads."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Place:
    """An account and a region."""

    account: str
    region: str


@dataclass(frozen=True)
class Caller:
    """An authenticated principal."""

    arn: str
    principal: PrincipalInfo


def authenticate(authorization: str, host: str, repository_path: str, candidates: Callable[[str], list[Place]]) -> tuple[Caller, Place]:
    """The caller, and which of the candidate places (given the caller's account) the credentials are good for."""
    user, password = _basic(authorization)
    access_key, _, token = user.partition("%")
    account = _account_of(access_key)
    with request_scope(account, "us-east-1"):
        credential = resolve_credential(access_key, account, token)
        if isinstance(credential, CredentialResolutionError):
            raise Refused(401 if credential.code != "ExpiredTokenException" else 403, credential.message)
        places = candidates(account)
        signature = _SIGNATURE.fullmatch(password)
        if signature is None:
            if not hmac.compare_digest(password.encode(), credential.secret_access_key.encode()):
                raise Refused(401, "The password is neither the access key's secret nor a signature made with it.")
            accepted = places
        else:
            accepted = [p for p in places if _signed(credential, *signature.groups(), host, repository_path, p.region)]
            if places and not accepted:
                raise Refused(401, "The signature does not match.")
        if not accepted:
            raise Refused(404, f"The account {account} has no such repository.")
        principal = resolve_principal(access_key, account, credential)
    if isinstance(principal, AuthError):
        raise Refused(403, principal.message)
    return Caller(principal.arn, principal), accepted[0]


def authorize(caller: Caller, action: str, account: str, region: str, repository: str, reference: str | None) -> None:
    """IAM's decision: codecommit:GitPull or GitPush on the repository, with codecommit:References for a push."""
    principal, arn = caller.principal, repository_arn(account, region, repository)
    allowed = principal.account == account  # CodeCommit has no resource policies: nobody reaches another account's repository.
    if allowed and principal.policies is not None:
        context = EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=action,
            resource_arn=arn,
            region=region,
            service_context={"codecommit:references": reference} if reference else {},
            principal_keys=principal.keys,
        )
        with request_scope(account, region):
            allowed = evaluate(context, principal.policies, *principal.limits).decision == "Allow"
    if not allowed:
        raise Refused(403, f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}")


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        separator = ""
    if scheme.lower() != "basic" or not separator:
        raise Refused(401, "Give an access key and its secret, or use git-remote-codecommit or the AWS CLI's credential helper.")
    return user, password


def _account_of(access_key: str) -> str:
    if re.fullmatch(r"\d{12}", access_key):
        return access_key
    session = sts._sessions.get(access_key) or {}
    from_session = str(session.get("Arn", "")).split(":")
    account = from_session[4] if len(from_session) > 4 else find_iam_access_key_account(access_key)
    if not account:
        raise Refused(401, "The access key is not known.")
    return account


def _signed(credential: ResolvedCredential, timestamp: str, signature: str, host: str, path: str, region: str) -> bool:
    """Whether the signature is the key's own over this path and host, and fresh."""
    age = dt.datetime.now(dt.UTC) - dt.datetime.strptime(timestamp, "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
    if abs(age) > SIGNATURE_LIFETIME:
        return False
    date = timestamp[:8]
    scope = f"{date}/{region}/codecommit/aws4_request"
    key = b"AWS4" + credential.secret_access_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    canonical = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    to_sign = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), signature)
