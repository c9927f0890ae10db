"""S3 objects under a KMS key: who reads one needs kms:Decrypt on its key, who writes one kms:GenerateDataKey.

S3 asks KMS as the caller, so the caller's policies, the key's policy and grants decide, as they do when he calls KMS himself.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

import json
import uuid
from urllib.parse import unquote

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult, PrincipalInfo
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import kms, s3

from .bucket_access import Request, current_request

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"
_MANAGED_ALIAS = "alias/aws/s3"


def install() -> None:
    s3._SSE_STORED_HEADERS = (*s3._SSE_STORED_HEADERS, _BUCKET_KEY)
    s3._resolve_sse_write_headers = _needing_data_key(s3._resolve_sse_write_headers)
    s3._check_sse_read_headers = _needing_decryption_of_object(s3._check_sse_read_headers)
    s3._check_sse_c_copy_source = _needing_decryption_of_source(s3._check_sse_c_copy_source)
    s3._check_sse_c_part = _needing_decryption_of_upload(s3._check_sse_c_part)


def _needing_data_key(resolve_sse_write_headers):
    """Writing: the object keeps the ARN of its key, however the request or the bucket named it."""

    def resolve(headers, bucket_name):
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            # MiniStack would refuse it; S3 takes the key that AWS manages for it.
            headers = headers | {_KEY: _MANAGED_ALIAS}
        stored, problem = resolve_sse_write_headers(headers, bucket_name)
        if problem or stored.get(_ALGORITHM) != "aws:kms":
            return stored, problem
        request = current_request()
        region = s3.bucket_region(bucket_name) or get_region()
        # A key without an account is one of the caller's.
        stored[_KEY] = _key_arn(stored.get(_KEY) or _MANAGED_ALIAS, request.account if request else get_account_id(), region)
        if headers.get(_BUCKET_KEY, str(_bucket_key_enabled(bucket_name))).lower() == "true":
            stored[_BUCKET_KEY] = "true"
        if request is None:
            return stored, None
        refusal = _refusal("kms:GenerateDataKey", stored, request, bucket_name, request.key)
        return (None, refusal) if refusal else (stored, None)

    return resolve


def _needing_decryption_of_object(check_sse_read_headers):
    def check(headers, obj):
        request = current_request()
        if problem := check_sse_read_headers(headers, obj):
            return problem
        # HeadObject tells of an object without reading it, but the checksum is encrypted with it.
        checksum = headers.get("x-amz-checksum-mode", "").upper() == "ENABLED" and obj.get("checksums")
        if request is None or (request.method == "HEAD" and not checksum):
            return None
        return _refusal("kms:Decrypt", obj.get("preserved_headers", {}), request, request.bucket, request.key)

    return check


def _needing_decryption_of_source(check_sse_c_copy_source):
    def check(headers, src_obj):
        request = current_request()
        if (problem := check_sse_c_copy_source(headers, src_obj)) or request is None:
            return problem
        bucket, _, key = unquote(headers["x-amz-copy-source"].partition("?")[0]).lstrip("/").partition("/")
        return _refusal("kms:Decrypt", src_obj.get("preserved_headers", {}), request, bucket, key)

    return check


def _needing_decryption_of_upload(check_sse_c_part):
    """The parts of an upload are encrypted with one data key, which S3 must decrypt for each of them."""

    def check(headers, upload):
        request = current_request()
        if (problem := check_sse_c_part(headers, upload)) or request is None:
            return problem
        return _refusal("kms:Decrypt", upload.get("preserved_headers", {}), request, upload["bucket"], upload["key"])

    return check


def _bucket_key_enabled(bucket_name: str) -> bool:
    """Whether S3 asks KMS for the whole bucket and not for each object."""
    return "<BucketKeyEnabled>true</BucketKeyEnabled>" in s3._bucket_encryption.get(bucket_name, "")


def _key_arn(reference: str, account: str, region: str) -> str:
    if reference.rpartition(":")[2] == _MANAGED_ALIAS:
        return f"arn:aws:kms:{region}:{get_account_id()}:{_MANAGED_ALIAS}"
    arn = reference
    if not reference.startswith("arn:"):
        resource = reference if reference.startswith("alias/") else f"key/{reference}"
        arn = f"arn:aws:kms:{region}:{account}:{resource}"
    key = _key(arn)
    return key["Arn"] if key else arn


def _key(arn: str) -> dict | None:
    """A key as MiniStack keeps it."""
    parts = arn.split(":")
    if len(parts) != 6:
        return None
    _, _, _, region, account, resource = parts
    if resource == _MANAGED_ALIAS:
        return {"Arn": arn, "KeyState": "Enabled", "Policy": _managed_key_policy(account, region)}
    with request_scope(account, region):
        return kms._resolve_key(arn)


def _managed_key_policy(account: str, region: str) -> str:
    """That of the key that AWS manages for S3: everybody in the account, through S3."""
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    condition = {"StringEquals": {"kms:CallerAccount": account, "kms:ViaService": f"s3.{region}.amazonaws.com"}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions, "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _refusal(action: str, stored: dict, request: Request, bucket: str, key: str) -> tuple | None:
    """What S3 answers if KMS refuses the caller what the object's encryption needs."""
    if stored.get(_ALGORITHM) != "aws:kms":
        return None
    resource, region = f"/{bucket}/{key}", s3.bucket_region(bucket) or get_region()
    arn = stored.get(_KEY) or _key_arn(_MANAGED_ALIAS, request.account, region)
    found = _key(arn)
    if found is None or arn.split(":")[3] != region:
        return s3._error("KMS.NotFoundException", f"Key '{arn}' does not exist", 400, resource)
    bucket_arn = f"arn:aws:s3:::{bucket}"
    encryption_context = {"aws:s3:arn": bucket_arn if stored.get(_BUCKET_KEY) == "true" else f"{bucket_arn}/{key}"}
    if why := _denied(action, found, request, region, encryption_context):
        return s3._error("AccessDenied", why, 403, resource)
    with request_scope(*_owner(arn)):
        if unusable := kms._check_key_state(found):
            error = json.loads(unusable[2])
            return s3._error(f"KMS.{error['__type']}", error["message"], 400, resource)
    return None


def _owner(key_arn: str) -> tuple[str, str]:
    """Account and region of a key."""
    _, _, _, region, account, _ = key_arn.split(":")
    return account, region


def _denied(action: str, key: dict, request: Request, region: str, encryption_context: dict[str, str]) -> str | None:
    """Why the caller may not use the key in this way, if he may not."""
    caller, arn = request.principal, _policy_arn(key["Arn"])
    if caller is None:
        return "Anonymous callers have no access to objects that are encrypted with a KMS key."
    keys = {
        "kms:viaservice": f"s3.{region}.amazonaws.com",
        "kms:calleraccount": caller.account,
        "kms:encryptioncontextkeys": list(encryption_context),
    } | {f"kms:encryptioncontext:{name}": value for name, value in encryption_context.items()}
    context = EvalContext(caller.arn, caller.type, caller.account, action, arn, region, service_context=keys, principal_keys=caller.keys)
    own = _own_decision(context, caller)
    account = _owner(arn)[0]
    decision = iam_evaluator.combine_resource_policy(own, context, key["Policy"], account, required=True, limits=caller.limits)
    # A grant stands for the key's policy; in another account the caller's own policies must allow it, too.
    granted = account == caller.account or own.decision == "Allow"
    if decision.decision == "Allow" or (decision.decision != "Deny" and granted and _granted(action, arn, caller.arn, encryption_context)):
        return None
    subject = f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}"
    if decision.decision == "Deny":
        kind = "a resource-based" if decision.resource_policy_arn else "an identity-based"
        return f"{subject} with an explicit deny in {kind} policy"
    kind = "resource-based" if own.decision == "Allow" else "identity-based"
    return f"{subject} because no {kind} policy allows the {action} action"


def _policy_arn(arn: str) -> str:
    """What policies know a key by: the one that AWS manages for S3 has an id, too, which nobody is told here."""
    return arn.replace(f":{_MANAGED_ALIAS}", f":key/{uuid.uuid5(uuid.NAMESPACE_URL, arn)}")


def _own_decision(context: EvalContext, caller: PrincipalInfo) -> EvalResult:
    """What the caller's own policies say; the root of an account has none and may do all in it."""
    if caller.policies is None:
        return EvalResult("Allow", caller.arn)
    return iam_evaluator.evaluate(context, caller.policies, *caller.limits)


def _granted(action: str, key_arn: str, caller_arn: str, encryption_context: dict[str, str]) -> bool:
    """Whether a grant of the key lets the caller do it. https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"""
    with request_scope(*_owner(key_arn)):
        grants = [grant for grant in kms._grants.values() if grant["KeyId"] == key_arn]
    return any(
        action.partition(":")[2] in grant["Operations"]
        and iam_evaluator._names_caller({"AWS": grant["GranteePrincipal"]}, caller_arn)
        and _within(grant["Constraints"] or {}, encryption_context)
        for grant in grants
    )


def _within(constraints: dict, encryption_context: dict[str, str]) -> bool:
    exactly, at_least = constraints.get("EncryptionContextEquals"), constraints.get("EncryptionContextSubset", {})
    return (exactly is None or exactly == encryption_context) and at_least.items() <= encryption_context.items()
