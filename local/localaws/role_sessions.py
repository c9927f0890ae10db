"""How long roles may be assumed: at most as long as the role says, and an hour if a role's session assumes it.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import json
import re

from ministack import app as ministack_app
from ministack.core.responses import error_response_json
from ministack.core.router import extract_access_key_id
from ministack.services import iam, sts
from ministack.services.cloudformation import provisioners

DEFAULT_SECONDS = 3600
CHAINED_SECONDS = 3600
_DURATIONS = (900, 43_200)
_MAX_SESSION_DURATIONS = (3600, 43_200)
_SESSION_NAME = r"[\w+=,.@-]*"
_DETECTED = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}"


def install() -> None:
    handlers = ministack_app.SERVICE_HANDLERS
    handlers["sts"] = _bounding_sessions(handlers["sts"])
    handlers["iam"] = _bounding_roles(handlers["iam"])
    roles = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    roles["create"] = _bounded(roles["create"], 1)
    roles["update"] = _bounded(roles["update"], 2)


def _bounding_sessions(handle_request):
    async def handle(method, path, headers, body, query_params):
        parameters = _parameters(method, path, headers, body, query_params)
        if parameters.get("Action") != "AssumeRole" and not headers.get("x-amz-target", "").endswith(".AssumeRole"):
            return await handle_request(method, path, headers, body, query_params)
        if problem := _name_problem(parameters.get("RoleSessionName", "")) or _range_problem(
            parameters.get("DurationSeconds"), "durationSeconds", *_DURATIONS
        ):
            return _refusal(headers, problem)
        answer = await handle_request(method, path, headers, body, query_params)
        seconds = int(parameters.get("DurationSeconds") or DEFAULT_SECONDS)
        # Who may not assume the role learns nothing about it.
        problem = _duration_problem(parameters.get("RoleArn", ""), seconds, extract_access_key_id(headers, query_params))
        return _refusal(headers, problem) if answer[0] == 200 and problem else answer

    return handle


def _parameters(method, path, headers, body, query_params) -> dict[str, str]:
    if body[:1] == b"{":
        return {name: str(value) for name, value in json.loads(body).items()}
    found = ministack_app._routing_params(method, path, headers, body, query_params)
    return {name: value[0] if isinstance(value, list) else value for name, value in found.items() if value}


def _name_problem(name: str) -> str | None:
    if not 2 <= len(name) <= 64:
        return _DETECTED.format(name, "roleSessionName", "Member must have length from 2 to 64")
    if not re.fullmatch(_SESSION_NAME, name, re.ASCII):
        return _DETECTED.format(name, "roleSessionName", f"Member must satisfy regular expression pattern: {_SESSION_NAME}")
    return None


def _range_problem(value: str | int | None, name: str, least: int, most: int) -> str | None:
    if value and int(value) < least:
        return _DETECTED.format(value, name, f"Member must have value greater than or equal to {least}")
    if value and int(value) > most:
        return _DETECTED.format(value, name, f"Member must have value less than or equal to {most}")
    return None


def _duration_problem(role_arn: str, seconds: int, access_key: str) -> str | None:
    caller = sts._sessions.get(access_key) or {}
    if caller.get("PrincipalType") == "AssumedRole" and seconds > CHAINED_SECONDS:
        return "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rpartition("/")[2]) or {}
    if seconds > role.get("MaxSessionDuration", DEFAULT_SECONDS):
        return "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    return None


def _refusal(headers: dict, problem: str):
    if "amz-json" in headers.get("content-type", ""):
        return error_response_json("ValidationError", problem, 400)
    return sts._error(400, "ValidationError", problem, ns="sts")


def _bounding_roles(handle_request):
    async def handle(method, path, headers, body, query_params):
        parameters = _parameters(method, path, headers, body, query_params)
        if parameters.get("Action") in ("CreateRole", "UpdateRole") and (
            problem := _range_problem(parameters.get("MaxSessionDuration"), "maxSessionDuration", *_MAX_SESSION_DURATIONS)
        ):
            return iam._error(400, "ValidationError", problem, ns="iam")
        return await handle_request(method, path, headers, body, query_params)

    return handle


def _bounded(make, properties_at: int):
    def make_role(*args, **named):
        given = args[properties_at].get("MaxSessionDuration")
        if problem := _range_problem(given, "maxSessionDuration", *_MAX_SESSION_DURATIONS):
            raise ValueError(f"{problem} (Service: Iam, Status Code: 400; Error Code: ValidationError)")
        return make(*args, **named)

    return make_role
