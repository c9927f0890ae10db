"""What the tests of CodePipeline have in common: a repository, an encrypted artifact store, roles, and pipelines made of them."""

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property

from conftest import ACCOUNT, REGION, LocalAws, allow, unique, wait_for

SERVICE_TRUST = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}


def action(name: str, category: str, provider: str, configuration: dict | None = None, **options) -> dict:
    """An action; `reads` and `makes` name its artifacts."""
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    artifacts = {
        member: [{"name": artifact} for artifact in options.pop(short)]
        for member, short in (("inputArtifacts", "reads"), ("outputArtifacts", "makes"))
        if short in options
    }
    return {"name": name, "actionTypeId": kind, "configuration": configuration or {}, **artifacts, **options}


def approval(name: str = "Approve", **configuration: str) -> dict:
    return action(name, "Approval", "Manual", configuration)


def stage(name: str, *actions: dict) -> dict:
    return {"name": name, "actions": list(actions)}


class Store:
    """An artifact store: a bucket of a region, and its key."""

    def __init__(self, aws: LocalAws, region: str = REGION, readers: tuple[str, ...] = (), key_readers: tuple[str, ...] | None = None):
        """`readers` are roles of other accounts, whom the bucket and the key let in."""
        key_readers = readers if key_readers is None else key_readers
        kms, s3 = aws.client("kms", region=region), aws.client("s3", region=region)
        statements = [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]
        if key_readers:
            statements.append(allow(["kms:Decrypt", "kms:DescribeKey"]) | {"Principal": {"AWS": list(key_readers)}})
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
        self.bucket, self.region = unique("artifacts"), region
        s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": region})
        if readers:
            resources = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]
            statement = allow(["s3:GetObject*", "s3:GetBucket*", "s3:List*"], resources) | {"Principal": {"AWS": list(readers)}}
            s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    @property
    def declared(self) -> dict:
        return {"type": "S3", "location": self.bucket, "encryptionKey": {"id": self.key, "type": "KMS"}}

    def permissions(self) -> list[dict]:
        objects = allow(["s3:GetObject*", "s3:PutObject*"], f"arn:aws:s3:::{self.bucket}/*")
        return [objects, allow(["kms:Decrypt", "kms:GenerateDataKey*", "kms:Encrypt"], self.key)]


class World:
    """A repository with a commit on main, an artifact store, and a pipeline's role that may work with both."""

    def __init__(self, aws: LocalAws, files: dict[str, str] | None = None, **store: tuple[str, ...]):
        self.aws, self.store = aws, Store(aws, **store)
        self.repository = unique("sales")
        self.codecommit = aws.client("codecommit")
        self.codecommit.create_repository(repositoryName=self.repository)
        self.commit = self.push(files or {"a.txt": "one\n"})

    def push(self, files: dict[str, str]) -> str:
        branch = {}
        if hasattr(self, "commit"):
            branch = {"parentCommitId": self.commit}
        put = [{"filePath": path, "fileContent": text.encode()} for path, text in files.items()]
        self.commit = self.codecommit.create_commit(
            repositoryName=self.repository, branchName="main", commitMessage="Change the sales\n\nfor good", putFiles=put, **branch
        )["commitId"]
        return self.commit

    @property
    def source(self) -> dict:
        configuration = {"RepositoryName": self.repository, "BranchName": "main", "PollForSourceChanges": "false"}
        return action("Source", "Source", "CodeCommit", configuration, makes=["Code"], namespace="Source")

    def role(self, *permissions: dict, name: str | None = None, **options) -> str:
        """A pipeline's role: it may read the source, work with the store, and what is given."""
        source = allow(
            [f"codecommit:{call}" for call in ("GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus")],
            f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{self.repository}",
        )
        return self.aws.role(
            name or unique("pipeline"), options.pop("trust", SERVICE_TRUST), [source, *self.store.permissions(), *permissions]
        )

    def pipeline(self, *stages: dict, role: str | None = None, **options) -> "Pipeline":
        """A pipeline whose first stage reads the source."""
        stores = {} if "artifactStores" in options else {"artifactStore": self.store.declared}
        definition = {
            "name": unique("sales"),
            "roleArn": role or self.role(),
            "stages": [stage("Source", options.pop("source", self.source)), *stages],
            **stores,
            **options,
        }
        self.aws.client("codepipeline").create_pipeline(pipeline=definition)
        return Pipeline(self.aws, definition)


@dataclass
class Pipeline:
    aws: LocalAws
    definition: dict

    @cached_property
    def client(self):
        return self.aws.client("codepipeline")

    @property
    def name(self) -> str:
        return self.definition["name"]

    def start(self) -> str:
        return self.client.start_pipeline_execution(name=self.name)["pipelineExecutionId"]

    def update(self, change) -> None:
        change(self.definition)
        self.client.update_pipeline(pipeline=self.definition)

    def executions(self, **options) -> list[dict]:
        return self.client.list_pipeline_executions(pipelineName=self.name, **options)["pipelineExecutionSummaries"]

    def execution_id(self) -> str:
        return self.executions()[0]["pipelineExecutionId"]

    def status(self, execution_id: str | None = None) -> str:
        """Of an execution, or of the newest."""
        return next(e["status"] for e in self.executions() if execution_id in (None, e["pipelineExecutionId"]))

    def ended(self, status: str, execution_id: str | None = None) -> None:
        """Waits until an execution, or the newest, has ended, and checks how."""
        found = wait_for(
            lambda: (now := self.status(execution_id)) not in ("InProgress", "Stopping") and now, f"the end of an execution of {self.name}"
        )
        assert found == status, self.stages()

    def stage(self, name: str) -> dict:
        return next(s for s in self.client.get_pipeline_state(name=self.name)["stageStates"] if s["stageName"] == name)

    def stages(self) -> dict:
        return {
            s["stageName"]: s.get("latestExecution", {}).get("status")
            for s in self.client.get_pipeline_state(name=self.name)["stageStates"]
        }

    def run(self, stage_name: str, action_name: str) -> dict:
        """The latest run of an action, as GetPipelineState says; empty before it starts."""
        states = self.stage(stage_name)["actionStates"]
        return next(a for a in states if a["actionName"] == action_name).get("latestExecution", {})

    def reaches(self, stage_name: str, action_name: str = "Approve", status: str = "InProgress") -> dict:
        """Waits until an action has a status."""
        return wait_for(
            lambda: (run := self.run(stage_name, action_name)).get("status") == status and run, f"{stage_name}/{action_name} {status}"
        )

    def answer(self, stage_name: str, status: str = "Approved", action_name: str = "Approve") -> None:
        token = self.reaches(stage_name, action_name)["token"]
        self.client.put_approval_result(
            pipelineName=self.name,
            stageName=stage_name,
            actionName=action_name,
            token=token,
            result={"summary": f"{status} by a test", "status": status},
        )

    def retry(self, stage_name: str, mode: str = "FAILED_ACTIONS", execution_id: str | None = None) -> str:
        return self.client.retry_stage_execution(
            pipelineName=self.name, stageName=stage_name, pipelineExecutionId=execution_id or self.execution_id(), retryMode=mode
        )["pipelineExecutionId"]

    def stop(self, **options) -> str:
        execution_id = self.execution_id()
        self.client.stop_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution_id, **options)
        return execution_id

    def runs(self, **request_filter) -> list[dict]:
        pages = self.client.get_paginator("list_action_executions").paginate(pipelineName=self.name, filter=request_filter)
        return [run for page in pages for run in page["actionExecutionDetails"]]

    def failure(self, stage_name: str, action_name: str) -> dict:
        """The error of an action that fails, once it has."""
        return self.reaches(stage_name, action_name, "Failed")["errorDetails"]


def files_of(archive: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        return {name: files.read(name).decode() for name in files.namelist()}
