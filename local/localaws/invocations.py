"""Who may invoke a function: a service needs the function's resource policy, which MiniStack does not ask."""

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc

from .deliveries import NO_PERMISSIONS, undelivered


def install() -> None:
    eventbridge._invoke_target = _asking_first(eventbridge._invoke_target)


def _asking_first(invoke):
    def invoke_target(target, event, rule, view=None):
        arn = target.get("Arn", "")
        if arn.startswith("arn:aws:lambda:") and not may_invoke(arn, "events.amazonaws.com", rule["Arn"]):
            undelivered(target, event, rule, NO_PERMISSIONS, "The function's policy does not allow it")
            return
        invoke(target, event, rule, view)

    return invoke_target


def may_invoke(function: str, service: str, source_arn: str) -> bool:
    """The answer of the function's resource policy; for a function that does not exist the caller finds out itself."""
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    if not config:
        return True
    policy, owner = lambda_svc.function_policy_for_arn(config["FunctionArn"])
    context = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=owner,
        action="lambda:InvokeFunction",
        resource_arn=function if function.startswith("arn:") else config["FunctionArn"],
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()},
    )
    return evaluate_resource_policy(policy, context, service=service).decision == "Allow"
