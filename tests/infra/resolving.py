"""Templates with their intrinsic functions resolved: the policies as IAM gets them, with names made up where CloudFormation makes them."""

import re
from dataclasses import dataclass, field
from typing import Any

REGION = "eu-west-1"
NOTHING = object()

# The ARN of a resource by its type: what follows the account, and the property that names it.
_ARNS = {
    "AWS::CodeBuild::Project": ("codebuild", "project/{}", "Name"),
    "AWS::CodePipeline::Pipeline": ("codepipeline", "{}", "Name"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{}", "TableName"),
    "AWS::Events::EventBus": ("events", "event-bus/{}", "Name"),
    "AWS::Events::Rule": ("events", "rule/{}", "Name"),
    "AWS::KMS::Key": ("kms", "key/{}", ""),
    "AWS::Lambda::Function": ("lambda", "function:{}", "FunctionName"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{}:*", "LogGroupName"),
    "AWS::SQS::Queue": ("sqs", "{}", "QueueName"),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:{}", "StateMachineName"),
}


@dataclass
class Deployed:
    """A template as it would be deployed into an account."""

    template: dict
    account: str
    stack: str = "stack"
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        declared = self.template.get("Parameters", {})
        self.values = {name: parameter.get("Default", "") for name, parameter in declared.items()} | self.parameters
        pseudo = {"AccountId": self.account, "Region": REGION, "Partition": "aws", "URLSuffix": "amazonaws.com", "StackName": self.stack}
        self.values |= {f"AWS::{name}": value for name, value in pseudo.items()} | {"AWS::NoValue": NOTHING}

    @property
    def resources(self) -> dict[str, dict]:
        """The resources that the parameters make, resolved."""
        wanted = {n: r for n, r in self.template["Resources"].items() if "Condition" not in r or self.holds(r["Condition"])}
        return {name: self.resolve(resource) for name, resource in wanted.items()}

    def holds(self, condition: str) -> bool:
        return self.resolve(self.template["Conditions"][condition])

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if resolved := _FUNCTIONS.get(function):
                return resolved(self, argument)
        return {key: found for key, item in value.items() if (found := self.resolve(item)) is not NOTHING}

    def name(self, logical_id: str) -> str:
        resource = self.template["Resources"][logical_id]
        properties = resource.get("Properties", {})
        named = {"AWS::S3::Bucket": "BucketName", "AWS::IAM::Role": "RoleName", "AWS::IAM::ManagedPolicy": "ManagedPolicyName"}
        member = named.get(resource["Type"]) or _ARNS.get(resource["Type"], ("", "", ""))[2]
        made = f"{self.stack}-{logical_id}"
        return self.resolve(properties[member]) if member in properties else made.lower() if resource["Type"] == "AWS::S3::Bucket" else made

    def arn(self, logical_id: str) -> str:
        kind, name = self.template["Resources"][logical_id]["Type"], self.name(logical_id)
        path = self.resolve(self.template["Resources"][logical_id].get("Properties", {}).get("Path", "/"))
        if kind == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{name}"
        if kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
            return f"arn:aws:iam::{self.account}:{'role' if kind.endswith('Role') else 'policy'}{path}{name}"
        service, resource, _ = _ARNS.get(kind, (kind.split("::")[1].lower(), "{}", ""))
        return f"arn:aws:{service}:{REGION}:{self.account}:{resource.format(name)}"

    def reference(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        return self.arn(name) if self.template["Resources"][name]["Type"] in _REFERRED_BY_ARN else self.name(name)

    def attribute(self, of: list[str] | str) -> str:
        logical_id, _, attribute = (of if isinstance(of, str) else ".".join(of)).partition(".")
        if attribute == "StreamArn":
            return f"{self.arn(logical_id)}/stream/2026-11-22T00:00:00.000"
        return self.arn(logical_id) if attribute == "Arn" else f"{self.name(logical_id)}-{attribute}"

    def substitute(self, argument: str | list) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match) -> str:
            name = match[1]
            if name in given:
                return str(self.resolve(given[name]))
            return str(self.attribute(name) if "." in name else self.reference(name))

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", value, text).replace("${!", "${")

    def join(self, argument: list) -> str:
        separator, items = argument
        return separator.join(map(str, self.resolve(items)))

    def choose(self, argument: list) -> Any:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)


_REFERRED_BY_ARN = {"AWS::StepFunctions::StateMachine", "AWS::IAM::ManagedPolicy", "AWS::SNS::Topic"}

_FUNCTIONS = {
    "Condition": Deployed.holds,
    "Fn::And": lambda of, items: all(map(of.resolve, items)),
    "Fn::Equals": lambda of, items: of.resolve(items[0]) == of.resolve(items[1]),
    "Fn::GetAtt": Deployed.attribute,
    "Fn::If": Deployed.choose,
    "Fn::Join": Deployed.join,
    "Fn::Not": lambda of, items: not of.resolve(items[0]),
    "Fn::Or": lambda of, items: any(map(of.resolve, items)),
    "Fn::Select": lambda of, items: of.resolve(items[1])[int(items[0])],
    "Fn::Split": lambda of, items: of.resolve(items[1]).split(items[0]),
    "Fn::Sub": Deployed.substitute,
    "Ref": Deployed.reference,
}
