"""The CICD stack of trunk and gitflow in the CDK's own terms. The emitted templates are held against it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

Input = dict[str, Any]


class CicdStack(cdk.Stack):
    """A build per stage. trunk: one pipeline that runs them all in a row; gitflow: a pipeline for each."""

    def __init__(self, app: Construct, pipeline: Input) -> None:
        cicd = pipeline["cicd"]
        super().__init__(
            app,
            "{prefix}-pipeline-{name}-{id}".format_map(pipeline),
            description=f"CICD pipeline of {pipeline['name']}",
            env=cdk.Environment(account=cicd["accountId"], region=cicd["region"]),
            permissions_boundary=boundary(cicd),
            synthesizer=cdk.DefaultStackSynthesizer(qualifier=cicd.get("bootstrapQualifier")),
        )
        self.pipeline = pipeline
        self.repository_name = "{prefix}-{name}-{id}".format_map(pipeline)
        for key, value in tags(pipeline).items():
            cdk.Tags.of(self).add(key, value)

        self.artifacts = self.artifact_store()
        self.build_logs = logs.LogGroup(
            self,
            "BuildLogs",
            log_group_name=f"/aws/codebuild/{self.repository_name}",
            removal_policy=cdk.RemovalPolicy.DESTROY,
            retention=logs.RetentionDays.THREE_MONTHS,
        )
        self.repository = codecommit.Repository.from_repository_name(self, "Repository", self.repository_name)
        self.events_role = iam.Role(self, "EventsRole", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
        stages = pipeline["stages"]
        if pipeline["strategy"] == "gitflow":
            for stage in stages:
                branch = "main" if stage["name"] == "prod" else stage["name"]
                self.code_pipeline(f"Pipeline-{stage['name']}", f"{self.repository_name}-{stage['name']}", branch, [stage])
        else:
            self.code_pipeline("Pipeline", self.repository_name, "main", stages)

    def artifact_store(self) -> s3.Bucket:
        """One for all pipelines of the stack. The key's policy is that of the account."""
        key = kms.Key(
            self,
            "ArtifactsKey",
            description=f"Artifacts of the pipeline {self.pipeline['name']}",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        return s3.Bucket(
            self,
            "Artifacts",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            bucket_key_enabled=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(7), expiration=cdk.Duration.days(90))
            ],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def code_pipeline(self, construct_id: str, name: str, branch: str, stages: list[Input]) -> None:
        """A pipeline that starts when the branch moves. It does what it does with its own role."""
        pipeline = codepipeline.Pipeline(
            self,
            construct_id,
            artifact_bucket=self.artifacts,
            pipeline_name=name,
            pipeline_type=codepipeline.PipelineType.V2,
            use_pipeline_role_for_actions=True,
        )
        source = codepipeline.Artifact("Source")
        pipeline.add_stage(
            stage_name="Source",
            actions=[
                actions.CodeCommitSourceAction(
                    action_name="Source",
                    branch=branch,
                    event_role=self.events_role,
                    output=source,
                    repository=self.repository,
                    trigger=actions.CodeCommitTrigger.EVENTS,
                )
            ],
        )
        rule = self.repository.node.find_child(f"{cdk.Names.node_unique_id(pipeline.node)}-{branch}-EventRule")
        self.start_for_developers_alone(rule)
        for stage in stages:
            stage_name = stage["name"]
            if self.wants_approval(stage):
                information = f"Deploy to the stage {stage_name}: account {stage['accountId']}, region {stage['region']}"
                approval = actions.ManualApprovalAction(action_name="Approve", additional_information=information)
                pipeline.add_stage(stage_name=f"Approve-{stage_name}", actions=[approval])
            deploy = actions.CodeBuildAction(action_name="Deploy", input=source, project=self.deploy_project(stage))
            pipeline.add_stage(stage_name=f"Deploy-{stage_name}", actions=[deploy])

    def start_for_developers_alone(self, rule: events.Rule) -> None:
        """The platform starts the pipeline itself, once it has updated the stack."""
        role = "{prefix}-environment-{region}".format(prefix=self.pipeline["prefix"], region=self.region)
        sessions = f"arn:{self.partition}:sts::{self.account}:assumed-role/{role}/{self.pipeline['prefix']}.deployment-"
        callers = [{"exists": False}, {"anything-but": {"prefix": sessions}}]
        rule.add_event_pattern(detail={"callerUserArn": callers})

    def wants_approval(self, stage: Input) -> bool:
        by_default = self.pipeline["strategy"] == "trunk" and stage is not self.pipeline["stages"][0]
        return stage.get("manualApproval", by_default)

    def deploy_project(self, stage: Input) -> codebuild.PipelineProject:
        """What deploys one stage, and may deploy nothing else."""
        name = stage["name"]
        scope = Construct(self, f"Deploy-{name}")
        role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        self.build_logs.grant_write(role)
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=self.bootstrap_roles(stage)))
        self.artifacts.grant_read(role)
        self.artifacts.encryption_key.grant_encrypt_decrypt(role)
        variables = {"STAGE": name, "PIPELINE_ID": self.pipeline["id"], "PIPELINE_NAME": self.pipeline["name"]}
        return codebuild.PipelineProject(
            scope,
            "Default",
            build_spec=codebuild.BuildSpec.from_source_filename("deploy_buildspec.yaml"),
            description=f"Deploys the stage {name} of the pipeline {self.pipeline['name']}",
            environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0,
                compute_type=codebuild.ComputeType.SMALL,
                privileged=False,
            ),
            environment_variables={key: codebuild.BuildEnvironmentVariable(value=value) for key, value in variables.items()},
            grant_report_group_permissions=False,
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self.build_logs)),
            project_name=f"{self.repository_name}-{name}",
            # The CDK would let it make a log group of its own, too.
            role=role.without_policy_updates(),
        )

    @staticmethod
    def bootstrap_roles(stage: Input) -> list[str]:
        """Those that the CDK's command line assumes to deploy a stage."""
        qualifier = stage.get("bootstrapQualifier", "hnb659fds")
        place = f"{stage['accountId']}-{stage['region']}"
        return [
            f"arn:aws:iam::{stage['accountId']}:role/cdk-{qualifier}-{kind}-role-{place}"
            for kind in ("deploy", "file-publishing", "image-publishing", "lookup")
        ]


def tags(pipeline: Input) -> dict[str, str]:
    """The pipeline's own, and those of the platform unless the pipeline has them."""
    own = {key.lower() for key in pipeline["tags"]}
    platform = {"Team": pipeline["team"], "Pipeline": pipeline["name"]}
    return {key: value for key, value in platform.items() if key.lower() not in own} | pipeline["tags"]


def boundary(target: Input) -> cdk.PermissionsBoundary | None:
    policy = target.get("permissionsBoundary")
    if policy is None:
        return None
    arn = policy if policy.startswith("arn:") else f"arn:aws:iam::{target['accountId']}:policy/{policy}"
    return cdk.PermissionsBoundary.from_arn(arn)
