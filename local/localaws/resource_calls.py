"""What CloudFormation asks of IAM when it makes, changes or deletes a resource: actions, resources and condition keys.

For each type that the product's stacks hold. The actions are those of the type's handlers in AWS's registry of resource types
(`handlers.*.permissions` of its schema), narrowed to what the properties in the template make a handler call. CodeBuild and CodeCommit
have no handlers there: theirs are from the service authorization reference. local/tests/test_stack_permissions.py compares both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ministack.services import iam
from ministack.services.cloudformation.provisioners import _physical_name

Properties = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One question to IAM. `policy` is a resource's policy that counts although the resource does not exist yet."""

    action: str
    resource: str
    keys: dict[str, Any] = field(default_factory=dict)
    policy: dict | None = None


@dataclass(frozen=True)
class Change:
    """What happens to a resource: "create", "update" or "delete". `old` is empty in a creation, `new` in a deletion."""

    verb: str
    account: str
    region: str
    stack: str
    logical_id: str
    physical_id: str
    old: Properties
    new: Properties

    @property
    def properties(self) -> Properties:
        return self.old if self.verb == "delete" else self.new

    def name(self, member: str, longest: int = 64, lowercase: bool = False) -> str:
        """The resource's name: the one that it has, or that the template gives it, or that CloudFormation makes."""
        return (
            self.physical_id
            or self.properties.get(member)
            or _physical_name(self.stack, self.logical_id, max_len=longest, lowercase=lowercase)
        )

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def given(self, *members: str) -> bool:
        """Whether one of the properties is to be set: to what it was not before."""
        return any(self.new.get(member) != self.old.get(member) and member in self.new for member in members)

    def changed(self, *members: str) -> bool:
        return self.verb != "delete" and any(self.new.get(member) != self.old.get(member) for member in members)

    def tag_keys(self) -> dict[str, Any]:
        """The condition keys of a request that sets the resource's tags."""
        tags = _tags(self.new)
        if not tags or not self.changed("Tags"):
            return {}
        return {"aws:TagKeys": list(tags)} | {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def _tags(properties: Properties) -> dict[str, str]:
    """Tags without those of CloudFormation itself."""
    tags = properties.get("Tags") or {}
    pairs = tags.items() if isinstance(tags, dict) else ((tag["Key"], tag["Value"]) for tag in tags)
    return {key: str(value) for key, value in pairs if not key.startswith("aws:")}


def _tagging(change: Change, add: str, remove: str | None, arn: str) -> Iterator[Call]:
    before, after = _tags(change.old), _tags(change.new)
    if change.verb == "delete" or before == after:
        return
    if after:
        yield Call(add, arn, change.tag_keys())
    if remove and before.keys() - after.keys():
        yield Call(remove, arn, {"aws:TagKeys": sorted(before.keys() - after.keys())})


def _pass(role: Any, service: str) -> Iterator[Call]:
    if role:
        yield Call("iam:PassRole", role, {"iam:PassedToService": service})


# --- IAM


def _role(change: Change) -> Iterator[Call]:
    path = change.properties.get("Path") or "/"
    arn = f"arn:aws:iam::{change.account}:role{path}{change.name('RoleName')}"
    boundary = {"iam:PermissionsBoundary": change.properties.get("PermissionsBoundary")}
    before = {"iam:PermissionsBoundary": change.old.get("PermissionsBoundary")}
    inline, old_inline = (_named(of.get("Policies"), "PolicyName") for of in (change.new, change.old))
    managed, old_managed = (of.get("ManagedPolicyArns") or [] for of in (change.new, change.old))
    if change.verb == "create":
        yield Call("iam:CreateRole", arn, boundary | change.tag_keys())
        yield Call("iam:GetRole", arn)
    if change.verb == "update":
        if change.changed("AssumeRolePolicyDocument"):
            yield Call("iam:UpdateAssumeRolePolicy", arn)
        if change.changed("Description"):
            yield Call("iam:UpdateRoleDescription", arn)
        if change.changed("MaxSessionDuration"):
            yield Call("iam:UpdateRole", arn)
        if change.given("PermissionsBoundary"):
            yield Call("iam:PutRolePermissionsBoundary", arn, boundary)
        elif change.changed("PermissionsBoundary"):
            yield Call("iam:DeleteRolePermissionsBoundary", arn, before)
    if change.verb == "delete":
        for reading in ("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"):
            yield Call(reading, arn)
    for name in inline:
        if inline[name] != old_inline.get(name):
            yield Call("iam:PutRolePolicy", arn, boundary)
    for policy in managed:
        if policy not in old_managed:
            yield Call("iam:AttachRolePolicy", arn, boundary | {"iam:PolicyARN": policy})
    if old_inline.keys() - inline.keys():
        yield Call("iam:DeleteRolePolicy", arn, boundary)
    for policy in old_managed:
        if policy not in managed:
            yield Call("iam:DetachRolePolicy", arn, boundary | {"iam:PolicyARN": policy})
    yield from _tagging(change, "iam:TagRole", "iam:UntagRole", arn)
    if change.verb == "delete":
        yield Call("iam:DeleteRole", arn)


def _named(items: Any, by: str) -> dict[str, Any]:
    return {item[by]: item for item in items or []}


def _inline_policy(change: Change) -> Iterator[Call]:
    for kind, member in (("Role", "Roles"), ("User", "Users"), ("Group", "Groups")):
        now, before = (of.get(member) or [] for of in (change.new, change.old))
        for name in now:
            if change.verb != "delete":
                yield Call(f"iam:Put{kind}Policy", *_principal(change, kind, name))
                if change.verb == "create":
                    yield Call(f"iam:Get{kind}Policy", _principal(change, kind, name)[0])
        for name in before:
            if name not in now or change.changed("PolicyName"):
                yield Call(f"iam:Delete{kind}Policy", *_principal(change, kind, name))


def _principal(change: Change, kind: str, name: str, **keys: str) -> tuple[str, dict]:
    """The ARN of a role, user or group, and the condition keys of a call on it: its boundary is one."""
    store = {"Role": iam._roles, "User": iam._users, "Group": iam._groups}[kind]
    found = store.get_scoped(change.account, None, name) or {}
    arn = found.get("Arn") or f"arn:aws:iam::{change.account}:{kind.lower()}/{name}"
    boundary = {} if kind == "Group" else {"iam:PermissionsBoundary": found.get("PermissionsBoundary")}
    return arn, boundary | keys


def _managed_policy(change: Change) -> Iterator[Call]:
    path = change.properties.get("Path") or "/"
    arn = change.physical_id or f"arn:aws:iam::{change.account}:policy{path}{change.name('ManagedPolicyName', 128)}"
    if change.verb == "create":
        yield Call("iam:CreatePolicy", arn, change.tag_keys())
    if change.verb == "update" and change.changed("PolicyDocument"):
        for action in ("GetPolicy", "ListPolicyVersions", "CreatePolicyVersion", "DeletePolicyVersion"):
            yield Call(f"iam:{action}", arn)
    if change.verb == "delete":
        for action in ("GetPolicy", "ListPolicyVersions", "ListEntitiesForPolicy"):
            yield Call(f"iam:{action}", arn)
    for kind, member in (("Role", "Roles"), ("User", "Users"), ("Group", "Groups")):
        now, before = (of.get(member) or [] for of in (change.new, change.old))
        for name in now:
            if name not in before:
                target, keys = _principal(change, kind, name)
                yield Call(f"iam:Attach{kind}Policy", target, keys | {"iam:PolicyARN": arn})
        for name in before:
            if name not in now:
                target, keys = _principal(change, kind, name)
                yield Call(f"iam:Detach{kind}Policy", target, keys | {"iam:PolicyARN": arn})
    if change.verb == "delete":
        yield Call("iam:DeletePolicy", arn)


# --- pipelines


def _project(change: Change) -> Iterator[Call]:
    arn = change.arn("codebuild", f"project/{change.name('Name', 150)}")
    if change.verb == "delete":
        yield Call("codebuild:DeleteProject", arn)
        return
    yield Call("codebuild:CreateProject" if change.verb == "create" else "codebuild:UpdateProject", arn, change.tag_keys())
    yield from _pass(change.new.get("ServiceRole"), "codebuild.amazonaws.com")


def _pipeline(change: Change) -> Iterator[Call]:
    arn = change.arn("codepipeline", change.name("Name", 100))
    if change.verb == "delete":
        yield Call("codepipeline:GetPipeline", arn)
        yield Call("codepipeline:DeletePipeline", arn)
        return
    yield Call("codepipeline:CreatePipeline" if change.verb == "create" else "codepipeline:UpdatePipeline", arn, change.tag_keys())
    yield from _tagging(change, "codepipeline:TagResource", "codepipeline:UntagResource", arn)
    yield Call("codepipeline:GetPipeline", arn)
    # The roles of actions are passed as well; a role of another account cannot be passed.
    actions = [action for stage in change.new.get("Stages") or [] for action in stage.get("Actions") or []]
    roles = [change.new.get("RoleArn"), *(action.get("RoleArn") for action in actions)]
    for role in dict.fromkeys(role for role in roles if role and f":{change.account}:" in role):
        yield from _pass(role, "codepipeline.amazonaws.com")
    if change.given("DisableInboundStageTransitions"):
        yield Call("codepipeline:DisableStageTransition", f"{arn}/*")
    if change.verb == "update" and str(change.new.get("RestartExecutionOnUpdate", False)).lower() == "true":
        yield Call("codepipeline:StartPipelineExecution", arn)


def _repository(change: Change) -> Iterator[Call]:
    arn = change.arn("codecommit", str(change.properties.get("RepositoryName")))
    if change.verb == "create":
        yield Call("codecommit:CreateRepository", arn, change.tag_keys())
    if change.changed("RepositoryName") and change.verb == "update":
        yield Call("codecommit:UpdateRepositoryName", arn)
    if change.changed("RepositoryDescription") and change.verb == "update":
        yield Call("codecommit:UpdateRepositoryDescription", arn)
    yield from _tagging(change, "codecommit:TagResource", "codecommit:UntagResource", arn)
    if change.verb == "delete":
        yield Call("codecommit:DeleteRepository", arn)


# --- events


def _rule(change: Change) -> Iterator[Call]:
    bus = str(change.properties.get("EventBusName") or "default").rpartition("/")[2]
    name = change.name("Name")
    arn = change.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
    now, before = (_named(of.get("Targets"), "Id") for of in (change.new, change.old))
    yield Call("events:DescribeRule", arn)
    if change.verb == "delete":
        yield Call("events:ListTargetsByRule", arn)
    if change.verb == "create" or change.changed("EventPattern", "ScheduleExpression", "State", "Description", "RoleArn"):
        yield Call("events:PutRule", arn, change.tag_keys())
        yield from _pass(change.new.get("RoleArn"), "events.amazonaws.com")
    yield from _tagging(change, "events:TagResource", "events:UntagResource", arn)
    changed = [target for identity, target in now.items() if target != before.get(identity)]
    if changed:
        yield Call("events:PutTargets", arn, {"events:TargetArn": [target["Arn"] for target in changed]})
    for role in dict.fromkeys(target.get("RoleArn") for target in changed):
        yield from _pass(role, "events.amazonaws.com")
    if before.keys() - now.keys():
        yield Call("events:RemoveTargets", arn)
    if change.verb == "delete":
        yield Call("events:DeleteRule", arn)


def _event_bus(change: Change) -> Iterator[Call]:
    arn = change.arn("events", f"event-bus/{change.name('Name', 256)}")
    yield Call("events:DescribeEventBus", arn)
    action = {"create": "events:CreateEventBus", "update": "events:UpdateEventBus", "delete": "events:DeleteEventBus"}[change.verb]
    yield Call(action, arn, change.tag_keys())
    yield from _tagging(change, "events:TagResource", "events:UntagResource", arn)
    if change.given("Policy"):
        yield Call("events:PutPermission", arn)


def _event_bus_policy(change: Change) -> Iterator[Call]:
    arn = change.arn("events", f"event-bus/{change.properties.get('EventBusName') or 'default'}")
    yield Call("events:DescribeEventBus", arn)
    yield Call("events:RemovePermission" if change.verb == "delete" else "events:PutPermission", arn)


# --- KMS


def _key(change: Change) -> Iterator[Call]:
    arn = change.arn("kms", f"key/{change.physical_id or '*'}")
    if change.verb == "create":
        policy = change.new.get("KeyPolicy")
        yield Call("kms:CreateKey", "*", change.tag_keys())
        if _tags(change.new):
            yield Call("kms:TagResource", arn, change.tag_keys(), policy)
        if str(change.new.get("EnableKeyRotation", False)).lower() == "true":
            yield Call("kms:EnableKeyRotation", arn, {}, policy)
        return
    yield Call("kms:DescribeKey", arn)
    if change.verb == "delete":
        yield Call("kms:ScheduleKeyDeletion", arn)
        return
    if change.changed("KeyPolicy"):
        yield Call("kms:PutKeyPolicy", arn)
    if change.changed("Description"):
        yield Call("kms:UpdateKeyDescription", arn)
    if change.changed("EnableKeyRotation"):
        rotates = str(change.new.get("EnableKeyRotation", False)).lower() == "true"
        yield Call("kms:EnableKeyRotation" if rotates else "kms:DisableKeyRotation", arn)
    if change.changed("Enabled"):
        enabled = str(change.new.get("Enabled", True)).lower() == "true"
        yield Call("kms:EnableKey" if enabled else "kms:DisableKey", arn)
    yield from _tagging(change, "kms:TagResource", "kms:UntagResource", arn)


def _alias(change: Change) -> Iterator[Call]:
    action = {"create": "kms:CreateAlias", "update": "kms:UpdateAlias", "delete": "kms:DeleteAlias"}[change.verb]
    yield Call(action, change.arn("kms", str(change.properties.get("AliasName"))))
    # An alias is authorized on the key as well, by the key's own policy.
    keys = {of["TargetKeyId"] for of in (change.old, change.new) if of.get("TargetKeyId")}
    for key in sorted(keys):
        yield Call(action, key if key.startswith("arn:") else change.arn("kms", f"key/{key}"))


# --- S3


_BUCKET_SETTINGS = {
    "AccelerateConfiguration": "s3:PutAccelerateConfiguration",
    "BucketEncryption": "s3:PutEncryptionConfiguration",
    "CorsConfiguration": "s3:PutBucketCORS",
    "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "LoggingConfiguration": "s3:PutBucketLogging",
    "NotificationConfiguration": "s3:PutBucketNotification",
    "ObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    "OwnershipControls": "s3:PutBucketOwnershipControls",
    "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
    "Tags": "s3:PutBucketTagging",
    "VersioningConfiguration": "s3:PutBucketVersioning",
    "WebsiteConfiguration": "s3:PutBucketWebsite",
}


def _bucket(change: Change) -> Iterator[Call]:
    arn = f"arn:aws:s3:::{change.name('BucketName', 63, lowercase=True)}"
    if change.verb == "create":
        yield Call("s3:CreateBucket", arn)
    # Whether it is there: HeadBucket.
    yield Call("s3:ListBucket", arn)
    if change.verb == "delete":
        yield Call("s3:DeleteBucket", arn)
    for member, action in _BUCKET_SETTINGS.items():
        if change.changed(member):
            yield Call(action, arn)


def _bucket_policy(change: Change) -> Iterator[Call]:
    arn = f"arn:aws:s3:::{change.properties.get('Bucket')}"
    yield Call("s3:GetBucketPolicy", arn)
    yield Call("s3:DeleteBucketPolicy" if change.verb == "delete" else "s3:PutBucketPolicy", arn)


# --- logs, parameters, images


def _log_group(change: Change) -> Iterator[Call]:
    arn = change.arn("logs", f"log-group:{change.name('LogGroupName', 512)}")
    # The list is asked for on no group at all.
    yield Call("logs:DescribeLogGroups", change.arn("logs", "log-group::log-stream:"))
    if change.verb == "create":
        yield Call("logs:CreateLogGroup", arn, change.tag_keys())
    if change.verb == "delete":
        yield Call("logs:DeleteLogGroup", arn)
        return
    if change.given("RetentionInDays"):
        yield Call("logs:PutRetentionPolicy", arn)
    elif change.changed("RetentionInDays"):
        yield Call("logs:DeleteRetentionPolicy", arn)
    if change.verb == "update" and change.changed("KmsKeyId"):
        yield Call("logs:AssociateKmsKey" if change.new.get("KmsKeyId") else "logs:DisassociateKmsKey", arn)
    yield from _tagging(change, "logs:TagResource", "logs:UntagResource", arn)


def _metric_filter(change: Change) -> Iterator[Call]:
    arn = change.arn("logs", f"log-group:{change.properties.get('LogGroupName')}")
    if change.verb == "delete":
        yield Call("logs:DeleteMetricFilter", arn)
        return
    yield Call("logs:PutMetricFilter", arn)
    yield Call("logs:DescribeMetricFilters", arn)


def _parameter(change: Change) -> Iterator[Call]:
    arn = change.arn("ssm", f"parameter/{change.name('Name', 1011).lstrip('/')}")
    if change.verb == "delete":
        yield Call("ssm:DeleteParameter", arn)
        return
    yield Call("ssm:PutParameter", arn, change.tag_keys())
    yield Call("ssm:GetParameters", arn)
    yield from _tagging(change, "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", arn)


def _image_repository(change: Change) -> Iterator[Call]:
    arn = change.arn("ecr", f"repository/{change.name('RepositoryName', 256, lowercase=True)}")
    if change.verb == "create":
        yield Call("ecr:CreateRepository", arn, change.tag_keys())
    if change.verb == "update":
        yield Call("ecr:DescribeRepositories", arn)
        if change.changed("ImageScanningConfiguration"):
            yield Call("ecr:PutImageScanningConfiguration", arn)
        if change.changed("ImageTagMutability"):
            yield Call("ecr:PutImageTagMutability", arn)
    if change.verb == "delete":
        yield Call("ecr:DeleteRepository", arn)
    for member, put, delete in (
        ("LifecyclePolicy", "ecr:PutLifecyclePolicy", "ecr:DeleteLifecyclePolicy"),
        ("RepositoryPolicyText", "ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"),
    ):
        if change.given(member):
            yield Call(put, arn)
        elif change.changed(member):
            yield Call(delete, arn)
    yield from _tagging(change, "ecr:TagResource", "ecr:UntagResource", arn)


# --- functions


def _function(change: Change) -> Iterator[Call]:
    arn = change.arn("lambda", f"function:{change.name('FunctionName')}")
    yield Call("lambda:GetFunction", arn)
    if change.verb == "delete":
        yield Call("lambda:DeleteFunction", arn)
        return
    code = change.new.get("Code") or {}
    settings = (change.new.keys() | change.old.keys()) - {"Code", "Tags", "ReservedConcurrentExecutions"}
    if change.verb == "create":
        yield Call("lambda:CreateFunction", arn, change.tag_keys())
    else:
        if change.changed("Code"):
            yield Call("lambda:UpdateFunctionCode", arn)
        if change.changed(*settings):
            yield Call("lambda:UpdateFunctionConfiguration", arn)
    if change.changed("Role"):
        yield from _pass(change.new.get("Role"), "lambda.amazonaws.com")
    if change.changed("Code") and code.get("S3Bucket"):
        action = "s3:GetObjectVersion" if code.get("S3ObjectVersion") else "s3:GetObject"
        yield Call(action, f"arn:aws:s3:::{code['S3Bucket']}/{code.get('S3Key')}")
    if change.given("ReservedConcurrentExecutions"):
        yield Call("lambda:PutFunctionConcurrency", arn)
    elif change.changed("ReservedConcurrentExecutions"):
        yield Call("lambda:DeleteFunctionConcurrency", arn)
    yield from _tagging(change, "lambda:TagResource", "lambda:UntagResource", arn)


def _function_arn(change: Change, name: Any) -> str:
    return name if str(name).startswith("arn:") else change.arn("lambda", f"function:{name}")


def _function_permission(change: Change) -> Iterator[Call]:
    arn = _function_arn(change, change.properties.get("FunctionName"))
    keys = {"lambda:Principal": change.properties.get("Principal")}
    if change.verb == "update":
        yield Call("lambda:RemovePermission", arn, {"lambda:Principal": change.old.get("Principal")})
    yield Call("lambda:RemovePermission" if change.verb == "delete" else "lambda:AddPermission", arn, keys)


def _event_source(change: Change) -> Iterator[Call]:
    keys = {"lambda:FunctionArn": _function_arn(change, change.properties.get("FunctionName"))}
    arn = change.arn("lambda", f"event-source-mapping:{change.physical_id or '*'}")
    if change.verb == "create":
        # The service knows no resource for it.
        yield Call("lambda:CreateEventSourceMapping", "*", keys)
    else:
        yield Call("lambda:UpdateEventSourceMapping" if change.verb == "update" else "lambda:DeleteEventSourceMapping", arn, keys)
    yield Call("lambda:GetEventSourceMapping", arn, keys)


def _function_version(change: Change) -> Iterator[Call]:
    arn = _function_arn(change, change.properties.get("FunctionName"))
    yield Call("lambda:GetFunctionConfiguration", arn)
    if change.verb == "create":
        yield Call("lambda:PublishVersion", arn)
    if change.verb == "delete":
        yield Call("lambda:DeleteFunction", arn)


def _function_alias(change: Change) -> Iterator[Call]:
    arn = _function_arn(change, change.properties.get("FunctionName"))
    action = {"create": "lambda:CreateAlias", "update": "lambda:UpdateAlias", "delete": "lambda:DeleteAlias"}[change.verb]
    if change.verb != "create":
        yield Call("lambda:GetAlias", arn)
    yield Call(action, arn)


# --- tables, workflows, queues, topics


def _table(change: Change) -> Iterator[Call]:
    arn = change.arn("dynamodb", f"table/{change.name('TableName', 255)}")
    yield Call("dynamodb:DescribeTable", arn)
    if change.verb == "delete":
        yield Call("dynamodb:DeleteTable", arn)
        return
    if change.verb == "create":
        yield Call("dynamodb:CreateTable", arn, change.tag_keys())
    elif change.changed(
        "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "ProvisionedThroughput",
        "SSESpecification", "StreamSpecification", "TableClass",
    ):  # fmt: skip
        yield Call("dynamodb:UpdateTable", arn)
    if change.changed("PointInTimeRecoverySpecification"):
        yield Call("dynamodb:DescribeContinuousBackups", arn)
        yield Call("dynamodb:UpdateContinuousBackups", arn)
    if change.changed("TimeToLiveSpecification"):
        yield Call("dynamodb:DescribeTimeToLive", arn)
        yield Call("dynamodb:UpdateTimeToLive", arn)
    yield from _tagging(change, "dynamodb:TagResource", "dynamodb:UntagResource", arn)


def _state_machine(change: Change) -> Iterator[Call]:
    arn = change.physical_id or change.arn("states", f"stateMachine:{change.name('StateMachineName', 80)}")
    if change.verb != "update":
        yield Call("states:DescribeStateMachine", arn)
    if change.verb == "delete":
        yield Call("states:DeleteStateMachine", arn)
        return
    yield Call("states:CreateStateMachine" if change.verb == "create" else "states:UpdateStateMachine", arn, change.tag_keys())
    yield from _pass(change.new.get("RoleArn"), "states.amazonaws.com")
    place = change.new.get("DefinitionS3Location")
    if place and change.changed("DefinitionS3Location"):
        action = "s3:GetObjectVersion" if place.get("Version") else "s3:GetObject"
        yield Call(action, f"arn:aws:s3:::{place['Bucket']}/{place['Key']}")
    yield from _tagging(change, "states:TagResource", "states:UntagResource", arn)


def _queue(change: Change) -> Iterator[Call]:
    name = change.physical_id.rpartition("/")[2] or change.name("QueueName", 80)
    arn = change.arn("sqs", name)
    if change.verb == "create":
        yield Call("sqs:CreateQueue", arn, change.tag_keys())
    yield Call("sqs:GetQueueAttributes", arn)
    if change.verb == "delete":
        yield Call("sqs:DeleteQueue", arn)
        return
    if change.verb == "update" and change.changed(*((change.new.keys() | change.old.keys()) - {"Tags"})):
        yield Call("sqs:SetQueueAttributes", arn)
    yield from _tagging(change, "sqs:TagQueue", "sqs:UntagQueue", arn)


def _queue_policy(change: Change) -> Iterator[Call]:
    for url in change.properties.get("Queues") or []:
        yield Call("sqs:SetQueueAttributes", change.arn("sqs", str(url).rpartition("/")[2]))


def _topic(change: Change) -> Iterator[Call]:
    arn = change.physical_id or change.arn("sns", change.name("TopicName", 256))
    yield Call("sns:GetTopicAttributes", arn)
    if change.verb == "delete":
        yield Call("sns:DeleteTopic", arn)
        return
    yield Call("sns:CreateTopic" if change.verb == "create" else "sns:SetTopicAttributes", arn, change.tag_keys())
    if change.given("Subscription"):
        yield Call("sns:Subscribe", arn)
    yield from _tagging(change, "sns:TagResource", "sns:UntagResource", arn)


# --- watching


def _alarm(change: Change) -> Iterator[Call]:
    arn = change.arn("cloudwatch", f"alarm:{change.name('AlarmName', 255)}")
    yield Call("cloudwatch:DescribeAlarms", arn)
    if change.verb == "delete":
        yield Call("cloudwatch:DeleteAlarms", arn)
        return
    yield Call("cloudwatch:PutMetricAlarm", arn, change.tag_keys())
    yield from _tagging(change, "cloudwatch:TagResource", "cloudwatch:UntagResource", arn)


def _dashboard(change: Change) -> Iterator[Call]:
    arn = f"arn:aws:cloudwatch::{change.account}:dashboard/{change.name('DashboardName', 255)}"
    if change.verb != "update":
        yield Call("cloudwatch:GetDashboard", arn)
    yield Call("cloudwatch:DeleteDashboards" if change.verb == "delete" else "cloudwatch:PutDashboard", arn)


def _nothing(change: Change) -> Iterator[Call]:
    """What CloudFormation does by itself."""
    yield from ()


CALLS: dict[str, Callable[[Change], Iterator[Call]]] = {
    "AWS::CDK::Metadata": _nothing,
    "AWS::CloudFormation::WaitConditionHandle": _nothing,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::CodeBuild::Project": _project,
    "AWS::CodeCommit::Repository": _repository,
    "AWS::CodePipeline::Pipeline": _pipeline,
    "AWS::DynamoDB::Table": _table,
    "AWS::ECR::Repository": _image_repository,
    "AWS::Events::EventBus": _event_bus,
    "AWS::Events::EventBusPolicy": _event_bus_policy,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Policy": _inline_policy,
    "AWS::IAM::Role": _role,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::Lambda::Alias": _function_alias,
    "AWS::Lambda::EventSourceMapping": _event_source,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _function_permission,
    "AWS::Lambda::Version": _function_version,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::Logs::MetricFilter": _metric_filter,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SSM::Parameter": _parameter,
    "AWS::StepFunctions::StateMachine": _state_machine,
}

# How IAM calls a service whose name in resource types is another.
_SERVICES = {"Cognito": "cognito-idp", "CertificateManager": "acm", "ApiGatewayV2": "apigateway"}


def calls(resource_type: str, change: Change) -> Iterator[Call]:
    """What IAM is asked. For a type that is not listed, whether the whole service is allowed: nobody gets in by an unknown type."""
    if resource_type in CALLS:
        yield from CALLS[resource_type](change)
    elif token := change.properties.get("ServiceToken"):
        yield Call("sns:Publish" if ":sns:" in token else "lambda:InvokeFunction", token)
    elif resource_type == "AWS::CloudFormation::Stack":
        # What a nested stack holds is made without further questions.
        yield Call("*", "*")
    elif not resource_type.startswith("AWS::CloudFormation::"):
        service = resource_type.split("::")[1]
        yield Call(f"{_SERVICES.get(service, service.lower())}:*", "*")
