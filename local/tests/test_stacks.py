"""CloudFormation: our resource types, and the rules around stacks."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, Queue, allow, unique, wait_for

TOPIC = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
CFN_TRUST = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def cloudformation(aws):
    return aws.client("cloudformation")


@pytest.fixture(scope="module")
def bucket(aws) -> str:
    name = unique("templates")
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def settled(cloudformation, name: str) -> dict:
    def stack() -> dict | None:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    return wait_for(stack, f"the end of {name}")


def create(cloudformation, template: dict, **options) -> dict:
    name = unique("dataall")
    request = {"StackName": name, "TemplateBody": json.dumps(template), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    cloudformation.create_stack(**request | options)
    return settled(cloudformation, options.get("StackName", name))


def outputs(stack: dict) -> dict:
    return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}


def repository_template(name: str, **properties) -> dict:
    resource = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": name, **properties}}
    values = {
        "Ref": {"Ref": "Repository"},
        **{a: {"Fn::GetAtt": ["Repository", a]} for a in ("Arn", "Name", "CloneUrlHttp", "CloneUrlSsh")},
    }
    return {"Resources": {"Repository": resource}, "Outputs": {key: {"Value": value} for key, value in values.items()}}


def cicd_template(repository: str) -> dict:
    """The resource types of a CICD stack."""

    def trust(service: str) -> dict:
        return {
            "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": service}}],
            "Version": "2012-10-17",
        }

    def role(service: str) -> dict:
        return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust(service)}}

    def policy(of: str, *statements: dict) -> dict:
        document = {"Statement": list(statements), "Version": "2012-10-17"}
        return {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyDocument": document, "PolicyName": of, "Roles": [{"Ref": of}]},
        }

    repository_arn = f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}"
    pipeline_arn = {"Fn::Join": ["", [f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:", {"Ref": "Pipeline"}]]}
    kind = {"Owner": "AWS", "Version": "1"}
    source = {
        "Name": "Source",
        "ActionTypeId": {"Category": "Source", "Provider": "CodeCommit", **kind},
        "Configuration": {"RepositoryName": repository, "BranchName": "main", "PollForSourceChanges": False},
        "OutputArtifacts": [{"Name": "Code"}],
        "RunOrder": 1,
    }
    build = {
        "Name": "Build",
        "ActionTypeId": {"Category": "Build", "Provider": "CodeBuild", **kind},
        "Configuration": {"ProjectName": {"Ref": "Project"}},
        "InputArtifacts": [{"Name": "Code"}],
    }
    key = {
        "Statement": [
            {
                "Action": "kms:*",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Resource": "*",
            }
        ]
    }
    pattern = {"source": ["aws.codecommit"], "resources": [repository_arn], "detail": {"referenceName": ["main"]}}
    deny = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]},
    }
    deny["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    return {
        "Resources": {
            "Key": {
                "Type": "AWS::KMS::Key",
                "Properties": {"EnableKeyRotation": True, "KeyPolicy": key | {"Version": "2012-10-17"}},
            },
            "Alias": {
                "Type": "AWS::KMS::Alias",
                "Properties": {"AliasName": f"alias/{repository}", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
            },
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "BucketPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": [deny]}},
            },
            "PipelineRole": role("codepipeline.amazonaws.com"),
            "PipelinePolicy": policy(
                "PipelineRole",
                allow("codecommit:*", repository_arn),
                allow("s3:PutObject", {"Fn::Sub": "${Bucket.Arn}/*"}),
                allow(["kms:GenerateDataKey*", "kms:Decrypt"], {"Fn::GetAtt": ["Key", "Arn"]}),
            ),
            "BuildRole": role("codebuild.amazonaws.com"),
            "EventsRole": role("events.amazonaws.com"),
            "EventsPolicy": policy("EventsRole", allow("codepipeline:StartPipelineExecution", pipeline_arn)),
            "Project": {
                "Type": "AWS::CodeBuild::Project",
                "Properties": {
                    "Artifacts": {"Type": "CODEPIPELINE"},
                    "Source": {"Type": "CODEPIPELINE", "BuildSpec": "{}"},
                    "Environment": {
                        "Type": "LINUX_CONTAINER",
                        "Image": "aws/codebuild/standard:7.0",
                        "ComputeType": "BUILD_GENERAL1_SMALL",
                    },
                    "ServiceRole": {"Fn::GetAtt": ["BuildRole", "Arn"]},
                },
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": pattern,
                    "State": "ENABLED",
                    "Targets": [{"Arn": pipeline_arn, "Id": "Target0", "RoleArn": {"Fn::GetAtt": ["EventsRole", "Arn"]}}],
                },
            },
            "Pipeline": {
                "Type": "AWS::CodePipeline::Pipeline",
                "DependsOn": ["PipelinePolicy"],
                "Properties": {
                    "Name": repository,
                    "PipelineType": "V1",
                    "RoleArn": {"Fn::GetAtt": ["PipelineRole", "Arn"]},
                    "ArtifactStores": [
                        {
                            "Region": region,
                            "ArtifactStore": {
                                "Type": "S3",
                                "Location": {"Ref": "Bucket"},
                                "EncryptionKey": {"Id": {"Fn::GetAtt": ["Key", "Arn"]}, "Type": "KMS"},
                            },
                        }
                        for region in (REGION, "us-east-1")
                    ],
                    "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Build", "Actions": [build]}],
                    "Tags": [{"Key": "team", "Value": "research"}],
                },
            },
            "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:"}},
        },
        "Outputs": {
            "Pipeline": {"Value": {"Ref": "Pipeline"}},
            "Version": {"Value": {"Fn::GetAtt": ["Pipeline", "Version"]}},
        },
    }


class TestResourceTypes:
    def test_a_repository_lives_and_dies_with_its_stack(self, codecommit, cloudformation):
        name = unique("dataall-sales")
        stack = create(
            cloudformation,
            repository_template(name, Tags=[{"Key": "a", "Value": "1"}]),
            Tags=[{"Key": "stack", "Value": "2"}],
        )
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        metadata = codecommit.get_repository(repositoryName=name)["repositoryMetadata"]
        values = outputs(stack)
        assert (values["Ref"], values["Arn"], values["Name"]) == (metadata["repositoryId"], metadata["Arn"], name)
        assert (values["CloneUrlHttp"], values["CloneUrlSsh"]) == (metadata["cloneUrlHttp"], metadata["cloneUrlSsh"])
        tags = codecommit.list_tags_for_resource(resourceArn=metadata["Arn"])["tags"]
        assert tags["a"] == "1" and tags["stack"] == "2" and tags["aws:cloudformation:stack-name"] == stack["StackName"]

        renamed = unique("dataall-renamed")
        template = json.dumps(repository_template(renamed, RepositoryDescription="new"))
        cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=template)
        assert settled(cloudformation, stack["StackName"])["StackStatus"] == "UPDATE_COMPLETE"
        assert codecommit.get_repository(repositoryName=renamed)["repositoryMetadata"]["repositoryId"] == metadata["repositoryId"]

        cloudformation.delete_stack(StackName=stack["StackName"])
        assert settled(cloudformation, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
        with pytest.raises(ClientError, match="RepositoryDoesNotExistException"):
            codecommit.get_repository(repositoryName=renamed)

    def test_every_type_of_a_cicd_stack_is_made(self, aws, codecommit, cloudformation, repository, first_commit):
        stack = create(cloudformation, cicd_template(repository))
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert outputs(stack) == {"Pipeline": repository, "Version": "1"}
        resources = cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
        made = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources}
        assert aws.client("kms").describe_key(KeyId=f"alias/{repository}")["KeyMetadata"]["KeyId"] == made["Key"]
        assert "Deny" in aws.client("s3").get_bucket_policy(Bucket=made["Bucket"])["Policy"]
        assert aws.client("codebuild").batch_get_projects(names=[made["Project"]])["projects"]
        assert aws.client("iam").get_role_policy(RoleName=made["PipelineRole"], PolicyName="PipelineRole")
        assert aws.client("events").list_targets_by_rule(Rule=made["Rule"].rpartition("/")[2])["Targets"]

        codepipeline = aws.client("codepipeline")
        pipeline = codepipeline.get_pipeline(name=repository)["pipeline"]
        assert pipeline["stages"][0]["actions"][0]["configuration"]["PollForSourceChanges"] == "false"
        assert pipeline["artifactStores"].keys() == {REGION, "us-east-1"}
        wait_for(
            lambda: codepipeline.get_pipeline_state(name=repository)["stageStates"][0]["latestExecution"]["status"] == "Succeeded",
            "the end of the source",
        )

        commit = codecommit.put_file(
            repositoryName=repository, branchName="main", parentCommitId=first_commit, filePath="x", fileContent=b"x"
        )
        started = wait_for(
            lambda: [
                e
                for e in codepipeline.list_pipeline_executions(pipelineName=repository)["pipelineExecutionSummaries"]
                if e["trigger"]["triggerType"] == "CloudWatchEvent" and e["sourceRevisions"]
            ],
            "an execution started by the rule",
        )
        assert started[0]["sourceRevisions"][0]["revisionId"] == commit["commitId"]

        changed = cicd_template(repository)
        changed["Resources"]["Pipeline"]["Properties"]["Stages"][1]["Name"] = "Renamed"
        cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=json.dumps(changed), Capabilities=["CAPABILITY_NAMED_IAM"])
        assert outputs(settled(cloudformation, stack["StackName"]))["Version"] == "2"
        assert [s["stageName"] for s in codepipeline.get_pipeline_state(name=repository)["stageStates"]] == [
            "Source",
            "Renamed",
        ]

        codepipeline.delete_pipeline(name=repository)
        bucket = aws.client("s3")
        for stored in bucket.list_objects_v2(Bucket=made["Bucket"])["Contents"]:
            bucket.delete_object(Bucket=made["Bucket"], Key=stored["Key"])
        cloudformation.delete_stack(StackName=stack["StackName"])
        assert settled(cloudformation, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
        with pytest.raises(ClientError, match="PipelineNotFoundException"):
            codepipeline.get_pipeline(name=repository)

    def test_a_refused_resource_names_its_reason(self, cloudformation, repository):
        for template, reason in (
            (repository_template(repository), "RepositoryNameExistsException"),
            (repository_template("with space"), "InvalidRepositoryNameException"),
        ):
            stack = create(cloudformation, template)
            assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
            events = cloudformation.describe_stack_events(StackName=stack["StackName"])["StackEvents"]
            failed = [e for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
            assert reason in failed[0]["ResourceStatusReason"]

    def test_a_pipeline_that_is_wrong_is_refused(self, cloudformation, repository, first_commit):
        template = cicd_template(repository)
        template["Resources"]["Pipeline"]["Properties"]["Stages"].pop()
        stack = create(cloudformation, template)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        events = cloudformation.describe_stack_events(StackName=stack["StackName"])["StackEvents"]
        assert any("at least 2" in e.get("ResourceStatusReason", "") for e in events)


class TestStacks:
    def test_a_failed_stack_is_in_the_way(self, cloudformation):
        stack = create(cloudformation, repository_template("with space"))
        with pytest.raises(ClientError, match="AlreadyExistsException"):
            cloudformation.create_stack(StackName=stack["StackName"], TemplateBody=json.dumps(repository_template(unique("r"))))
        cloudformation.delete_stack(StackName=stack["StackName"])
        settled(cloudformation, stack["StackId"])
        cloudformation.create_stack(StackName=stack["StackName"], TemplateBody=json.dumps(repository_template(unique("r"))))

    def test_a_request_is_repeated_with_its_token(self, cloudformation):
        request = {
            "StackName": unique("dataall"),
            "TemplateBody": json.dumps(repository_template(unique("r"))),
            "ClientRequestToken": "token-1",
        }
        first = cloudformation.create_stack(**request)["StackId"]
        assert cloudformation.create_stack(**request)["StackId"] == first
        settled(cloudformation, first)
        assert cloudformation.create_stack(**request)["StackId"] == first
        with pytest.raises(ClientError, match="TokenAlreadyExistsException"):
            cloudformation.create_stack(**request | {"TemplateBody": json.dumps(repository_template(unique("r")))})
        with pytest.raises(ClientError, match="AlreadyExistsException"):
            cloudformation.create_stack(**request | {"ClientRequestToken": "token-2"})
        update = request | {
            "TemplateBody": json.dumps(repository_template(unique("r"))),
            "ClientRequestToken": "token-3",
        }
        cloudformation.update_stack(**update)
        cloudformation.update_stack(**update)
        settled(cloudformation, first)
        events = cloudformation.describe_stack_events(StackName=first)["StackEvents"]
        of_update = [e["ResourceStatus"] for e in events if e.get("ClientRequestToken") == "token-3" and e["PhysicalResourceId"] == first]
        assert of_update == ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS"]

    def test_a_bucket_with_objects_blocks_the_deletion(self, aws, cloudformation):
        stack = create(cloudformation, {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
        bucket = cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"][0]["PhysicalResourceId"]
        s3 = aws.client("s3")
        s3.put_object(Bucket=bucket, Key="object", Body=b"kept")
        cloudformation.delete_stack(StackName=stack["StackName"])
        assert settled(cloudformation, stack["StackId"])["StackStatus"] == "DELETE_FAILED"
        failed = [
            e
            for e in cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
            if e["ResourceStatus"] == "DELETE_FAILED"
        ]
        assert any("not empty" in e["ResourceStatusReason"] for e in failed)
        assert s3.get_object(Bucket=bucket, Key="object")["Body"].read() == b"kept"
        s3.delete_object(Bucket=bucket, Key="object")
        cloudformation.delete_stack(StackName=stack["StackName"])
        assert settled(cloudformation, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"

    def test_untyped_errors_are_as_aws_words_them(self, cloudformation):
        template = repository_template(unique("r"))
        stack = create(cloudformation, template)
        with pytest.raises(ClientError, match=r"\(ValidationError\).*No updates are to be performed"):
            cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=json.dumps(template))
        with pytest.raises(ClientError, match=r"\(ValidationError\).*does not exist"):
            cloudformation.describe_stacks(StackName=unique("absent"))

    def test_roles_are_passed_trusted_and_kept(self, aws, cloudformation):
        good, untrusting = (
            aws.role(unique("exec"), CFN_TRUST, []),
            aws.role(unique("exec"), {**CFN_TRUST, "Principal": {"AWS": ACCOUNT}}, []),
        )
        stack = create(cloudformation, repository_template(unique("r")), RoleARN=good)
        assert stack["RoleARN"] == good
        with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
            create(cloudformation, repository_template(unique("r")), RoleARN=untrusting)
        session = aws.client("cloudformation", aws.session(allow("cloudformation:*"), allow("iam:PassRole", good)))
        create(session, repository_template(unique("r")), RoleARN=good)
        other = aws.role(unique("exec"), CFN_TRUST, [])
        with pytest.raises(ClientError, match="iam:PassRole"):
            create(session, repository_template(unique("r")), RoleARN=other)

    def test_status_changes_become_events(self, aws, cloudformation):
        events, queue, name = aws.client("events"), Queue(aws), unique("status")
        pattern = {"source": ["aws.cloudformation"], "detail-type": ["CloudFormation Stack Status Change"]}
        queue.let_in(events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"])
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn}])
        stack = create(cloudformation, repository_template(unique("r")))
        cloudformation.delete_stack(StackName=stack["StackName"], ClientRequestToken="the-token")
        seen: dict[str, dict] = {}

        def deleted() -> bool:
            for message in queue.messages():
                detail = json.loads(message["Body"])["detail"]
                if detail["stack-id"] == stack["StackId"]:
                    seen[detail["status-details"]["status"]] = detail
            return "DELETE_COMPLETE" in seen and "CREATE_COMPLETE" in seen

        wait_for(deleted, "the events of the stack")
        assert seen["DELETE_COMPLETE"]["client-request-token"] == "the-token"

    def test_a_template_is_told_with_question_marks(self, cloudformation):
        """The stack has the characters all the same: it is up to date."""
        template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "city", "Value": "Zürich 🏔"}]}}}}
        body = json.dumps(template, ensure_ascii=False)
        stack = create(cloudformation, template, TemplateBody=body)["StackName"]
        for stage in ("Original", "Processed"):
            told = cloudformation.get_template(StackName=stack, TemplateStage=stage)["TemplateBody"]
            assert told == json.loads(body.replace("ü", "?").replace("🏔", "?"))
        with pytest.raises(ClientError, match="No updates are to be performed"):
            cloudformation.update_stack(StackName=stack, TemplateBody=body)
        cloudformation.update_stack(StackName=stack, TemplateBody=body.replace("ü", "u"))
        assert settled(cloudformation, stack)["StackStatus"] == "UPDATE_COMPLETE"


class TestProperties:
    @staticmethod
    def made(cloudformation, stack: dict) -> dict[str, str]:
        resources = cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources}

    @staticmethod
    def update(cloudformation, stack: dict, template: dict, **options) -> None:
        body = json.dumps(template)
        cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"], **options)
        assert settled(cloudformation, stack["StackName"])["StackStatus"] == "UPDATE_COMPLETE"

    def test_a_bucket_has_its_tags_and_the_stacks(self, aws, cloudformation):
        properties = {"Tags": [{"Key": "team", "Value": "research"}, {"Key": "city", "Value": "Zürich"}]}
        template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
        of_stack = [{"Key": "team", "Value": "marketing"}, {"Key": "cost-center", "Value": "42"}]
        stack = create(cloudformation, template, Tags=of_stack)
        bucket = self.made(cloudformation, stack)["Bucket"]

        def tags() -> dict[str, str]:
            told = {t["Key"]: t["Value"] for t in aws.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]}
            assert told.pop("aws:cloudformation:stack-id") == stack["StackId"]
            return {k: v for k, v in told.items() if not k.startswith("aws:")}

        assert tags() == {"team": "research", "city": "Zürich", "cost-center": "42"}
        properties["Tags"] = [{"Key": "city", "Value": "Bern"}]
        self.update(cloudformation, stack, template, Tags=of_stack)
        assert tags() == {"team": "marketing", "city": "Bern", "cost-center": "42"}

    def test_a_role_keeps_its_boundary_which_limits_it(self, aws, cloudformation):
        iam = aws.client("iam")

        def boundary(*actions: str) -> str:
            document = json.dumps({"Version": "2012-10-17", "Statement": [allow(list(actions))]})
            return iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=document)["Policy"]["Arn"]

        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
        everything = {"PolicyName": "everything", "PolicyDocument": {"Statement": [allow("*")]}}
        properties = {"AssumeRolePolicyDocument": trust, "Policies": [everything], "PermissionsBoundary": boundary("s3:*")}
        template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
        stack = create(cloudformation, template)
        name = self.made(cloudformation, stack)["Role"]
        session = aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="session")["Credentials"]

        def may() -> list[str]:
            calls = {"s3": aws.client("s3", session).list_buckets, "sqs": aws.client("sqs", session).list_queues}
            return [service for service, call in calls.items() if self.allowed(call)]

        assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == properties["PermissionsBoundary"]
        assert may() == ["s3"]
        properties["PermissionsBoundary"] = boundary("sqs:*")
        self.update(cloudformation, stack, template)
        assert may() == ["sqs"]
        del properties["PermissionsBoundary"]
        self.update(cloudformation, stack, template)
        assert may() == ["s3", "sqs"]
        properties["PermissionsBoundary"] = f"arn:aws:iam::{ACCOUNT}:policy/absent"
        assert create(cloudformation, template)["StackStatus"] == "ROLLBACK_COMPLETE"

    @staticmethod
    def allowed(call) -> bool:
        try:
            call()
        except ClientError as refusal:
            if "AccessDenied" in refusal.response["Error"]["Code"]:
                return False
            raise
        return True

    @pytest.mark.parametrize("protected", [True, False])
    @pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::Cognito::UserPool"])
    def test_a_protected_resource_survives_a_failed_creation(self, cloudformation, kind, protected):
        """`RetainExceptOnCreate` deletes what a failed creation made, unless it is protected against being deleted."""
        if kind == "AWS::DynamoDB::Table":
            attribute = {"AttributeName": "pk", "AttributeType": "S"}
            key = {"AttributeName": "pk", "KeyType": "HASH"}
            properties = {"AttributeDefinitions": [attribute], "KeySchema": [key], "BillingMode": "PAY_PER_REQUEST"}
            properties["DeletionProtectionEnabled"] = protected
        else:
            properties = {"DeletionProtection": "ACTIVE" if protected else "INACTIVE"}
        kept = {"Type": kind, "DeletionPolicy": "RetainExceptOnCreate", "Properties": properties}
        failing = repository_template("with space")["Resources"]["Repository"] | {"DependsOn": "Kept"}
        stack = create(cloudformation, {"Resources": {"Kept": kept, "Failing": failing}})
        events = cloudformation.describe_stack_events(StackName=stack["StackName"])["StackEvents"]
        fate = next(e["ResourceStatus"] for e in events if e["LogicalResourceId"] == "Kept")
        assert (stack["StackStatus"], fate) == (
            ("ROLLBACK_FAILED", "DELETE_FAILED") if protected else ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")
        )


class TestTemplatesByUrl:
    @pytest.fixture
    def key(self, aws, bucket) -> str:
        key = f"folder/{unique('template')}.json"
        filler = {"Filler": "x" * 60_000}  # larger than a body may be
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(repository_template(unique("r")) | {"Metadata": filler}))
        return key

    @pytest.mark.parametrize(
        "form", ["https://s3.{region}.amazonaws.com/{bucket}/{key}", "https://{bucket}.s3.{region}.amazonaws.com/{key}"]
    )
    def test_both_forms_of_a_url_work(self, cloudformation, bucket, key, form):
        name = unique("dataall")
        cloudformation.create_stack(StackName=name, TemplateURL=form.format(region=REGION, bucket=bucket, key=key))
        assert settled(cloudformation, name)["StackStatus"] == "CREATE_COMPLETE"

    def test_the_caller_needs_to_read_the_object(self, aws, bucket, key):
        url = f"https://s3.{REGION}.amazonaws.com/{bucket}/{key}"
        may_not = aws.client("cloudformation", aws.session(allow("cloudformation:*")))
        with pytest.raises(ClientError, match="S3 error: Access Denied"):
            may_not.create_stack(StackName=unique("dataall"), TemplateURL=url)
        may = aws.client("cloudformation", aws.session(allow("cloudformation:*"), allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")))
        may.create_stack(StackName=unique("dataall"), TemplateURL=url)

    def test_a_bucket_of_another_account_must_let_the_caller_in(self, aws, bucket, key):
        url = f"https://s3.{REGION}.amazonaws.com/{bucket}/{key}"
        read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
        elsewhere = aws.client("cloudformation", aws.session(allow("cloudformation:*"), read, account=OTHER_ACCOUNT))
        with pytest.raises(ClientError, match="S3 error: Access Denied"):
            elsewhere.create_stack(StackName=unique("dataall"), TemplateURL=url)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [read | {"Principal": {"AWS": OTHER_ACCOUNT}}]})
        aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        stack = elsewhere.create_stack(StackName=unique("dataall"), TemplateURL=url)["StackId"]
        assert stack.split(":")[4] == OTHER_ACCOUNT

    def test_an_encrypted_object_needs_its_key(self, aws, bucket):
        kms = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        aws.client("s3").put_object(Bucket=bucket, Key="encrypted", Body=json.dumps(TOPIC), ServerSideEncryption="aws:kms", SSEKMSKeyId=kms)
        url, read = f"https://s3.{REGION}.amazonaws.com/{bucket}/encrypted", allow(["cloudformation:*", "s3:GetObject"])
        with pytest.raises(ClientError, match="S3 error: Access Denied"):
            aws.client("cloudformation", aws.session(read)).get_template_summary(TemplateURL=url)
        may = aws.client("cloudformation", aws.session(read, allow("kms:Decrypt", kms)))
        assert may.get_template_summary(TemplateURL=url)["ResourceTypes"] == ["AWS::SNS::Topic"]

    def test_a_url_is_read_for_nobody_with_a_wrong_secret(self, aws, bucket, key):
        session = aws.session(allow(["cloudformation:*", "s3:GetObject"])) | {"SecretAccessKey": "guessed"}
        with pytest.raises(ClientError, match="S3 error: Access Denied"):
            aws.client("cloudformation", session).create_stack(
                StackName=unique("dataall"), TemplateURL=f"https://s3.{REGION}.amazonaws.com/{bucket}/{key}"
            )

    def test_a_presigned_url_carries_its_own_permission(self, aws, bucket, key):
        url = aws.client("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        elsewhere = aws.client("cloudformation", aws.session(allow("cloudformation:*"), account=OTHER_ACCOUNT))
        elsewhere.create_stack(StackName=unique("dataall"), TemplateURL=url)
        with pytest.raises(ClientError, match="S3 error"):
            elsewhere.create_stack(StackName=unique("dataall"), TemplateURL=url.replace(key, "folder/another.json"))

    def test_a_missing_object_is_named(self, cloudformation, bucket):
        with pytest.raises(ClientError, match="The specified key does not exist"):
            cloudformation.create_stack(StackName=unique("dataall"), TemplateURL=f"https://s3.{REGION}.amazonaws.com/{bucket}/absent")


def test_a_deleted_stack_is_read_by_its_id_when_a_new_one_has_its_name(cloudformation):
    first = create(cloudformation, TOPIC)
    name = first["StackName"]
    cloudformation.delete_stack(StackName=name)
    wait_for(
        lambda: cloudformation.describe_stacks(StackName=first["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE",
        "the deletion",
    )
    second = create(cloudformation, TOPIC, StackName=name)
    assert second["StackId"] != first["StackId"]
    [gone] = cloudformation.describe_stacks(StackName=first["StackId"])["Stacks"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    events = cloudformation.describe_stack_events(StackName=first["StackId"])["StackEvents"]
    assert {event["StackId"] for event in events} == {first["StackId"]}
    [present] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert present["StackId"] == second["StackId"]
    listed = [stack["StackId"] for stack in cloudformation.describe_stacks()["Stacks"] if stack["StackName"] == name]
    assert listed == [second["StackId"]]


@pytest.mark.parametrize(("given", "is_empty"), [("", True), ("111111111111", False), ("111111111111,222222222222", False)])
def test_a_condition_joins_a_list(cloudformation, given, is_empty):
    """As the CDK's bootstrap template asks for an empty list."""
    empty = {"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "Accounts"}]}]}
    template = TOPIC | {
        "Parameters": {"Accounts": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"IsEmpty": empty, "IsNotEmpty": {"Fn::Not": [empty]}},
        "Outputs": {name: {"Condition": name, "Value": name} for name in ("IsEmpty", "IsNotEmpty")},
    }
    stack = create(cloudformation, template, Parameters=[{"ParameterKey": "Accounts", "ParameterValue": given}])
    assert set(outputs(stack)) == {"IsEmpty" if is_empty else "IsNotEmpty"}


def test_a_change_set_holds_what_a_parameter_alone_makes_and_takes_away(cloudformation):
    """As `aws cloudformation deploy` updates a stack: with a change set, and not at all if that is empty."""
    template = {
        "Parameters": {"More": {"Type": "String", "Default": "no"}},
        "Conditions": {"HasMore": {"Fn::Equals": [{"Ref": "More"}, "yes"]}},
        "Resources": TOPIC["Resources"] | {"Another": {"Type": "AWS::SNS::Topic", "Condition": "HasMore"}},
    }
    name = create(cloudformation, template)["StackName"]
    for more, action, there in (("yes", "Add", {"Topic", "Another"}), ("no", "Remove", {"Topic"})):
        request = {"StackName": name, "ChangeSetName": f"set-{more}", "TemplateBody": json.dumps(template)}
        cloudformation.create_change_set(**request, Parameters=[{"ParameterKey": "More", "ParameterValue": more}])
        cloudformation.get_waiter("change_set_create_complete").wait(StackName=name, ChangeSetName=f"set-{more}", WaiterConfig={"Delay": 1})
        [change] = cloudformation.describe_change_set(StackName=name, ChangeSetName=f"set-{more}")["Changes"]
        assert (change["ResourceChange"]["Action"], change["ResourceChange"]["LogicalResourceId"]) == (action, "Another")
        cloudformation.execute_change_set(StackName=name, ChangeSetName=f"set-{more}")
        wait_for(lambda: settled(cloudformation, name)["StackStatus"] == "UPDATE_COMPLETE", "the update")

        def resources() -> set[str]:
            found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            return {r["LogicalResourceId"] for r in found if r["ResourceStatus"] != "DELETE_COMPLETE"}

        wait_for(lambda there=there: resources() == there, f"{there}")
