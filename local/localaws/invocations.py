"""Who may invoke a function: API Gateway and EventBridge need the function's resource policy, which MiniStack does not ask."""

import logging
import re

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway_v1, eventbridge, lambda_svc

logger = logging.getLogger("localaws")


def install() -> None:
    apigateway_v1._invoke_lambda_proxy_v1 = _for_api_gateway(apigateway_v1._invoke_lambda_proxy_v1)
    eventbridge._invoke_target = _for_rules(eventbridge._invoke_target)


def _for_api_gateway(invoke):
    async def invoke_lambda_proxy(integration, api_id, stage_name, stage, resource, request_path, method, *args, **named):
        function = apigateway_v1._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
        path = re.sub(r"\{[^}]*\}", "*", resource["path"])
        source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api_id}/{stage_name}/{method}{path}"
        if not integration.get("credentials") and not _may_invoke(function, "apigateway.amazonaws.com", source):
            logger.warning("API Gateway may not invoke %s: its policy does not allow %s", function, source)
            return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        return await invoke(integration, api_id, stage_name, stage, resource, request_path, method, *args, **named)

    return invoke_lambda_proxy


def _for_rules(invoke):
    def invoke_target(target, event, rule, view=None):
        arn = target.get("Arn", "")
        if arn.startswith("arn:aws:lambda:") and not _may_invoke(arn, "events.amazonaws.com", rule["Arn"]):
            logger.warning("The rule %s may not invoke %s: its policy does not allow it", rule["Arn"], arn)
            return
        invoke(target, event, rule, view)

    return invoke_target


def _may_invoke(function: str, service: str, source_arn: str) -> bool:
    """The answer of the function's resource policy; for a function that does not exist the caller finds out itself."""
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    if not config:
        return True
    arn = function if function.startswith("arn:") else config["FunctionArn"]
    policy, owner = lambda_svc.function_policy_for_arn(config["FunctionArn"])
    context = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=owner,
        action="lambda:InvokeFunction",
        resource_arn=arn,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()},
    )
    return evaluate_resource_policy(policy, context, service=service).decision == "Allow"
