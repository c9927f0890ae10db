"""API Gateway rules that MiniStack leaves out: gateway responses of an OpenAPI body, the permission to invoke a function, request ids."""

import contextvars
import logging
import re

from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway_v1

from .invocations import may_invoke

logger = logging.getLogger("localaws")


# The id of the request that is being answered, as the function is told it.
_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id")


class _FunctionFailed(Exception):
    """The function behind a proxy integration raised, died, or took too long."""


def install() -> None:
    apigateway_v1._import_rest_api = _with_gateway_responses(apigateway_v1._import_rest_api)
    apigateway_v1._build_lambda_event_v1 = _keeping_id(apigateway_v1._build_lambda_event_v1)
    apigateway_v1._lambda_proxy_response = _raising(apigateway_v1._lambda_proxy_response)
    apigateway_v1._invoke_lambda_proxy_v1 = _asking_first(apigateway_v1._invoke_lambda_proxy_v1)


def _with_gateway_responses(import_rest_api):
    """Takes `x-amazon-apigateway-gateway-responses`, which is how SAM hands over its GatewayResponses."""

    def import_api(spec, base_data=None):
        api_id = import_rest_api(spec, base_data)
        for response_type, response in (spec.get("x-amazon-apigateway-gateway-responses") or {}).items():
            status, _, body = apigateway_v1._put_gateway_response(api_id, response_type, response)
            if status >= 400:
                raise ValueError(f"The gateway response {response_type} is refused: {body.decode()}")
        return api_id

    return import_api


def _keeping_id(build_event):
    def build(*args, **named):
        event = build_event(*args, **named)
        context = event["requestContext"]
        _request_id.set(context["requestId"])
        # As the client reached it: a function tells others where the API is.
        headers = {name.lower(): value for name, value in event["headers"].items()}
        context["domainName"] = headers.get("host", "localhost")
        context["path"] = f"/restapis/{context['apiId']}/{context['stage']}/_user_request_{event['path']}"
        event["headers"] = {name: value for name, value in event["headers"].items() if name.lower() != "x-forwarded-proto"} | {
            "X-Forwarded-Proto": "http"
        }
        return event

    return build


def _raising(lambda_proxy_response):
    def proxy_response(result):
        response, error = lambda_proxy_response(result)
        if error:
            raise _FunctionFailed(error)
        return response, error

    return proxy_response


def _asking_first(invoke):
    """Invokes a function if its policy lets API Gateway; what went wrong inside it is not the client's to read.

    The answer's header has the request's id, the one that the function is told.
    """

    async def invoke_lambda_proxy(integration, api_id, stage_name, stage, resource, request_path, method, *args, **named):
        function = apigateway_v1._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
        path = re.sub(r"\{[^}]*\}", "*", resource["path"])
        source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api_id}/{stage_name}/{method}{path}"
        if not integration.get("credentials") and not may_invoke(function, "apigateway.amazonaws.com", source):
            logger.warning("API Gateway may not invoke %s: its policy does not allow %s", function, source)
            return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        try:
            status, headers, body = await invoke(integration, api_id, stage_name, stage, resource, request_path, method, *args, **named)
            return status, headers | {"x-amzn-requestid": _request_id.get()}, body
        except _FunctionFailed as failure:
            logger.warning("The function %s failed: %s", function, failure)
            return apigateway_v1._gw_error("INTEGRATION_FAILURE", "Internal server error")

    return invoke_lambda_proxy
