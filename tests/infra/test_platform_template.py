"""The platform's template: functions, routes, permissions."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from cfnlint.api import lint
from function_tables import DOCUMENT, table, with_table
from machines import steps_of
from policies import allowed, as_list, statements, unlimited

TRANSACTION = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"}

# Allowed on everything, because the service knows no resources for these actions.
UNLIMITED = {
    ("StateMachineRole", "Logs"),
    ("StateMachineRole", "Tracing"),
    ("RedeploymentStateMachineRole", "Logs"),
    ("RedeploymentStateMachineRole", "Tracing"),
    ("TelemetryPolicy", "Tracing"),
    ("StartExecutionsRole", "Streams"),
    ("AnnounceAuditRole", "Streams"),
}

# Functions of environments that look at pipelines, too.
ENDS_USE = ("change-environment", "unlink-environment")


def test_the_expanded_template_has_no_faults(expanded):
    """The SAM transform's output: what cfn-lint cannot see in the template itself."""
    faults = lint(json.dumps(expanded), regions=["eu-west-1", "us-east-1"])
    assert [str(fault) for fault in faults] == []


def test_the_expanded_template_is_secure(expanded, repository, tmp_path):
    """Checkov on what CloudFormation creates; the exceptions, with their reasons, are the template's own."""
    template = tmp_path / "template.json"
    template.write_text(json.dumps(expanded))
    command = [Path(sys.executable).with_name("checkov"), "--config-file", repository / "infra/.checkov.yaml"]
    result = subprocess.run([*command, "--skip-download", "--file", template], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Failed checks: 0" in result.stdout


def test_the_documents_table_is_the_templates(platform):
    document = DOCUMENT.read_text()
    assert with_table(document, table(platform)) == document, "run `make docs-tables`"


def test_a_function_is_called_in_one_way(functions):
    for name, function in functions.items():
        assert len(function.callers) == 1, name


def test_each_crate_of_functions_is_deployed(repository, functions):
    crates = {manifest.parent.name for manifest in repository.glob("functions/*/Cargo.toml")}
    assert crates == set(functions)


def test_names_are_derived_in_one_way(functions):
    """An environment's trust policy, and whoever reads a log or a bill, go by these names."""
    for name, function in functions.items():
        assert function.properties["FunctionName"] == {"Fn::Sub": "${Prefix}-platform-" + name}
        # Roles are of the whole account: a platform in another region has its own.
        assert function.role["Properties"]["RoleName"] == {"Fn::Sub": f"${{Prefix}}-platform-{name}-${{AWS::Region}}"}
        assert len(f"{'p' * 12}-platform-{name}-ap-southeast-2") <= 64


def test_accounts_owners_trust_the_functions_roles_by_a_path_that_no_other_role_has(functions, platform, environment):
    (trust,) = environment["Resources"]["EnvironmentRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trusted = trust["Condition"]["ArnLike"]["aws:PrincipalArn"]["Fn::Sub"].rpartition(":role")[2]
    assert trusted == "/${Prefix}-platform/*"
    for name, function in functions.items():
        assert function.role["Properties"]["Path"] == {"Fn::Sub": trusted.removesuffix("*")}, name
    entering = {name for name, function in functions.items() if "sts:AssumeRole" in allowed(function.role)}
    assert entering, "none enters an account"
    others = [r for r in platform["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    with_path = [role for role in others if "Path" in role["Properties"]]
    assert len(with_path) == len(functions), "what enters no account has no such path"


def test_no_prefix_begins_with_another_ones_names(platform, environment):
    """What is named acme-* belongs to the platform acme: there is none named acme-dev."""
    for template in (platform, environment):
        pattern = template["Parameters"]["Prefix"]["AllowedPattern"]
        assert [prefix for prefix in ("acme", "a1", "p" * 12) if not re.search(pattern, prefix)] == []
        assert [prefix for prefix in ("acme-dev", "a", "p" * 13, "Acme", "1a", "") if re.search(pattern, prefix)] == []


def test_no_two_functions_share_a_role(functions):
    assert len({function.role["Properties"]["RoleName"]["Fn::Sub"] for function in functions.values()}) == len(functions)


def test_routes_ask_for_a_token_and_call_their_function(expanded, functions):
    """As API Gateway gets them."""
    body = expanded["Resources"]["Api"]["Properties"]["Body"]
    routes = {}
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            open_to_all = path == "/environment-template/{version}"
            assert operation["security"] == [{"NONE" if open_to_all else "Users": []}], (method, path)
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            logical_id = uri.split("${")[-1].split(".Arn")[0]
            function = expanded["Resources"][logical_id]["Properties"]["FunctionName"]["Fn::Sub"]
            routes[method.upper(), path] = function.removeprefix("${Prefix}-platform-")
    assert routes == {function.route: name for name, function in functions.items() if function.route}
    assert body["components"]["securitySchemes"]["Users"]["x-amazon-apigateway-authtype"] == "cognito_user_pools"


def test_gateway_answers_are_problems(expanded, repository):
    """RFC 9457, as the functions answer: a kind that both know has one status and one title."""
    source = (repository / "shared/api/src/problem.rs").read_text()
    kinds = {name: (int(status), title) for name, status, title in re.findall(r'Error::(\w+)[^=]*?=> \((\d+), "(.+?)"\)', source)}
    assert "urn:dataall:problem:" in source and len(kinds) >= 8
    responses = expanded["Resources"]["Api"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED", "ACCESS_DENIED", "THROTTLED"} <= set(responses)
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"
    for name, response in responses.items():
        assert response["responseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        template = response["responseTemplates"]["application/json"]
        problem = json.loads(template.replace("$context.error.messageString", '"a message"'))
        assert set(problem) == {"type", "title", "status", "detail", "instance"}, name
        assert problem["status"] == int(response["statusCode"]), name
        assert problem["instance"] == "$context.requestId", name
        kind = problem["type"].removeprefix("urn:dataall:problem:")
        assert kinds.get(kind, (problem["status"], problem["title"])) == (problem["status"], problem["title"]), name


def test_each_function_has_a_role_with_permissions_of_its_own(expanded, functions):
    """Log and traces are common to all; the rest is its own, which tests/e2e/test_permissions.py holds against the calls.

    Roles are written out because those that SAM makes may write every log group of the account.
    """
    for name, function in functions.items():
        properties = function.role["Properties"]
        assert properties["ManagedPolicyArns"] == [{"Ref": "TelemetryPolicy"}], name
        # What is handed out to everybody is in the function itself.
        policies = [] if name == "get-environment-template" else ["calls"]
        assert [policy["PolicyName"] for policy in properties.get("Policies", [])] == policies, name
        assert properties["PermissionsBoundary"]["Fn::If"][:2] == ["HasBoundary", {"Ref": "PermissionsBoundary"}], name
        (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
        assert trust == {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, name
    made = {name for name, resource in expanded["Resources"].items() if resource["Type"] == "AWS::IAM::Role"}
    assert made == {
        "ApiGatewayAccountRole",
        "StateMachineRole",
        "RedeploymentStateMachineRole",
        *(function.properties["Role"]["Fn::GetAtt"][0] for function in functions.values()),
    }


def test_nothing_is_allowed_on_everything(platform):
    assert unlimited(platform) == UNLIMITED


def test_each_function_reaches_its_own_rows_only(functions):
    """Functions of environments touch no pipeline's row, unless they end or tell of its use; an account's those that verify and unlink."""
    for name, function in functions.items():
        keys = {
            key
            for statement in statements(function.role)
            if statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
            for key in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        }
        if keys:
            # An event is accepted by what it says. Whoever ends the use of an environment looks at the pipelines that use it.
            apart = ("accept-event", "get-me", "list-redeployments")
            no_pipelines = name.endswith(("-environment", "-environments", "-environment-audit")) or name in apart
            assert ("PIPELINE#*" in keys) == (not no_pipelines or name in ENDS_USE), name
            assert ("ACCOUNT#*" in keys) == (name in ("verify-environment", "unlink-environment")), name
            redeploys = name.endswith(("-redeployment", "-redeployments")) or name in (
                "accept-event",
                "select-pipelines",
                "change-environment",
                "start-executions",
            )
            assert ("REDEPLOYMENT#*" in keys) == redeploys, name


def test_a_transaction_is_covered_by_one_list_of_keys(functions):
    """AWS does not say whether a statement sees the key of one item of a transaction or those of all: so all are in each."""
    for name, function in functions.items():
        lists = {
            tuple(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
            for statement in statements(function.role)
            if TRANSACTION & set(as_list(statement["Action"]))
        }
        # Requests are counted by a call of its own.
        assert len(lists - {("RATE#*",)}) <= 1, name


def test_what_only_reads_writes_no_row(functions):
    for name, function in functions.items():
        if name.startswith(("get-", "list-", "select-", "detect-", "browse-", "preview-")):
            assert not allowed(function.role) & TRANSACTION, name


def test_a_preview_can_write_nothing_and_is_asked_by_those_who_do_what_it_previews(functions):
    """What it may do in linked accounts is narrowed to reading by its sessions: tests/e2e/test_confinement.py."""
    preview = functions["preview-pipeline"]
    reads = {"Get", "BatchGet", "List", "Describe"}
    writes = {action for action in allowed(preview.role) if not any(action.partition(":")[2].startswith(verb) for verb in reads)}
    assert writes == {"sts:AssumeRole"}
    assert set(preview.functions) == {"create-pipeline", "change-pipeline"}
    # It answers before they have to.
    assert all(functions[name].properties["Timeout"] > preview.properties["Timeout"] for name in preview.functions)


def test_other_accounts_are_entered_by_their_environments_role_only(functions):
    for name, function in functions.items():
        for statement in statements(function.role):
            if statement["Action"] == "sts:AssumeRole":
                assert statement["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${Prefix}-environment-*"}, name


def test_a_role_allows_a_service_if_its_function_is_linked_with_the_adapter(functions, repository):
    """What a function does in other accounts, and in services whose operations its binary does not name, included."""
    services = {"dynamodb": "dynamodb", "eventbridge": "events", "s3": "s3", "step-functions": "states", "sts": "sts"}
    for name, function in functions.items():
        manifest = tomllib.loads((repository / f"functions/{name}/Cargo.toml").read_text())
        called = {service for adapter, service in services.items() if adapter in manifest["dependencies"]}
        assert {action.partition(":")[0] for action in allowed(function.role)} & set(services.values()) == called, name


def test_each_function_is_told_what_it_reads_and_no_more(functions, platform, repository):
    """The settings that a function's `main` asks for; what the log, the metrics and every call of the API want is everybody's."""
    common = set(platform["Globals"]["Function"]["Environment"]["Variables"])
    assert common == {"LOG_LEVEL", "METRICS_NAMESPACE", "USER_POOL_CLIENT_IDS"}
    for name, function in functions.items():
        source = (repository / f"functions/{name}/src/main.rs").read_text()
        reads = {setting.upper() for setting in re.findall(r"settings::(\w+)\(", source)}
        if "PLATFORM" in reads:
            reads = reads - {"PLATFORM"} | {"PREFIX", "PLATFORM_ACCOUNT_ID"}
        if "PIPELINE_QUOTAS" in reads:
            reads = reads - {"PIPELINE_QUOTAS"} | {"PIPELINES_PER_TEAM", "PIPELINES_PER_CICD_ENVIRONMENT"}
        if "serve_writes(" in source or "serve_previewed_writes(" in source:
            reads.add("WRITES_PER_MINUTE")
        assert set(function.properties.get("Environment", {}).get("Variables", {})) == reads, name


def test_a_request_ends_before_api_gateway_gives_up(functions, platform):
    """API Gateway waits 29 seconds."""
    default = platform["Globals"]["Function"]["Timeout"]
    for name, function in functions.items():
        if function.route:
            assert function.properties.get("Timeout", default) < 29, name


def test_a_function_has_time_for_two_calls_that_hang(functions, platform, repository):
    """And for the call that is answered at last, and for telling: what hangs more often ends as an error of that call's name."""
    source = (repository / "shared/adapters/aws-clients/src/lib.rs").read_text()
    a_try = int(re.search(r"const TRY_SECONDS: u64 = (\d+);", source)[1])
    default = platform["Globals"]["Function"]["Timeout"]
    for name, function in functions.items():
        assert function.properties.get("Timeout", default) >= 2 * a_try + 3, name


def test_each_state_machine_may_call_its_own_steps_only(platform, state_machine, redeployment):
    for name, machine in (("StateMachine", state_machine), ("RedeploymentStateMachine", redeployment)):
        role = platform["Resources"][f"{name}Role"]
        (invoke,) = [s for s in statements(role) if s["Action"] == "lambda:InvokeFunction"]
        assert {arn["Fn::GetAtt"][0] for arn in invoke["Resource"]} == {f"{step}Function" for step in steps_of(machine)}


def test_the_workflow_puts_events_on_the_platforms_bus_only(platform):
    (put,) = [s for s in statements(platform["Resources"]["StateMachineRole"]) if s["Action"] == "events:PutEvents"]
    assert put["Resource"] == {"Fn::GetAtt": ["EventBus", "Arn"]}


def test_state_machines_are_named_in_one_way(platform):
    """Roles, logs and the functions' permissions go by these names."""
    for name, suffix in (("StateMachine", "deploy-pipeline"), ("RedeploymentStateMachine", "redeploy-pipelines")):
        machine, role = (platform["Resources"][resource]["Properties"] for resource in (name, f"{name}Role"))
        assert machine["Name"] == {"Fn::Sub": "${Prefix}-platform-" + suffix}
        assert role["RoleName"] == {"Fn::Sub": f"${{Prefix}}-platform-{suffix}-${{AWS::Region}}"}


def test_a_function_names_the_state_machine_that_it_is_told_of(functions):
    """What a role may do with executions is on the machine whose ARN the function gets, and on no other."""
    machines = {"STATE_MACHINE_ARN": "deploy-pipeline", "REDEPLOYMENT_STATE_MACHINE_ARN": "redeploy-pipelines"}
    names = {"StateMachine": "deploy-pipeline", "RedeploymentStateMachine": "redeploy-pipelines"}
    for name, function in functions.items():
        told = {
            suffix for setting, suffix in machines.items() if setting in function.properties.get("Environment", {}).get("Variables", {})
        }
        reached = set()
        for statement in statements(function.role):
            if any(action.startswith("states:") for action in as_list(statement["Action"])):
                for resource in as_list(statement["Resource"]):
                    ((kind, value),) = resource.items()
                    match = re.search(r"\$\{Prefix\}-platform-([a-z-]+)", value)
                    reached.add(names[value] if kind == "Ref" else match[1])
        # The history of an execution is read by the ARN in the record.
        reads_history = allowed(function.role) & {"states:GetExecutionHistory"} and not told
        assert reached == told or (reads_history and reached == {"deploy-pipeline"}), name


def test_what_is_kept_outlives_the_stack(platform):
    for name in ("Table", "Artifacts", "UserPool"):
        assert platform["Resources"][name]["DeletionPolicy"].startswith("Retain"), name
        assert platform["Resources"][name]["UpdateReplacePolicy"] == "Retain", name


def test_the_rollback_of_a_first_deployment_deletes_nothing_that_refuses_it(platform):
    """CloudFormation would end in ROLLBACK_FAILED, from where no deployment goes on."""
    protected = {name for name, resource in platform["Resources"].items() if "IsProtected" in json.dumps(resource.get("Properties", {}))}
    assert protected == {"Table", "UserPool"}
    assert {platform["Resources"][name]["DeletionPolicy"] for name in protected} == {"Retain"}


def test_every_log_ends_some_day(platform):
    logs = [r["Properties"] for r in platform["Resources"].values() if r["Type"] == "AWS::Logs::LogGroup"]
    assert logs
    assert all(log["RetentionInDays"] == {"Ref": "LogRetentionDays"} for log in logs)


def test_the_outputs_are_there(platform):
    assert {
        "ApiUrl",
        "UserPoolId",
        "UserPoolClientId",
        "StateMachineArn",
        "RedeploymentStateMachineArn",
        "TableName",
        "ArtifactsBucketName",
        "EventBusName",
        "EventBusArn",
        "DeadLetterQueueUrl",
        "PlatformAccountId",
    } <= set(platform["Outputs"])


def test_artifacts_travel_encrypted(platform):
    policy = platform["Resources"]["ArtifactsPolicy"]["Properties"]
    assert policy["Bucket"] == {"Ref": "Artifacts"}
    denied = [s for s in policy["PolicyDocument"]["Statement"] if s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}]
    assert [(s["Effect"], s["Principal"], s["Action"]) for s in denied] == [("Deny", "*", "s3:*")]
    assert denied[0]["Resource"] == [{"Fn::GetAtt": ["Artifacts", "Arn"]}, {"Fn::Sub": "${Artifacts.Arn}/*"}]


def test_functions_write_into_their_log_and_into_no_other(platform):
    (logs,) = [s for s in statements(platform["Resources"]["TelemetryPolicy"]) if s.get("Sid") == "Logs"]
    assert set(logs["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert logs["Resource"] == {"Fn::GetAtt": ["FunctionsLog", "Arn"]}
    assert platform["Globals"]["Function"]["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionsLog"}}
