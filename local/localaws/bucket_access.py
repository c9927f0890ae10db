"""S3: whose bucket it is, and what its policy says about the very caller from another account.

Within an account MiniStack asks the caller's own policies and the bucket's. Across accounts both must allow: the caller's are
asked like those of any other call, and here the bucket's policy is.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html
"""

import contextvars
import dataclasses
from functools import cached_property

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import s3


@dataclasses.dataclass(frozen=True)
class Request:
    """A request that S3 works on, and who makes it."""

    method: str
    bucket: str
    key: str
    access_key: str
    account: str
    region: str

    @cached_property
    def principal(self) -> iam_evaluator.PrincipalInfo | None:
        """Nobody, if the request is anonymous."""
        if not self.access_key:
            return None
        with request_scope(self.account, self.region):
            principal = iam_evaluator.resolve_principal(self.access_key, self.account)
        return principal if isinstance(principal, iam_evaluator.PrincipalInfo) else None


_request: contextvars.ContextVar[Request | None] = contextvars.ContextVar("s3_request", default=None)
# Whom a bucket's policy is asked about, instead of the root of an account.
_asked_about: contextvars.ContextVar[iam_evaluator.PrincipalInfo | None] = contextvars.ContextVar("asked_about", default=None)


def install() -> None:
    s3.handle_request = _forgetting_request(s3.handle_request)
    s3._apply_bucket_scope = _knowing_request(s3._apply_bucket_scope)
    s3._foreign_bucket_allows = _asking_about_caller(s3._foreign_bucket_allows)
    iam_evaluator.evaluate_resource_policy = _about_caller(iam_evaluator.evaluate_resource_policy)
    iam_evaluator._resolve_condition_key = _with_owner_of_bucket(iam_evaluator._resolve_condition_key)


def current_request() -> Request | None:
    """The request that S3 works on: what services do in buckets by themselves is none."""
    return _request.get()


async def read_object(bucket: str, key: str, headers: dict) -> tuple[int, bytes]:
    """Status and body of GetObject for the caller whose request has these headers; his own policies must have been asked."""
    with request_scope(get_account_id(), get_region()):
        authorization = {name: value for name, value in headers.items() if name == "authorization"}
        status, _, body = await s3.handle_request("GET", f"/{bucket}/{key}", authorization, b"", {}, enforce_bucket_region=False)
    return status, body


def _forgetting_request(handle_request):
    async def handle(*args, **named):
        token = _request.set(None)
        try:
            return await handle_request(*args, **named)
        finally:
            _request.reset(token)

    return handle


def _knowing_request(apply_bucket_scope):
    """Remembers the request before MiniStack changes over to the account of the bucket."""

    def apply(method, bucket, key, headers, query_params, body=b"", internal=False):
        if not internal:
            access_key = s3._request_access_key(method, key, headers, query_params, body)
            _request.set(Request(method, bucket, key, access_key, get_account_id(), get_region()))
        return apply_bucket_scope(method, bucket, key, headers, query_params, body, internal)

    return apply


def _asking_about_caller(foreign_bucket_allows):
    def allows(owner_account, bucket_name, key, method, query_params, caller, headers=None):
        request = _request.get()
        token = _asked_about.set(request.principal if request and caller else None)
        try:
            return foreign_bucket_allows(owner_account, bucket_name, key, method, query_params, caller, headers)
        finally:
            _asked_about.reset(token)

    return allows


def _about_caller(evaluate_resource_policy):
    def evaluate(doc, ctx, *args, **named):
        if caller := _asked_about.get():
            ctx = dataclasses.replace(ctx, principal_arn=caller.arn, principal_type=caller.type, principal_keys=caller.keys)
        return evaluate_resource_policy(doc, ctx, *args, **named)

    return evaluate


def _with_owner_of_bucket(resolve):
    """`s3:ResourceAccount` and `aws:ResourceAccount` are the account that owns the bucket: its ARN does not tell."""

    def resolve_condition_key(key, context):
        if key.lower() in ("s3:resourceaccount", "aws:resourceaccount") and context.resource_arn.startswith("arn:aws:s3:::"):
            bucket = context.resource_arn.removeprefix("arn:aws:s3:::").partition("/")[0]
            if owner := s3._bucket_owner_account(bucket):
                return owner
        return resolve(key, context)

    return resolve_condition_key
