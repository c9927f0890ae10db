"""Event buses between accounts: their policies, and the delivery of a rule's events to a bus of another account or region."""

import json
import re
import time

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid, request_scope
from ministack.services import eventbridge

from .deliveries import NO_PERMISSIONS, undelivered
from .identity import role_allows
from .resource_type import Made, Properties, ResourceType


def install() -> None:
    eventbridge._put_permission = _with_whole_policies(eventbridge._put_permission)
    eventbridge._invoke_target = _across_accounts(eventbridge._invoke_target)
    eventbridge._put_events = _to_other_accounts(eventbridge._put_events)


def _with_whole_policies(put_permission):
    """Takes the parameter `Policy`, and spells an account's number as IAM does."""

    def put(data):
        bus = data.get("EventBusName", "default")
        if "Policy" in data:
            eventbridge._event_bus_policies[bus] = json.loads(data["Policy"])
            return json_response({})
        principal = data.get("Principal", "*")
        if re.fullmatch(r"\d{12}", principal):
            data = data | {"Principal": {"AWS": f"arn:aws:iam::{principal}:root"}}
        return put_permission(data)

    return put


def _across_accounts(invoke):
    """Delivers to another account's bus if the target's role may put events there and the bus's policy lets it in."""

    def invoke_target(target, event, rule, view=None):
        arn = target.get("Arn", "")
        place = re.fullmatch(r"arn:aws:events:([a-z0-9-]+):(\d{12}):event-bus/(.+)", arn)
        if place is None or place.groups()[:2] == (get_region(), get_account_id()):
            invoke(target, event, rule, view)
            return
        region, account, bus = place.groups()
        role = target.get("RoleArn", "")
        if problem := _refusal(role, arn, region, account, bus, event["Source"]):
            undelivered(target, event, rule, NO_PERMISSIONS, problem)
            return
        with request_scope(account, region):
            invoke(target, event, rule, view)

    return invoke_target


def _to_other_accounts(put_events):
    """Takes events for buses of other accounts, named by their ARN, if the bus's policy lets the caller in with their sources."""

    def put(data, allow_aws_source=False):
        entries = data.get("Entries", [])
        if not any(map(_is_elsewhere, entries)):
            return put_events(data, allow_aws_source)
        caller = iam_evaluator.caller_arn()
        for entry in filter(_is_elsewhere, entries):
            if not _lets_in(*_place(entry), caller, entry.get("Source", "")):
                message = f"User: {caller} is not authorized to perform: events:PutEvents on resource: {entry['EventBusName']}"
                return error_response_json("AccessDeniedException", message, 400)
        own = [entry for entry in entries if not _is_elsewhere(entry)]
        answer = json.loads(put_events({"Entries": own}, allow_aws_source)[2])
        results = iter(answer["Entries"])
        answer["Entries"] = [_put_elsewhere(entry) if _is_elsewhere(entry) else next(results) for entry in entries]
        return json_response(answer)

    return put


def _is_elsewhere(entry: dict) -> bool:
    place = _place(entry)
    return place is not None and place[0] != get_account_id()


def _put_elsewhere(entry: dict) -> dict:
    account, region, bus = _place(entry)
    event = {name: entry.get(name, empty) for name, empty in (("Source", ""), ("DetailType", ""), ("Detail", "{}"), ("Resources", []))}
    event |= {"EventId": new_uuid(), "Time": int(time.time()), "EventBusName": bus, "Account": get_account_id(), "Region": region}
    with request_scope(account, region):
        eventbridge._dispatch_event(event)
    return {"EventId": event["EventId"]}


def _place(entry: dict) -> tuple[str, str, str] | None:
    """Account, region and name of the bus that an entry names by its ARN."""
    found = re.fullmatch(r"arn:aws:events:([a-z0-9-]+):(\d{12}):event-bus/(.+)", entry.get("EventBusName", ""))
    return (found[2], found[1], found[3]) if found else None


def _refusal(role: str, arn: str, region: str, account: str, bus: str, source: str) -> str | None:
    sender = get_account_id()
    if not role_allows(role, "events:PutEvents", arn, region):
        return f"its role {role} may not events:PutEvents"
    session = f"arn:aws:sts::{sender}:assumed-role/{role.rpartition('/')[2]}/events"
    if account == sender or _lets_in(account, region, bus, session, source):
        return None
    return f"the bus's policy does not let account {sender} in"


def _lets_in(account: str, region: str, bus: str, caller: str, source: str) -> bool:
    """Whether a bus's policy allows a caller of the account that makes the request to put events of a source on it."""
    sender, arn = get_account_id(), f"arn:aws:events:{region}:{account}:event-bus/{bus}"
    kind = "AssumedRole" if ":assumed-role/" in caller else "Root"
    keys = {"events:source": [source]}
    context = iam_evaluator.EvalContext(caller, kind, sender, "events:PutEvents", arn, region, service_context=keys)
    with request_scope(account, region):
        return iam_evaluator.evaluate_resource_policy(eventbridge._event_bus_policies.get(bus), context).decision == "Allow"


# --- AWS::Events::EventBusPolicy: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-eventbuspolicy.html


def put_policy(logical_id: str, properties: Properties, stack_name: str) -> Made:
    bus, statement_id = properties.get("EventBusName", "default"), properties["StatementId"]
    if bus not in eventbridge._event_buses and bus != "default":
        raise ValueError(f"Event bus {bus} does not exist.")
    statement = properties.get("Statement")
    if statement is None:
        named = {name: properties[name] for name in ("Action", "Principal", "Condition") if name in properties}
        eventbridge._put_permission({"EventBusName": bus, "StatementId": statement_id, **named})
    else:
        policy = eventbridge._event_bus_policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
        others = [s for s in policy["Statement"] if s.get("Sid") != statement_id]
        policy["Statement"] = [*others, statement | {"Sid": statement_id}]
        eventbridge._event_bus_policies[bus] = policy
    return f"{bus}|{statement_id}", {}


def update_policy(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Made:
    return put_policy(logical_id, new, stack_name)


def delete_policy(physical_id: str, properties: Properties) -> None:
    bus, _, statement_id = physical_id.partition("|")
    eventbridge._remove_permission({"EventBusName": bus, "StatementId": statement_id})


EVENT_BUS_POLICY = ResourceType(put_policy, update_policy, delete_policy, ("EventBusName", "StatementId"), tagged=False)
