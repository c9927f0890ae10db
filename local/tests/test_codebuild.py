"""CodeBuild: builds that really run, told live, stopped, waited for, and what fails them."""

import json
import os
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from codebuilding import ENVIRONMENT, TRUST, WRITE_LOGS, CodeBuild, archive, contents, context, lasting, phases, spec
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, Queue, allow, unique, wait_for


@pytest.fixture(scope="module")
def codebuild(aws) -> CodeBuild:
    return CodeBuild(aws, aws.role(unique("builder"), TRUST, [WRITE_LOGS]))


@pytest.fixture(scope="module")
def bucket(aws) -> str:
    name = unique("bucket")
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture(scope="module")
def storing(aws, bucket) -> str:
    """A role that may read and write the bucket, with any key."""
    keys = allow(["kms:GenerateDataKey", "kms:Decrypt"])
    permissions = [WRITE_LOGS, keys, allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")]
    return aws.role(unique("builder"), TRUST, permissions)


class TestPhases:
    def test_run_one_after_the_other_in_one_place(self, codebuild):
        build = codebuild.run(
            spec(install=["cd /", "export SEEN=install", "own=gone"], build=['echo "$PWD $SEEN ${own:-none}"'], post_build="echo done")
        )
        assert build["buildStatus"] == "SUCCEEDED" and build["currentPhase"] == "COMPLETED"
        assert list(phases(build)) == [
            *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"),
            *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
        ]
        assert {status for phase, status in phases(build).items() if phase != "COMPLETED"} == {"SUCCEEDED"}
        log = codebuild.log(build)
        assert log.index("/ install none") < log.index("done")
        assert any(re.fullmatch(r"\[Container\] \d{4}/\d\d/\d\d [\d:.]{15} Running command echo done", line) for line in log)

    def test_a_failed_build_fails_and_post_build_runs(self, codebuild):
        build = codebuild.run(spec(build=["exit 3", "echo unreached"], post_build=["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]))
        assert build["buildStatus"] == "FAILED"
        message = "Error while executing command: exit 3. Reason: exit status 3"
        assert context(build, "BUILD") == {"statusCode": "COMMAND_EXECUTION_ERROR", "message": message}
        log = codebuild.log(build)
        assert "succeeding=0" in log and "unreached" not in log
        assert any(line.endswith(f"Phase context status code: COMMAND_EXECUTION_ERROR Message: {message}") for line in log)

    def test_after_a_failed_install_nothing_runs(self, codebuild):
        build = codebuild.run(spec(install=["false"], build=["echo unreached"], post_build=["echo unreached"]))
        assert build["buildStatus"] == "FAILED" and list(phases(build))[-3:] == ["INSTALL", "FINALIZING", "COMPLETED"]
        assert "unreached" not in codebuild.log(build)

    def test_finally_runs_after_a_failure_and_can_fail_by_itself(self, codebuild):
        build = codebuild.run(spec(install={"commands": ["false"], "finally": ["echo cleaned"]}))
        assert phases(build)["INSTALL"] == "FAILED" and "cleaned" in codebuild.log(build)
        build = codebuild.run(spec(install={"commands": ["true"], "finally": ["exit 4"]}))
        assert build["buildStatus"] == "FAILED" and "exit 4" in context(build, "INSTALL")["message"]

    def test_on_failure_says_whether_it_goes_on(self, codebuild):
        build = codebuild.run(
            spec(install={"on-failure": "CONTINUE", "commands": ["false"]}, build={"on-failure": "ABORT", "commands": ["false"]})
        )
        assert build["buildStatus"] == "FAILED"
        assert list(phases(build))[-5:] == ["INSTALL", "PRE_BUILD", "BUILD", "FINALIZING", "COMPLETED"]

    def test_a_shell_of_the_specification(self, codebuild):
        build = codebuild.run(spec(env={"shell": "bash"}, build=['[[ -n "$BASH_VERSION" ]] && echo "bash ${PWD//[!q]/}"']))
        assert build["buildStatus"] == "SUCCEEDED"

    @pytest.mark.parametrize(
        ("buildspec", "told"),
        [
            ("{}", "version"),
            ("version: 0.1\nphases: {}", "0.1"),
            ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b", "subkeys"),
            ("version: 0.2\nphases:\n  deploy:\n    commands: []", "deploy"),
            ("version: 0.2\n phases: {", "not allowed here"),
            (spec(install={"runtime-versions": {"nodejs": "99"}}), "Unknown runtime version named '99' of nodejs"),
            (spec(install={"runtime-versions": {"cobol": "1"}}), "Unknown runtime named 'cobol'"),
            (spec(env={"shell": "powershell.exe"}), "powershell.exe"),
        ],
    )
    def test_a_specification_that_cannot_be_followed(self, codebuild, buildspec, told):
        build = codebuild.run(buildspec)
        assert build["buildStatus"] == "FAILED" and context(build, "DOWNLOAD_SOURCE")["statusCode"] == "YAML_FILE_ERROR"
        assert told in context(build, "DOWNLOAD_SOURCE")["message"]


class TestVariables:
    def test_of_codebuild_and_of_nobody_else(self, codebuild):
        project = codebuild.project(spec(build=["env"]))
        first = codebuild.client.start_build(projectName=project)["build"]["id"]
        codebuild.ended(first)
        build = codebuild.ended(codebuild.client.start_build(projectName=project)["build"]["id"])
        found = dict(line.split("=", 1) for line in codebuild.log(build) if re.match(r"\w+=", line))
        assert found["CODEBUILD_BUILD_ID"] == build["id"] and found["CODEBUILD_BUILD_ARN"] == build["arn"]
        assert found["CODEBUILD_BUILD_NUMBER"] == "2" == str(build["buildNumber"])
        assert found["CODEBUILD_LOG_PATH"] == build["logs"]["streamName"]
        assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == REGION
        directory = Path(found["CODEBUILD_SRC_DIR"]).parents[1]
        assert directory.parent == codebuild.aws.directory / "builds" and not directory.exists()
        assert all(Path(found[name]).is_relative_to(directory) for name in ("HOME", "TMPDIR", "CDK_HOME", "npm_config_prefix"))
        assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AUTH", "GATEWAY_PORT", "PYTHONPATH"} & found.keys()

    def test_of_the_start_win_over_the_projects_over_the_specifications(self, codebuild):
        environment = ENVIRONMENT | {"environmentVariables": [{"name": "A", "value": "project"}, {"name": "B", "value": "it's"}]}
        project = codebuild.project(
            spec(env={"variables": {"B": "spec", "C": "spec"}}, build=['echo "$A $B $C"']),
            environment=environment,
        )
        override = [{"name": "A", "value": "start", "type": "PLAINTEXT"}]
        started = codebuild.client.start_build(projectName=project, environmentVariablesOverride=override)["build"]["id"]
        assert "start it's spec" in codebuild.log(codebuild.ended(started))

    def test_that_are_exported_are_told(self, codebuild):
        exported = {"exported-variables": ["VERSION", "ABSENT"]}
        build = codebuild.run(spec(env=exported, build=["export VERSION='1\n2'"]))
        assert build["exportedEnvironmentVariables"] == [{"name": "VERSION", "value": "1\n2"}]

    def test_that_are_secret_are_read_with_the_role_and_hidden(self, aws, codebuild):
        parameter, secret = unique("/parameter"), unique("secret")
        aws.client("ssm").put_parameter(Name=parameter, Value="of-the-store", Type="SecureString")
        aws.client("secretsmanager").create_secret(Name=secret, SecretString='{"password": "of-the-manager"}')
        env = {"parameter-store": {"P": parameter}, "secrets-manager": {"S": f"{secret}:password"}}
        buildspec = spec(env=env, build=['echo "$P $S ${#P} ${#S}"'])
        role = aws.role(unique("builder"), TRUST, [WRITE_LOGS, allow(["ssm:GetParameters", "secretsmanager:GetSecretValue"])])
        assert "*** *** 12 14" in codebuild.log(codebuild.run(buildspec, serviceRole=role))
        denied = codebuild.run(buildspec)
        assert denied["buildStatus"] == "FAILED" and "AccessDenied" in context(denied, "DOWNLOAD_SOURCE")["message"]

    def test_credentials_are_those_of_the_service_role(self, codebuild):
        buildspec = spec(
            build=[
                "aws sts get-caller-identity --query Arn --output text",
                "aws s3api list-buckets || echo refused",
                'curl -s -o /dev/null -w "%{http_code}\\n" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"',
                'curl -s -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"',
            ]
        )
        build = codebuild.run(buildspec)
        log = codebuild.log(build)
        name, uuid = codebuild.role.rpartition("/")[2], build["id"].rpartition(":")[2]
        assert f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/AWSCodeBuild-{uuid}" in log
        assert "refused" in log and "403" in log
        assert json.loads(next(line for line in log if line.startswith("{")))["AccessKeyId"] == "***"


class TestLogs:
    def test_come_while_the_build_runs(self, codebuild, tmp_path):
        gate = tmp_path / "gate"
        started = codebuild.start(spec(build=["echo before", f"while [ ! -e {gate} ]; do sleep 0.05; done", "echo after"]))
        wait_for(lambda: "before" in codebuild.log(codebuild.build(started)), "the first line")
        running = codebuild.build(started)
        assert running["buildStatus"] == "IN_PROGRESS" and running["currentPhase"] == "BUILD"
        assert "after" not in codebuild.log(running)
        gate.touch()
        assert "after" in codebuild.log(codebuild.ended(started))

    def test_lie_where_the_project_says(self, codebuild):
        group = unique("/builds")
        build = codebuild.run(
            spec(build=["echo here"]),
            logsConfig={"cloudWatchLogs": {"status": "ENABLED", "groupName": group, "streamName": "sales"}},
        )
        uuid = build["id"].rpartition(":")[2]
        assert (build["logs"]["groupName"], build["logs"]["streamName"]) == (group, f"sales/{uuid}")
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:sales/{uuid}"
        assert build["logs"]["cloudWatchLogsArn"] == arn
        assert "here" in codebuild.log(build)

    def test_are_lost_without_the_roles_permission(self, aws, codebuild):
        build = codebuild.run(spec(build=["echo lost"]), serviceRole=aws.role(unique("builder"), TRUST, []))
        assert build["buildStatus"] == "SUCCEEDED" and codebuild.log(build) == []


class TestEnds:
    def test_stopping_kills_everything_that_a_build_has_started(self, codebuild, tmp_path):
        pids = tmp_path / "pids"
        command = f"setsid sh -c 'echo $$ >> {pids}; exec sleep 300' & echo $$ >> {pids}; sleep 300"
        started = codebuild.start(spec(build=[command], post_build=["echo unreached"]))
        wait_for(lambda: pids.exists() and len(pids.read_text().splitlines()) == 2, "the processes")
        codebuild.client.stop_build(id=started)
        build = codebuild.ended(started)
        assert build["buildStatus"] == "STOPPED" and phases(build)["BUILD"] == "STOPPED" and "POST_BUILD" not in phases(build)
        assert not any(lasting(int(pid)) for pid in pids.read_text().split())

    def test_what_runs_in_the_background_ends_with_the_build(self, codebuild, tmp_path):
        pid = tmp_path / "pid"
        build = codebuild.run(spec(install=[f"sleep 300 & echo $! > {pid}"], build=[f"kill -0 $(cat {pid})"]))
        assert build["buildStatus"] == "SUCCEEDED"
        assert not lasting(int(pid.read_text()))

    def test_one_that_waits_is_stopped_and_never_runs(self, codebuild, tmp_path):
        gate = tmp_path / "gate"
        first = codebuild.start(spec(build=[f"while [ ! -e {gate} ]; do sleep 0.05; done"]))
        wait_for(lambda: codebuild.build(first)["currentPhase"] == "BUILD", "the first build")
        second, third = codebuild.start(spec(build=["true"])), codebuild.start(spec(build=["true"]))
        codebuild.client.stop_build(id=second)
        assert codebuild.build(second)["buildStatus"] == "STOPPED" and phases(codebuild.build(second))["QUEUED"] == "STOPPED"
        assert codebuild.build(third)["currentPhase"] == "QUEUED"
        gate.touch()
        assert codebuild.ended(first)["buildStatus"] == codebuild.ended(third)["buildStatus"] == "SUCCEEDED"

    def test_are_told_on_the_default_bus(self, aws, codebuild):
        queue, name = Queue(aws), unique("builds")
        project = codebuild.project(spec(build=["false"]))
        pattern = {"source": ["aws.codebuild"], "detail": {"project-name": [project], "build-status": ["FAILED"]}}
        events = aws.client("events")
        queue.let_in(events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"])
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn}])
        build = codebuild.client.start_build(projectName=project)["build"]
        event = json.loads(queue.first()["Body"])
        assert event["detail-type"] == "CodeBuild Build State Change" and event["resources"] == [build["arn"]]
        told = {p["phase-type"]: p for p in event["detail"]["additional-information"]["phases"]}
        assert told["BUILD"]["phase-status"] == "FAILED" and "exit status 1" in told["BUILD"]["phase-context"][0]


class TestSourcesAndArtifacts:
    def test_a_zip_file_of_a_bucket_is_built_by_its_own_buildspec(self, aws, codebuild, bucket, storing):
        buildspec = """\
version: 0.2
phases:
  build:
    commands:
      - mkdir -p out/deep && cat a.txt > out/deep/b.txt && echo x > out/no.log
artifacts:
  base-directory: out
  files: '**/*'
  exclude-paths: ['*.log']
"""
        aws.client("s3").put_object(Bucket=bucket, Key="source.zip", Body=archive({"buildspec.yml": buildspec, "a.txt": "one"}))
        build = codebuild.run(
            source={"type": "S3", "location": f"{bucket}/source.zip"},
            artifacts={"type": "S3", "location": bucket, "path": "made", "name": "out.zip", "packaging": "ZIP"},
            serviceRole=storing,
        )
        assert build["buildStatus"] == "SUCCEEDED", build["phases"]
        assert build["artifacts"]["location"] == f"arn:aws:s3:::{bucket}/made/out.zip"
        assert contents(aws, bucket, "made/out.zip") == {"deep/b.txt": "one"}

    def test_secondary_sources_and_artifacts_have_their_names(self, aws, codebuild, bucket, storing):
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        for name in ("first", "second"):
            aws.client("s3").put_object(Bucket=bucket, Key=f"{name}.zip", Body=archive({"x/a.txt": name}))
        artifact = {"type": "S3", "location": bucket, "packaging": "ZIP"}
        secondary = {
            "left": {"files": ["x/a.txt"], "discard-paths": "yes"},
            "right": {"base-directory": "$CODEBUILD_SRC_DIR_Other", "files": ["**/*"]},
        }
        build = codebuild.run(
            spec(build=["cat $CODEBUILD_SRC_DIR/x/a.txt $CODEBUILD_SRC_DIR_Other/x/a.txt"], artifacts={"secondary-artifacts": secondary}),
            source={"type": "S3", "location": f"{bucket}/first.zip"},
            secondarySources=[{"type": "S3", "location": f"{bucket}/second.zip", "sourceIdentifier": "Other"}],
            secondaryArtifacts=[
                artifact | {"artifactIdentifier": "left", "name": "left.zip"},
                artifact | {"artifactIdentifier": "right", "name": "right.zip"},
            ],
            encryptionKey=key,
            serviceRole=storing,
        )
        assert build["buildStatus"] == "SUCCEEDED", build["phases"]
        assert "firstsecond" in codebuild.log(build)
        assert [a["artifactIdentifier"] for a in build["secondaryArtifacts"]] == ["left", "right"]
        assert contents(aws, bucket, "left.zip") == {"a.txt": "first"} and contents(aws, bucket, "right.zip") == {"x/a.txt": "second"}
        head = aws.client("s3").head_object(Bucket=bucket, Key="left.zip")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)

    def test_a_source_that_the_role_may_not_read_fails_with_the_cause(self, aws, codebuild, bucket):
        aws.client("s3").put_object(Bucket=bucket, Key="denied.zip", Body=archive({"buildspec.yml": "version: 0.2"}))
        build = codebuild.run(source={"type": "S3", "location": f"{bucket}/denied.zip"})
        assert build["buildStatus"] == "FAILED" and list(phases(build))[-3:] == ["DOWNLOAD_SOURCE", "FINALIZING", "COMPLETED"]
        told = context(build, "DOWNLOAD_SOURCE")
        assert told["statusCode"] == "CLIENT_ERROR" and "denied.zip" in told["message"] and "AccessDenied" in told["message"]

    def test_an_artifact_that_is_not_made_or_may_not_be_written_fails(self, aws, codebuild, bucket, storing):
        artifacts = {"type": "S3", "location": bucket, "packaging": "ZIP", "name": "absent.zip"}
        missing = codebuild.run(spec(build=["true"], artifacts={"files": ["out/*"]}), artifacts=artifacts, serviceRole=storing)
        assert missing["buildStatus"] == "FAILED" and "no matching artifact paths" in context(missing, "UPLOAD_ARTIFACTS")["message"]
        denied = codebuild.run(spec(build=["touch a"], artifacts={"files": ["a"]}), artifacts=artifacts)
        assert denied["buildStatus"] == "FAILED" and "AccessDenied" in context(denied, "UPLOAD_ARTIFACTS")["message"]

    def test_a_source_that_is_not_offered_is_refused(self, codebuild):
        project = codebuild.project(spec(), source={"type": "GITHUB", "location": "https://github.com/a/b"})
        with pytest.raises(ClientError, match=r"\(InvalidInputException\).*GITHUB"):
            codebuild.client.start_build(projectName=project)

    def test_only_a_pipeline_starts_a_pipelines_project(self, codebuild):
        project = codebuild.project(spec(), source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        with pytest.raises(ClientError, match=r"\(InvalidInputException\).*CODEPIPELINE"):
            codebuild.client.start_build(projectName=project)


class TestApi:
    def test_projects_come_change_and_go(self, codebuild):
        client, name = codebuild.client, codebuild.project(spec(), tags=[{"key": "Ärger", "value": "1"}])
        changed = client.update_project(name=name, description="new", timeoutInMinutes=7)["project"]
        assert (changed["description"], changed["timeoutInMinutes"], changed["queuedTimeoutInMinutes"]) == ("new", 7, 480)
        assert changed["tags"] == [{"key": "Ärger", "value": "1"}]
        answer = client.batch_get_projects(names=[name, changed["arn"], "absent"])
        assert [p["name"] for p in answer["projects"]] == [name, name] and answer["projectsNotFound"] == ["absent"]
        assert name in client.list_projects()["projects"]
        client.delete_project(name=name)
        client.delete_project(name=name)
        assert name not in client.list_projects()["projects"]

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "with space"},
            {"source": {"type": "S3", "location": "bucket"}},
            {"source": {"type": "NO_SOURCE"}},
            {"artifacts": {"type": "CODEPIPELINE"}},
            {"serviceRole": f"arn:aws:iam::{ACCOUNT}:role/absent"},
        ],
    )
    def test_refuses_projects(self, codebuild, change):
        project = {"source": {"type": "NO_SOURCE", "buildspec": spec()}, "artifacts": {"type": "NO_ARTIFACTS"}}
        project |= {"name": unique("project"), "environment": ENVIRONMENT, "serviceRole": codebuild.role}
        with pytest.raises(ClientError, match=r"\(InvalidInputException\)"):
            codebuild.client.create_project(**project | change)
        codebuild.client.create_project(**project)
        with pytest.raises(ClientError, match=r"\(ResourceAlreadyExistsException\)"):
            codebuild.client.create_project(**project)

    def test_a_repeated_start_is_one_start(self, codebuild):
        client, project = codebuild.client, codebuild.project(spec(build=["true"]))
        ids = {client.start_build(projectName=project, idempotencyToken="same")["build"]["id"] for _ in range(2)}
        assert len(ids) == 1 == len(client.list_builds_for_project(projectName=project)["ids"])
        with pytest.raises(ClientError, match=r"\(InvalidInputException\)"):
            client.start_build(projectName=project, idempotencyToken="same", buildspecOverride=spec(build=["false"]))

    def test_builds_are_listed_repeated_and_forgotten(self, codebuild):
        client, project = codebuild.client, codebuild.project(spec(build=["true"]))
        first = client.start_build(projectName=project, buildspecOverride=spec(build=["echo over; false"]))["build"]["id"]
        assert codebuild.ended(first)["buildStatus"] == "FAILED"
        again = client.retry_build(id=first)["build"]["id"]
        assert codebuild.ended(again)["buildStatus"] == "FAILED" and "over" in codebuild.log(codebuild.build(again))
        assert client.list_builds_for_project(projectName=project)["ids"] == [again, first]
        assert client.list_builds()["ids"][:2] == [again, first]
        arn = codebuild.build(first)["arn"]
        assert client.batch_delete_builds(ids=[arn, "absent:1"])["buildsDeleted"] == [arn]
        assert client.batch_get_builds(ids=[first, again])["buildsNotFound"] == [first]

    def test_iam_is_asked_about_the_project(self, aws, codebuild):
        mine, other = codebuild.start(spec(build=["true"])), codebuild.start(spec(build=["true"]))
        project = mine.partition(":")[0]
        arn = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{project}"
        client = aws.client("codebuild", aws.session(allow(["codebuild:*"], arn)))
        assert client.batch_get_builds(ids=[mine])["builds"] and client.batch_get_builds(ids=[codebuild.build(mine)["arn"]])["builds"]
        client.stop_build(id=mine)
        client.start_build(projectName=project)
        assert client.batch_get_projects(names=[project])["projects"]
        for refused in (
            lambda: client.batch_get_builds(ids=[other]),
            lambda: client.batch_get_builds(ids=[mine, other]),
            lambda: client.stop_build(id=other),
            lambda: client.start_build(projectName=other.partition(":")[0]),
            lambda: client.list_builds(),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                refused()
        assert aws.client("codebuild", OTHER_ACCOUNT).batch_get_builds(ids=[mine])["buildsNotFound"] == [mine]

    def test_another_role_must_be_passed(self, aws, codebuild):
        project = codebuild.project(spec(build=["true"]))
        trust = aws.role(unique("builder"), TRUST, [WRITE_LOGS])
        arn = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{project}"
        start = allow("codebuild:StartBuild", arn)
        with pytest.raises(ClientError, match="iam:PassRole"):
            aws.client("codebuild", aws.session(start)).start_build(projectName=project, serviceRoleOverride=trust)
        allowed = aws.client("codebuild", aws.session(start, allow("iam:PassRole", trust)))
        assert allowed.start_build(projectName=project, serviceRoleOverride=trust)["build"]["serviceRole"] == trust


class TestStacks:
    @pytest.fixture
    def template(self, codebuild) -> dict:
        properties = {
            "Source": {"Type": "NO_SOURCE", "BuildSpec": spec(build=["echo $WORD"])},
            "Artifacts": {"Type": "NO_ARTIFACTS"},
            "Environment": {
                "Type": "LINUX_CONTAINER",
                "Image": "aws/codebuild/standard:7.0",
                "ComputeType": "BUILD_GENERAL1_SMALL",
                "PrivilegedMode": "false",
                "EnvironmentVariables": [{"Name": "WORD", "Type": "PLAINTEXT", "Value": "hello"}],
            },
            "ServiceRole": codebuild.role,
            "TimeoutInMinutes": "30",
            "Cache": {"Type": "LOCAL", "Modes": ["LOCAL_SOURCE_CACHE"]},
            "EncryptionKey": "alias/mine",
            "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": unique("/mine")}},
            "Tags": [{"Key": "team", "Value": "research"}],
        }
        return {"Resources": {"Builder": {"Type": "AWS::CodeBuild::Project", "Properties": properties}}}

    def project(self, aws, codebuild, stack: str) -> dict:
        cloudformation = aws.client("cloudformation")

        def settled() -> bool:
            return not cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS")

        wait_for(settled, stack)
        name = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId="Builder")
        name = name["StackResourceDetail"]["PhysicalResourceId"]
        return codebuild.client.batch_get_projects(names=[name])["projects"][0]

    def test_make_projects_with_all_that_they_say_and_change_them(self, aws, codebuild, template):
        cloudformation, stack = aws.client("cloudformation"), unique("stack")
        cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template), Tags=[{"Key": "stack", "Value": "1"}])
        made = self.project(aws, codebuild, stack)
        assert re.fullmatch(r"Builder-[A-Za-z0-9]{12}", made["name"])
        assert (made["timeoutInMinutes"], made["encryptionKey"], made["cache"]["type"]) == (30, "alias/mine", "LOCAL")
        assert {tag["key"]: tag["value"] for tag in made["tags"]}.items() >= {"team": "research", "stack": "1"}.items()
        build = codebuild.ended(codebuild.client.start_build(projectName=made["name"])["build"]["id"])
        assert "hello" in codebuild.log(build) and build["logs"]["groupName"] == made["logsConfig"]["cloudWatchLogs"]["groupName"]

        properties = template["Resources"]["Builder"]["Properties"]
        del properties["LogsConfig"], properties["TimeoutInMinutes"], properties["Tags"]
        properties["Environment"]["EnvironmentVariables"][0]["Value"] = "changed"
        cloudformation.update_stack(StackName=stack, TemplateBody=json.dumps(template))
        changed = self.project(aws, codebuild, stack)
        assert (changed["name"], changed["timeoutInMinutes"], "logsConfig" in changed) == (made["name"], 60, False)
        assert "team" not in {tag["key"] for tag in changed["tags"]}
        assert changed["environment"]["environmentVariables"][0]["value"] == "changed"

        cloudformation.delete_stack(StackName=stack)
        wait_for(lambda: made["name"] not in codebuild.client.list_projects()["projects"], "the project's deletion")

    def test_fail_with_what_the_service_refuses(self, aws, codebuild, template):
        cloudformation, stack = aws.client("cloudformation"), unique("stack")
        template["Resources"]["Builder"]["Properties"]["Artifacts"] = {"Type": "CODEPIPELINE"}
        cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))

        def reason() -> str:
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            return next((e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"] == "CREATE_FAILED"), "")

        assert "CODEPIPELINE" in wait_for(reason, "the failure")


class TestTools:
    def test_node_and_python_are_the_images(self, codebuild):
        install = {"runtime-versions": {"nodejs": "22", "python": "3.x"}, "commands": ["pip --version"]}
        programs = ["node --version", "python3 -c 'import sys; print(sys.prefix)'", 'echo "at $CODEBUILD_SRC_DIR"']
        build = codebuild.run(spec(install=install, build=programs))
        assert build["buildStatus"] == "SUCCEEDED", codebuild.log(build)[-5:]
        log = codebuild.log(build)
        root = Path(next(line for line in log if line.startswith("at "))[3:]).parents[1]
        assert any(re.fullmatch(r"v22\.[\d.]+", line) for line in log)
        assert str(root / "python") in log

    def test_packages_come_from_the_cache_and_no_build_changes_it(self, codebuild):
        files = ["echo iniconfig==2.0.0 > requirements.txt", "pip install -r requirements.txt"]
        shown = "python -c \"import iniconfig, importlib.metadata as m; print(m.version('iniconfig'), iniconfig.__file__)\""
        first = codebuild.log(codebuild.run(spec(install=files, build=[shown, "pip install -q iniconfig==1.1.1", shown])))

        second = codebuild.log(codebuild.run(spec(install=files, build=[shown])))
        places = [line for log in (first, second) for line in log if line.startswith("2.0.0 ")]
        assert len(places) == 2 and places[0] == places[1], (first, second)
        assert any(line.startswith("1.1.1 ") and "/builds/" in line for line in first)
        assert "Successfully installed iniconfig-2.0.0" in second
        assert os.fspath(codebuild.aws.directory / "builds") not in places[0]
