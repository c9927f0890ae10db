"""Event buses between accounts: their policies, and the delivery of a rule's events to a bus of another account or region."""

import json
import re

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region, json_response, request_scope
from ministack.services import eventbridge

from .deliveries import NO_PERMISSIONS, undelivered
from .identity import role_allows
from .resource_type import Made, Properties, ResourceType


def install() -> None:
    eventbridge._put_permission = _with_whole_policies(eventbridge._put_permission)
    eventbridge._invoke_target = _across_accounts(eventbridge._invoke_target)


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
        if problem := _refusal(role, arn, region, account, bus):
            undelivered(target, event, rule, NO_PERMISSIONS, problem)
            return
        with request_scope(account, region):
            invoke(target, event, rule, view)

    return invoke_target


def _refusal(role: str, arn: str, region: str, account: str, bus: str) -> str | None:
    sender = get_account_id()
    if not role_allows(role, "events:PutEvents", arn, region):
        return f"its role {role} may not events:PutEvents"
    if account == sender:
        return None
    with request_scope(account, region):
        policy = eventbridge._event_bus_policies.get(bus)
        session = f"arn:aws:sts::{sender}:assumed-role/{role.rpartition('/')[2]}/events"
        context = EvalContext(session, "AssumedRole", sender, "events:PutEvents", arn, region)
        allowed = evaluate_resource_policy(policy, context).decision == "Allow"
    return None if allowed else f"the bus's policy does not let account {sender} in"


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
