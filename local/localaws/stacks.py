"""CloudFormation rules that MiniStack leaves out: roles, request tokens, templates by URL, events of stacks, our resource types.

Everything is an adjustment around MiniStack's own operations; the work of a stack stays theirs.
"""

import asyncio
import contextvars
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request

from ministack import app as ministack_app
from ministack.core import iam_evaluator
from ministack.core.iam_actions import extract_iam_action
from ministack.core.responses import get_account_id
from ministack.core.router import detect_service, extract_access_key_id, extract_region
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers, provisioners, stacks

from .bucket_access import read_object
from .events import emit
from .identity import trusts_service
from .resource_type import ResourceType

_TOKEN_OPERATIONS = ("CreateStack", "UpdateStack", "DeleteStack")
_NOT_UPDATABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")
_ROLE_OPERATIONS = (*_TOKEN_OPERATIONS, "CreateChangeSet", "ContinueUpdateRollback", "RollbackStack")
_TEMPLATE_ACTIONS = {
    f"cloudformation:{name}" for name in ("CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate", "GetTemplateSummary")
}

# The template that this request names by URL: its text, or why it cannot be read.
_template: contextvars.ContextVar[tuple[str | None, str | None] | None] = contextvars.ContextVar("template", default=None)


def install(resource_types: dict[str, ResourceType]) -> None:
    for name, kind in resource_types.items():
        provisioners._RESOURCE_HANDLERS[name] = {
            "create": kind.create,
            "update": kind.update,
            "delete": kind.delete,
            "update_with_logical_id": True,
        }
        if kind.tagged:
            provisioners._STACK_TAG_PROPERTY[name] = ("Tags", "list")
        provisioners._REPLACING_PROPERTIES[name] = kind.replacing_properties
    operations = handlers._ACTION_HANDLERS
    for name in _ROLE_OPERATIONS:
        operations[name] = _with_role(operations[name])
    operations["CreateStack"] = _keeping_deleted_stack(_refusing_failed_stack(operations["CreateStack"]))
    operations["CreateChangeSet"] = _keeping_deleted_stack(_refusing_change_of_failed_stack(operations["CreateChangeSet"]))
    for name in _TOKEN_OPERATIONS:
        operations[name] = _with_token(operations[name], name)
    operations["DescribeStacks"] = _showing_role(operations["DescribeStacks"])
    operations["GetTemplate"] = _in_ascii(operations["GetTemplate"])
    ministack_app._dispatch_service_request = _with_template(ministack_app._dispatch_service_request)
    helpers._resolve_document = _with_fetched_template(helpers._resolve_document)
    add_event = _with_stack_event(stacks._add_event)
    for module in (stacks, handlers, changesets):
        module._add_event = add_event


def _with_role(operation):
    """The role of an operation: it must exist and trust CloudFormation. It stays with the stack."""

    def handle(params):
        role = helpers._p(params, "RoleARN")
        if role and not trusts_service(role, "cloudformation.amazonaws.com"):
            return helpers._error("ValidationError", f"Role {role} is invalid or cannot be assumed")
        answer = operation(params)
        stack = handlers._resolve_stack(helpers._p(params, "StackName"))
        if role and stack and answer[0] == 200:
            stack["_role_arn"] = role
        return answer

    return handle


def _keeping_deleted_stack(operation):
    """A deleted stack can be read by its id for a while, also when a new one has its name."""

    def handle(params):
        name = helpers._p(params, "StackName")
        before = cloudformation._stacks.get(name)
        answer = operation(params)
        if before and before["StackStatus"] == "DELETE_COMPLETE" and cloudformation._stacks.get(name) is not before:
            cloudformation._stacks[before["StackId"]] = before
        return answer

    return handle


def _refusing_failed_stack(operation):
    """A stack in ROLLBACK_COMPLETE is in the way of a new one of its name: it must be deleted first."""

    def handle(params):
        name = helpers._p(params, "StackName")
        existing = cloudformation._stacks.get(name)
        if existing and existing["StackStatus"] == "ROLLBACK_COMPLETE":
            return helpers._error("AlreadyExistsException", f"Stack [{name}] already exists")
        return operation(params)

    return handle


def _refusing_change_of_failed_stack(operation):
    """A change set is refused for a stack that cannot be updated, one whose first deployment was rolled back among them."""

    def handle(params):
        stack, kind = _stack(helpers._p(params, "StackName")), helpers._p(params, "ChangeSetType", "UPDATE")
        status = stack["StackStatus"] if stack else ""
        if kind == "UPDATE" and status in _NOT_UPDATABLE:
            return helpers._error("ValidationError", f"Stack:{stack['StackId']} is in {status} state and can not be updated.")
        if kind == "CREATE" and status == "ROLLBACK_COMPLETE":
            return helpers._error("AlreadyExistsException", f"Stack [{stack['StackName']}] already exists")
        return operation(params)

    return handle


def _with_token(operation, name):
    """A request that comes again with its token gets its first answer; another request may not use the token."""

    def handle(params):
        token = helpers._p(params, "ClientRequestToken")
        if not token:
            return operation(params)
        request = (
            name,
            json.dumps({k: v for k, v in params.items() if k not in ("Action", "Version")}, sort_keys=True),
        )
        stack_name = helpers._p(params, "StackName")
        known = (_stack(stack_name) or {}).get("_requests", {}).get(token)
        if known:
            first, answer = known
            if first == request:
                return answer
            return helpers._error("TokenAlreadyExistsException", f"Token {token} was used for another request")
        answer = operation(params)
        if answer[0] == 200 and (stack := _stack(stack_name)):
            stack.setdefault("_requests", {})[token] = (request, answer)
        return answer

    return handle


def _stack(name_or_id: str) -> dict | None:
    return cloudformation._stacks.get(name_or_id) or handlers._resolve_stack(name_or_id)


def _showing_role(operation):
    def handle(params):
        status, headers, body = operation(params)
        name = helpers._p(params, "StackName")
        for stack in [_stack(name)] if name else cloudformation._stacks.values():
            if stack and (role := stack.get("_role_arn")):
                stack_id = f"<StackId>{stack['StackId']}</StackId>".encode()
                body = body.replace(stack_id, stack_id + f"<RoleARN>{role}</RoleARN>".encode())
        return status, headers, body

    return handle


def _in_ascii(operation):
    """CloudFormation tells a template with `?` for each character that is not ASCII."""

    def handle(params):
        status, headers, body = operation(params)
        return status, headers, re.sub("[^\\x00-\\x7f]", "?", body.decode()).encode()

    return handle


def _with_template(dispatch):
    """Reads a template that is named by URL: with the URL's own signature, or as the caller, who needs s3:GetObject."""

    async def dispatch_service_request(method, path, headers, body, query_params, request_id):
        parameters = ministack_app._routing_params(method, path, headers, body, query_params)
        service = detect_service(method, path, headers, parameters)
        if service == "cloudformation" and extract_iam_action(service, method, path, headers, body, parameters) in _TEMPLATE_ACTIONS:
            url = (parameters.get("TemplateURL") or [""])[0]
            if url:
                _template.set(await _read_template(url, headers))
        return await dispatch(method, path, headers, body, query_params, request_id)

    return dispatch_service_request


async def _read_template(url: str, headers: dict) -> tuple[str | None, str | None]:
    parts = urllib.parse.urlsplit(url)
    location = object_location(parts.hostname or "", parts.path)
    if location is None:
        return None, f"TemplateURL must be a supported URL: {url}"
    bucket, key = location
    if urllib.parse.parse_qs(parts.query).keys() & {"X-Amz-Signature", "Signature"}:
        local = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
        return await asyncio.to_thread(_fetch, urllib.parse.urlunsplit((local.scheme, local.netloc, parts.path, parts.query, "")))
    resource = f"arn:aws:s3:::{bucket}/{key}"
    if iam_evaluator.enforce(extract_access_key_id(headers), "s3:GetObject", "s3", extract_region(headers), resource_arn=resource):
        return None, "S3 error: Access Denied"
    status, body = await read_object(bucket, key, headers)
    if status == 200:
        return body.decode(), None
    return None, "S3 error: Access Denied" if status == 403 else "S3 error: The specified key does not exist."


def object_location(host: str, path: str) -> tuple[str, str] | None:
    """Bucket and key of an object's URL, path style (s3.region.amazonaws.com, 127.0.0.1) or virtual-hosted (bucket.s3...)."""
    path = urllib.parse.unquote(path.lstrip("/"))
    hosted = re.fullmatch(r"(?P<bucket>[a-z0-9.-]+)\.s3[.-][a-z0-9.-]+", host)
    bucket, key = (hosted["bucket"], path) if hosted else path.partition("/")[::2]
    return (bucket, key) if bucket and key else None


def _fetch(url: str) -> tuple[str | None, str | None]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read().decode(), None
    except urllib.error.HTTPError as error:
        return None, "S3 error: Access Denied" if error.code == 403 else f"S3 error: {error.code} {error.reason}"


def _with_fetched_template(resolve):
    def resolve_document(params, body_key, url_key, label):
        fetched = _template.get()
        if body_key != "TemplateBody" or fetched is None or not helpers._p(params, url_key) or helpers._p(params, body_key):
            return resolve(params, body_key, url_key, label)
        text, problem = fetched
        if problem:
            return None, helpers._error("ValidationError", problem)
        if len(text.encode()) > helpers.TEMPLATE_URL_MAX_BYTES:
            return None, helpers._error("ValidationError", f"Template may not exceed {helpers.TEMPLATE_URL_MAX_BYTES} bytes in size.")
        return text, None

    return resolve_document


def _with_stack_event(add_event):
    """Puts "CloudFormation Stack Status Change" on the account's default bus.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-events.html
    """

    def add(stack_id, stack_name, logical_id, resource_type, status, reason="", *args, **named):
        add_event(stack_id, stack_name, logical_id, resource_type, status, reason, *args, **named)
        if resource_type == "AWS::CloudFormation::Stack" and logical_id == stack_name:
            detail = {
                "stack-id": stack_id,
                "status-details": {"status": status, "status-reason": reason},
                "client-request-token": stacks.CLIENT_REQUEST_TOKEN.get(),
            }
            emit(
                get_account_id(),
                stack_id.split(":")[3],
                "aws.cloudformation",
                "CloudFormation Stack Status Change",
                detail,
                [stack_id],
            )

    return add
