"""The server: MiniStack with our services in its tables."""

import json
import sys

from .settings import Settings


def serve(settings: Settings) -> None:
    """Runs in the foreground until SIGTERM. Expects `Settings.server_environment` to be set: MiniStack reads it when imported."""
    from . import fit

    misfits = fit.check()
    if misfits:
        print("The local AWS does not fit the MiniStack that is installed:", file=sys.stderr)
        print(*(f"  - {misfit}" for misfit in misfits), sep="\n", file=sys.stderr)
        print(f"It is written for ministack {fit.VERSION}: run `make tools`, or adapt local/localaws.", file=sys.stderr)
        raise SystemExit(1)

    from ministack import app

    install(settings)
    sys.argv = ["ministack"]  # its main reads the command line
    app.main()


def install(settings: Settings) -> None:
    """Adds the services, and the rules that MiniStack leaves out."""
    from ministack import app

    from . import (
        api_gateway,
        bucket_access,
        capacity,
        choices,
        dead_letters,
        deliveries,
        edge,
        event_buses,
        event_sources,
        filter_patterns,
        handed_out_keys,
        history,
        hosted_ui,
        identity,
        insights,
        intrinsics,
        invocations,
        json_paths,
        key_conditions,
        leading_keys,
        logs,
        map_runs,
        nested_executions,
        object_encryption,
        payloads,
        policy_documents,
        policy_elements,
        redrives,
        resource_properties,
        role_sessions,
        running_functions,
        session_store,
        stack_permissions,
        stacks,
        state_fields,
        status_events,
        template_checks,
        template_conditions,
        traces,
        workflows,
    )
    from .codebuild import running as build_runs
    from .codebuild import service as codebuild
    from .codebuild.builds import BUILDS
    from .codecommit import service as codecommit
    from .codecommit.git_over_http import GitOverHttp
    from .codecommit.repositories import REPOSITORIES
    from .codepipeline import service as codepipeline
    from .codepipeline import triggers
    from .codepipeline.actions import ACTIONS
    from .resource_types import RESOURCE_TYPES

    REPOSITORIES.keep_under(settings.repositories)
    ACTIONS.execute = settings.runs_pipelines
    build_runs.remove_leftovers(settings.build_directories)
    BUILDS.run_with(build_runs.Runner(settings.build_directories, settings.build_cache).run, settings.builds)
    for service in (codecommit, codebuild, codepipeline):
        add_service(service)
    app.app = edge.Edge(GitOverHttp(app.app), settings.edge_port)
    edge.install(settings)
    for rules in (policy_elements, policy_documents, identity, hosted_ui, bucket_access, object_encryption, resource_properties):
        rules.install()
    template_conditions.install()
    template_checks.install()
    stacks.install(RESOURCE_TYPES)
    stack_permissions.install()
    for rules in (state_fields, intrinsics, json_paths, choices, history, status_events, workflows, nested_executions, map_runs, redrives):
        rules.install()
    for rules in (triggers, traces, logs, insights, filter_patterns):
        rules.install()
    session_store.install()
    handed_out_keys.install()
    running_functions.install(settings)
    role_sessions.install()
    for rules in (
        capacity,
        key_conditions,
        leading_keys,
        invocations,
        api_gateway,
        event_buses,
        payloads,
        deliveries,
        dead_letters,
        event_sources,
    ):
        rules.install()


def add_service(module) -> None:
    """Gives MiniStack a service: routing, handling, IAM's names for it, and forgetting on reset."""
    from ministack import app
    from ministack.core import iam_actions, router

    name = module.SERVICE.name
    router.SERVICE_PATTERNS[name] = {
        "target_prefixes": [module.SERVICE.target_prefix],
        "host_patterns": [rf"{name}\."],
        "credential_scope": name,
    }
    app.SERVICE_REGISTRY[name] = {"module": name}
    app._loaded_modules[name] = module
    app.SERVICE_HANDLERS[name] = module.handle_request
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name

    extract_resource_arn, request_tag_context = iam_actions.extract_resource_arn, iam_actions.request_tag_context

    def with_resource_arn(service, method, path, headers, body, *rest):
        if service != name:
            return extract_resource_arn(service, method, path, headers, body, *rest)
        return module.resource_arn(_json_object(body))

    def with_condition_keys(service, iam_action, body, params):
        context = request_tag_context(service, iam_action, body, params)
        return context | module.condition_keys(_json_object(body)) if service == name else context

    iam_actions.extract_resource_arn = with_resource_arn
    iam_actions.request_tag_context = with_condition_keys


def _json_object(body: bytes) -> dict:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
