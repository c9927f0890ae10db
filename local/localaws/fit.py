"""The start-up check: whether MiniStack's internals that we build on are as we know them."""

import importlib
import importlib.metadata
import inspect

VERSION = "1.5.33"

# What is used, with the parameters that we rely on (None: any object of that name).
_INTERNALS: dict[str, dict[str, tuple[str, ...] | None]] = {
    "ministack.app": {
        "AUTH": None,
        "SERVICE_REGISTRY": None,
        "SERVICE_HANDLERS": None,
        "_loaded_modules": None,
        "_MAIN_LOOP": None,
        "app": ("scope", "receive", "send"),
        "main": (),
        "_dispatch_service_request": ("method", "path", "headers", "body", "query_params", "request_id"),
        "_routing_params": ("method", "path", "headers", "body", "query_params"),
    },
    "ministack.core.router": {
        "SERVICE_PATTERNS": None,
        "detect_service": ("method", "path", "headers", "query_params"),
        "extract_region": ("headers", "query_params"),
        "extract_access_key_id": ("headers", "query_params"),
    },
    "ministack.core.responses": {
        "get_account_id": (),
        "get_region": (),
        "new_uuid": (),
        "request_scope": ("account_id", "region"),
    },
    "ministack.core.iam_actions": {
        "SERVICE_TO_IAM_NAMESPACE": None,
        "extract_iam_action": ("service", "method", "path", "headers", "body", "query_params"),
        "extract_resource_arn": (
            "service",
            "method",
            "path",
            "headers",
            "body",
            "query_params",
            "region",
            "account_id",
        ),
        "request_tag_context": ("service", "iam_action", "body", "params"),
        "access_denied_response": (
            "service",
            "action",
            "principal_arn",
            "request_id",
            "error_code",
            "message",
            "headers",
            "resource_arn",
            "explicit_deny",
        ),
    },
    "ministack.core.iam_evaluator": {
        "_resolve_condition_key": ("key", "ctx"),
        "_service_principal_matches": ("principal", "service"),
        "_gather_role_policies": ("role_name", "account_id"),
        "_permissions_boundary": ("store", "name", "account_id"),
        "caller_arn": (),
        "evaluate": ("ctx", "policies", "limits"),
        "evaluate_resource_policy": ("doc", "ctx", "service"),
        "enforce": ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"),
        "find_iam_access_key_account": ("access_key_id",),
        "resolve_credential": ("access_key_id", "account_id", "session_token"),
        "resolve_principal": ("access_key_id", "account_id", "credential"),
        "AuthError": None,
        "CredentialResolutionError": None,
        "EvalContext": None,
        "EvalResult": None,
    },
    "ministack.services.iam": {"_roles": None},
    "ministack.services.sts": {
        "_sessions": None,
        "_assumed_role_arn": ("role_arn", "session_name"),
        "_gen_secret": None,
        "_gen_session_access_key": None,
        "_gen_session_token": None,
        "_role_id": ("role_arn",),
        "register_session": ("access_key", "session"),
    },
    "ministack.services.s3": {
        "_buckets": None,
        "_bucket_has_versions": None,
        "_get_object_data": ("bucket_name", "key", "version_id"),
        "_put_object": ("bucket_name", "key", "body", "headers"),
    },
    "ministack.services.eventbridge": {
        "_event_bus_policies": None,
        "_event_buses": None,
        "_dispatch_event": ("event", "view"),
        "_put_events": ("data", "allow_aws_source"),
        "_put_permission": ("data",),
        "_remove_permission": ("data",),
        "_invoke_target": ("target", "event", "rule", "view"),
        "_pattern_event_view": ("event",),
        "_SCHEDULER_TICK_INTERVAL": None,
    },
    "ministack.services.sqs": {
        "_Err": None,
        "_HANDLERS": None,
        "_act_send_message": ("data", "qurl"),
        "_queue_by_arn": ("arn",),
        "_queue_url": ("name",),
        "queue_policy_allows": ("queue_arn", "service", "source_arn", "source_account"),
    },
    "ministack.services.apigateway_v1": {
        "_build_lambda_event_v1": ("api_id", "stage_name", "stage", "resource"),
        "_extract_lambda_ref_from_integration_uri": ("uri",),
        "_gw_error": ("response_type", "message"),
        "_import_rest_api": ("spec", "base_data"),
        "_lambda_proxy_response": ("result",),
        "_put_gateway_response": ("api_id", "response_type", "data"),
        "_invoke_lambda_proxy_v1": (
            "integration",
            "api_id",
            "stage_name",
            "stage",
            "resource",
            "request_path",
            "method",
        ),
    },
    "ministack.services.lambda_svc": {
        "_create_esm": ("data",),
        "_emit_lambda_logs": ("func", "request_id", "log_text", "error", "duration_ms"),
        "_get_func_record_for_ref": None,
        "_iter_all_esms": (),
        "esm_wake": None,
        "_xray_trace_id_for_invocation": ("config", "inbound_trace_header"),
        "function_policy_for_arn": ("resource_arn",),
    },
    "ministack.services.dynamodb": {
        "_tables": None,
        "_apply_projection": ("item", "data"),
        "_batch_get_item": ("data",),
        "_evaluate_condition": ("expr", "item", "attr_values", "attr_names", "slot"),
        "_get_item": ("data",),
        "_item_size_bytes": ("item",),
        "_normalize_table_name": None,
        "_query": ("data",),
        "_resolve_table_key_values": ("table", "attrs", "allow_extra"),
        "_scan": ("data",),
    },
    "ministack.services.cloudwatch": {"record_metric": ("namespace", "metric_name", "value", "unit", "dimensions")},
    "ministack.services.cloudwatch_logs": {
        "_log_groups": None,
        "_metric_filters": None,
        "_compile_filter_pattern": ("raw",),
        "_create_log_group": ("data",),
        "_create_log_stream": ("data",),
        "_fanout_to_subscription_filters": ("group_name", "stream_name", "events"),
        "_put_metric_filter": ("data",),
        "_append_log_events": ("stream", "events"),
        "_compile_insights_filter": ("stage",),
        "_row_from_record": ("record", "fields"),
        "_split_insights_pipes": ("query_string",),
        "_start_query": ("data",),
    },
    "ministack.services.stepfunctions": {
        "_describe_execution": ("data",),
        "_execute_choice": ("state_def", "raw_input", "ctx"),
        "_execute_map": ("state_def", "raw_input", "execution", "ctx"),
        "_execute_parallel": ("state_def", "raw_input", "execution", "ctx"),
        "_execute_pass": ("state_def", "raw_input", "ctx"),
        "_execute_wait": ("state_def", "raw_input", "ctx"),
        "_executions": None,
        "_fail_state_error": ("state_def", "raw_input", "ctx"),
        "_finalize_response": ("response",),
        "_map_runs": None,
        "_state_machines": None,
        "_apply_output_path": ("state_def", "data", "ctx"),
        "_apply_result_path": ("state_def", "original", "result"),
        "_apply_result_selector": ("state_def", "data"),
        "_next_or_end": ("state_def",),
        "_read_map_items": ("reader", "effective", "ctx"),
        "_resolve_params_obj": ("template", "data", "ctx"),
        "_resolve_path_or_ctx": ("path", "data", "ctx"),
        "_run_distributed_map": ("state_def", "raw_input", "effective", "iterator", "execution", "ctx"),
        "_run_sub_machine": ("states", "start_at", "input_data", "execution", "ctx"),
        "_stop_execution": ("data",),
        "_ExecutionError": ("error", "cause"),
        "_add_event": ("execution", "event_type", "details"),
        "_emit_execution_status_event": ("execution",),
        "_execute_task": ("state_def", "raw_input", "execution", "ctx"),
        "_fail_execution": ("execution", "error", "cause"),
        "_invoke_resource": ("resource", "input_data"),
        "_create_state_machine": ("data",),
        "_update_state_machine": ("data",),
        "_resolve_state_machine_arn": None,
        "_run_execution": ("exec_arn",),
        "_start_execution": ("data",),
    },
    "ministack.services.cloudformation": {"_stacks": None},
    "ministack.services.cloudformation.handlers": {
        "_ACTION_HANDLERS": None,
        "_add_event": None,
        "_resolve_stack": ("stack_name",),
    },
    "ministack.services.cloudformation.changesets": {"_add_event": None},
    "ministack.services.cloudformation.helpers": {
        "_p": ("params", "key", "default"),
        "_error": ("code", "message", "status"),
        "_resolve_document": ("params", "body_key", "url_key", "label"),
        "TEMPLATE_URL_MAX_BYTES": None,
    },
    "ministack.services.cloudformation.provisioners": {
        "_RESOURCE_HANDLERS": None,
        "_STACK_TAG_PROPERTY": None,
        "_REPLACING_PROPERTIES": None,
        "_physical_name": ("stack_name", "logical_id"),
    },
    "ministack.services.cloudformation.stacks": {
        "CLIENT_REQUEST_TOKEN": None,
        "_add_event": (
            "stack_id",
            "stack_name",
            "logical_id",
            "resource_type",
            "status",
            "reason",
            "physical_id",
            "detailed_status",
        ),
    },
}


def check() -> list[str]:
    """What does not fit, in words; empty if all is as expected."""
    version = importlib.metadata.version("ministack")
    misfits = [f"ministack is {version}, not {VERSION}"] if version != VERSION else []
    for module_name, members in _INTERNALS.items():
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            misfits.append(f"{module_name} cannot be imported: {error}")
            continue
        for name, parameters in members.items():
            if not hasattr(module, name):
                misfits.append(f"{module_name}.{name} is gone")
            elif parameters is not None:
                actual = tuple(inspect.signature(getattr(module, name)).parameters)
                if actual[: len(parameters)] != parameters:
                    misfits.append(f"{module_name}.{name} takes ({', '.join(actual)}), not ({', '.join(parameters)})")
    return misfits
