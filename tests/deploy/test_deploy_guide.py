"""docs/deploy.md from its first command to its last, on a local AWS that is empty at first."""

import json
import platform
import re
import shutil
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import guide
import pytest
from botocore.exceptions import ClientError
from conftest import DEPLOYER
from localplatform import deployment, environments, functions
from localplatform.commands import ROOT
from localplatform.settings import DEV_ACCOUNT, PLATFORM_ACCOUNT

STACK = "dataall-platform"
# What this machine runs, and how an executable says so.
ARCHITECTURE, MACHINE = ("arm64", "00b7") if platform.machine() in ("aarch64", "arm64") else ("x86_64", "003e")
# What an organization may forbid. The platform's stack asks for it late, when table and user pool are there.
FORBIDDEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "lambda:CreateEventSourceMapping", "Resource": "*"}]}


@pytest.fixture(scope="module")
def aws(settings):
    """Clients of an account's root; the platform's unless another is named."""
    return lambda service, account=PLATFORM_ACCOUNT: deployment.client(settings, service, account)


@pytest.fixture(scope="module")
def parameters(aws):
    def read() -> dict[str, str]:
        stack = aws("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}

    return read


@pytest.fixture(scope="module")
def kept(aws):
    """What an upgrade must not replace."""

    def read() -> dict[str, str]:
        pages = aws("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        resources = {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}
        return {name: resources[name] for name in ("Table", "UserPool", "Api", "EventBus", "UserPoolClient", "EventQueue", "Artifacts")}

    return read


def saved(checkout: Path) -> dict[str, str]:
    """The parameters in the file of the installation."""
    overrides = tomllib.loads((checkout / "platform.toml").read_text())["default"]["deploy"]["parameters"]["parameter_overrides"]
    return dict(re.findall(r'(\w+)="([^"]*)"', overrides))


def test_packages_are_where_the_build_puts_them_and_the_template_looks():
    """`cargo lambda build --output-format zip` makes target/lambda/BINARY/bootstrap.zip of each binary."""
    paths = set(re.findall(r"CodeUri: \.\./(\S+)", (ROOT / "infra/template.yaml").read_text()))
    assert paths == {f"target/lambda/{name}/bootstrap.zip" for name in functions.names()}
    for name in functions.names():
        manifest = tomllib.loads((ROOT / "functions" / name / "Cargo.toml").read_text())
        assert [binary["name"] for binary in manifest.get("bin", [{"name": manifest["package"]["name"]}])] == [name]


def test_the_guide_is_followed_from_the_first_deployment_to_the_deletion(settings, checkout, reader, aws, parameters, kept):
    """One reader, one shell, one account."""
    run = reader.run
    run("variables")
    assert run("questions").screen.split()[0] == PLATFORM_ACCOUNT
    machine, glibc = run("inspect").screen.split()
    assert (machine, glibc.startswith("GLIBC_2.")) == (MACHINE, True)

    # --- The first deployment fails, and is cleaned up.
    topic = aws("sns").create_topic(Name="alarms")["TopicArn"]
    answers = guide.blocks()["guided"].answers | {"Parameter Architecture": ARCHITECTURE, "Parameter AlarmTopicArn": topic}
    aws("iam").put_user_policy(UserName=DEPLOYER, PolicyName="forbidden", PolicyDocument=json.dumps(FORBIDDEN))
    session = run("guided", fails=True, answers=answers)
    assert set(answers) <= set(session.asked), "the guide names questions that nobody asks"
    assert {f"Parameter {name}" for name in parameters()} <= set(session.asked)
    assert aws("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert aws("dynamodb").list_tables()["TableNames"], "the table was there when it failed"
    assert "lambda:CreateEventSourceMapping" in run("failure").screen
    run("clean up")
    assert aws("dynamodb").list_tables()["TableNames"] == []
    assert aws("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    aws("iam").delete_user_policy(UserName=DEPLOYER, PolicyName="forbidden")

    # --- It succeeds with the answers that were saved.
    session = run("guided", answers={})
    assert {question: session.asked[question] for question in answers if question.startswith("Parameter")} == {
        question: answer for question, answer in answers.items() if question.startswith("Parameter")
    }
    first = parameters()
    assert {f"Parameter {name}": value for name, value in first.items()}.items() >= {
        (question, answer) for question, answer in answers.items() if question.startswith("Parameter")
    }
    assert [str(file.relative_to(checkout)) for file in checkout.rglob("*.toml")].count("infra/samconfig.toml") == 1
    assert not (checkout / "infra/infra").exists()
    assert saved(checkout) == first

    # --- People use it.
    assert run("outputs").screen.startswith("https://")
    run("people")
    assert json.loads(run("sign in").screen)["teams"] == ["research"]
    environment = json.loads(run("link").screen)
    assert environment["status"] == "PENDING"
    environments.deploy_role(settings, environment)

    # --- Again, with and without questions: nothing changes.
    there, file = kept(), (checkout / "platform.toml").read_text()
    for block in ("again", "guided again"):
        assert "No changes to deploy" in run(block).screen, block
        assert (parameters(), kept(), (checkout / "platform.toml").read_text()) == (first, there, file)

    # --- One parameter, for good and for once.
    run("one parameter")
    assert parameters() == saved(checkout) == first | {"ConcurrentDeployments": "20"}
    run("for once")
    assert parameters() == first | {"ConcurrentDeployments": "20", "LogLevel": "debug"}
    assert saved(checkout) == first | {"ConcurrentDeployments": "20"}

    # --- Upgrade, and back.
    backup = run("before an upgrade").screen.split()[-1]
    before = code(aws)
    new = shutil.copy(functions.package("get-me"), checkout.parent / "new.zip")
    with zipfile.ZipFile(new, "a") as package:
        package.writestr("version", "next")
    built = f"ln -sf {new} target/lambda/get-me/bootstrap.zip"
    run("upgrade", **{"NEW_VERSION": "next", "# build, as above": built})
    after = code(aws)
    assert before[0] != after[0] and after[1] == f"Next. {before[1]}"
    assert (parameters(), kept()) == (first | {"ConcurrentDeployments": "20"}, there), "the file's values, and the same things"
    assert environment["id"] in run("after an upgrade").screen
    run("rollback", **{"# build, as above": f"ln -sf {functions.package('get-me')} target/lambda/get-me/bootstrap.zip"})
    assert code(aws) == before
    assert kept() == there

    # --- A backup and a point in time are restored, and the rows brought back.
    records = aws("dynamodb")
    table, key = there["Table"], {"pk": {"S": f"ENVIRONMENT#{environment['id']}"}, "sk": {"S": "ENVIRONMENT"}}
    good = rows(records, table)
    assert any(row["pk"] == key["pk"] for row in good)
    run("restore a backup", BACKUP_ARN=backup)
    assert {json.dumps(row["pk"]) for row in rows(records, "dataall-restored")} <= {json.dumps(row["pk"]) for row in good}
    records.update_table(TableName="dataall-restored", DeletionProtectionEnabled=False)
    records.delete_table(TableName="dataall-restored")
    # The local AWS restores what is there now, so the damage is done after it.
    run("restore", RESTORE_TIME=datetime.now(UTC).isoformat(timespec="seconds"))
    assert rows(records, "dataall-restored") == good
    mappings = enabled(aws)
    assert mappings
    records.put_item(TableName=table, Item={"pk": {"S": "ENVIRONMENT#env-bad00bad"}, "sk": {"S": "ENVIRONMENT"}})
    for row in good:
        if row["pk"] == key["pk"]:
            records.delete_item(TableName=table, Key={name: row[name] for name in ("pk", "sk")})
    run("stop")
    assert enabled(aws) == set()
    with pytest.raises(AssertionError, match=r"The requested URL returned error: (429|5..)"):
        run("after an upgrade")
    told = run("bring back").screen.splitlines()
    assert re.search(r"^[1-9]\d* rows would be written and 1 would be removed", told[0])
    assert told[1] == told[0].replace("would be", "were")
    assert rows(records, table) == good
    assert environment["id"] in run("go on").screen
    assert enabled(aws) == mappings
    assert json.loads(run("deploy all").screen)["id"]
    run("restored table")
    assert records.list_tables()["TableNames"] == [table]

    # --- All of it is deleted.
    run("unlink")
    assert environment["id"] not in run("after an upgrade").screen
    reader.run("owner", credentials=settings.credentials(DEV_ACCOUNT))
    with pytest.raises(ClientError, match="does not exist"):
        aws("cloudformation", DEV_ACCOUNT).describe_stacks(StackName="dataall-environment")
    run("delete")
    run("delete what stayed")
    assert remaining(aws) == []
    assert set(reader.done) == set(guide.blocks()), "the guide has other commands as well"


def enabled(aws) -> set[str]:
    """The event source mappings that hand on what waits."""
    mappings = aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    return {mapping["UUID"] for mapping in mappings if mapping["State"] == "Enabled"}


def rows(records, table: str) -> list[dict]:
    pages = records.get_paginator("scan").paginate(TableName=table)
    return sorted((row for page in pages for row in page["Items"]), key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def remaining(aws) -> list[str]:
    """What is left of the platform in its account, besides the role that API Gateway writes its logs with."""
    found = [
        *aws("dynamodb").list_tables()["TableNames"],
        *(backup["BackupName"] for backup in aws("dynamodb").list_backups()["BackupSummaries"]),
        *(pool["Name"] for pool in aws("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]),
        *(bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]),
        *(role["RoleName"] for page in aws("iam").get_paginator("list_roles").paginate() for role in page["Roles"]),
        *(log["logGroupName"] for page in aws("logs").get_paginator("describe_log_groups").paginate() for log in page["logGroups"]),
        *(function["FunctionName"] for function in aws("lambda").list_functions()["Functions"]),
    ]
    return [name for name in found if "dataall" in name and "ApiGatewayAccountRole" not in name]


def code(aws) -> tuple[str, str]:
    """Of one function: the digest of its code, and its description."""
    function = aws("lambda").get_function_configuration(FunctionName="dataall-platform-get-me")
    return function["CodeSha256"], function["Description"]
