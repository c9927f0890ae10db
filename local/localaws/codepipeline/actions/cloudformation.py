"""The deploy action of CloudFormation: change sets and stacks, made with the action's role, which hands its own role to CloudFormation.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

import contextlib
import io
import json
import time
import zipfile
from collections.abc import Iterator

from botocore.exceptions import ClientError

from .. import console
from ..artifacts import file_of, get, put
from ..failures import ActionFailed, refused
from ..work import Outcome, Work

_POLL_SECONDS = 0.1
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html: longer ones go by URL.
_LONGEST_TEMPLATE_BODY = 51_200
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


def perform(work: Work) -> Outcome:
    action = _StackAction(work)
    match work.configuration["ActionMode"]:
        case "CHANGE_SET_REPLACE":
            return action.replace_change_set()
        case "CHANGE_SET_EXECUTE":
            return action.execute_change_set()
        case "CREATE_UPDATE":
            return action.create_or_update()
        case "DELETE_ONLY":
            return action.delete()
        case mode:
            raise ActionFailed("ConfigurationError", f"The local AWS does not offer the ActionMode {mode}.")


class _StackAction:
    """One run: a stack of the account to which the action's role belongs."""

    def __init__(self, work: Work):
        self._work = work
        self._name = work.configuration["StackName"]
        self._archives: dict[str, bytes] = {}

    @property
    def _cloudformation(self):
        return self._work.roles.client("cloudformation", self._work.region)

    def replace_change_set(self) -> Outcome:
        name, request = self._change_set_name(), self._request()
        stack = self._stack()
        is_new = stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"
        if stack is not None:
            with self._as_action("cloudformation:DeleteChangeSet"):
                self._cloudformation.delete_change_set(StackName=self._name, ChangeSetName=name)
            self._wait_until_gone(name)
        with self._as_action("cloudformation:CreateChangeSet"):
            made = self._cloudformation.create_change_set(
                StackName=self._name, ChangeSetName=name, ChangeSetType="CREATE" if is_new else "UPDATE", **request
            )
        self._work.report(external_id=made["Id"], external_url=console.change_set(self._work.region, made["StackId"], made["Id"]))
        while (change_set := self._change_set(name))["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            self._work.pause(_POLL_SECONDS)
        if change_set["Status"] == "FAILED" and not _is_empty(change_set):
            raise ActionFailed("JobFailed", f"Change set {name} was not created: {change_set.get('StatusReason', 'no reason given')}")
        return Outcome(f"Change set {name} was created.", {"ChangeSetId": change_set["ChangeSetId"], "StackName": self._name})

    def execute_change_set(self) -> Outcome:
        name = self._change_set_name()
        change_set = self._change_set(name)
        if change_set is None:
            raise ActionFailed("ConfigurationError", f"ChangeSet [{name}] does not exist")
        self._report_stack(change_set["StackId"])
        if change_set["Status"] == "FAILED" and _is_empty(change_set):
            return self._succeeded(f"Change set {name} contained no changes.", change_set["StackId"])
        with self._as_action("cloudformation:ExecuteChangeSet"):
            self._cloudformation.execute_change_set(StackName=self._name, ChangeSetName=name)
        return self._settled(change_set["StackId"])

    def create_or_update(self) -> Outcome:
        request = self._request(with_policy=True)
        stack = self._stack()
        if stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            with self._as_action("cloudformation:CreateStack"):
                stack_id = self._cloudformation.create_stack(StackName=self._name, **request)["StackId"]
        else:
            stack_id = stack["StackId"]
            try:
                with self._as_action("cloudformation:UpdateStack"):
                    self._cloudformation.update_stack(StackName=self._name, **request)
            except ActionFailed as failure:
                if _NO_CHANGES[1] not in failure.message:
                    raise
        self._report_stack(stack_id)
        return self._settled(stack_id)

    def delete(self) -> Outcome:
        stack = self._stack()
        if stack is None:
            return Outcome(f"Stack {self._name} does not exist.")
        self._report_stack(stack["StackId"])
        role = self._work.configuration.get("RoleArn")
        with self._as_action("cloudformation:DeleteStack"):
            self._cloudformation.delete_stack(StackName=self._name, **({"RoleARN": role} if role else {}))
        while (stack := self._stack(stack["StackId"])) and stack["StackStatus"].endswith("_IN_PROGRESS"):
            self._work.pause(_POLL_SECONDS)
        if stack and stack["StackStatus"] != "DELETE_COMPLETE":
            raise self._failure(stack)
        return Outcome("Stack deleted")

    def _request(self, *, with_policy: bool = False) -> dict:
        """What CreateChangeSet, CreateStack and UpdateStack have in common."""
        configuration = self._work.configuration
        if "TemplatePath" not in configuration:
            raise ActionFailed("ConfigurationError", "An action that makes a stack or a change set needs a TemplatePath.")
        given = self._template_configuration()
        parameters = given.get("Parameters", {}) | self._parameter_overrides()
        request = self._template() | {
            "Parameters": [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
            "Tags": [{"Key": key, "Value": str(value)} for key, value in given.get("Tags", {}).items()],
            "Capabilities": [c.strip() for c in configuration.get("Capabilities", "").split(",") if c.strip()],
        }
        if role := configuration.get("RoleArn"):
            request["RoleARN"] = role
        if with_policy and "StackPolicy" in given:
            request["StackPolicyBody"] = json.dumps(given["StackPolicy"])
        return request

    def _template(self) -> dict:
        body = self._file(self._work.configuration["TemplatePath"])
        if len(body) <= _LONGEST_TEMPLATE_BODY:
            return {"TemplateBody": body.decode()}
        # AWS keeps it in a bucket of CodePipeline's own; here it lies beside the artifacts, and the URL's signature lets CloudFormation in.
        session, store = self._work.roles.pipeline(), self._work.store
        key = f"{self._work.pipeline[:20]}/templates/{self._work.run_id}"
        put(session, store, key, body)
        with contextlib.closing(session.client("s3", store.region)) as s3:
            return {"TemplateURL": s3.generate_presigned_url("get_object", {"Bucket": store.bucket, "Key": key})}

    def _template_configuration(self) -> dict:
        """Parameters, Tags and StackPolicy of the file that TemplateConfiguration names."""
        path = self._work.configuration.get("TemplateConfiguration")
        return _json_object(self._file(path), path) if path else {}

    def _parameter_overrides(self) -> dict[str, str]:
        text = self._work.configuration.get("ParameterOverrides")
        overrides = _json_object(text.encode(), "ParameterOverrides") if text else {}
        return {name: self._parameter(value) for name, value in overrides.items()}

    def _parameter(self, value: str | list | dict) -> str:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-parameter-override-functions.html"""
        match value:
            case {"Fn::GetArtifactAtt": [name, attribute]}:
                artifact = self._artifact(name)
                url = f"https://s3.{self._work.region}.amazonaws.com/{artifact.bucket}/{artifact.key}"
                return {"BucketName": artifact.bucket, "ObjectKey": artifact.key, "URL": url}[attribute]
            case {"Fn::GetParam": [name, path, key]}:
                return str(_json_object(self._file(f"{name}::{path}"), path)[key])
            case list():
                return ",".join(map(str, value))
        return str(value)

    def _artifact(self, name: str):
        if name not in self._work.inputs:
            raise ActionFailed("ConfigurationError", f"The artifact [{name}] is no input artifact of the action.")
        return self._work.inputs[name]

    def _file(self, location: str) -> bytes:
        """A file of an input artifact, `Artifact::path`, read with the action's role."""
        name, _, path = location.partition("::")
        artifact = self._artifact(name)
        if name not in self._archives:
            self._archives[name] = get(self._work.roles.action(), self._work.region, artifact)
        return file_of(self._archives[name], name, path)

    def _change_set_name(self) -> str:
        if "ChangeSetName" not in self._work.configuration:
            raise ActionFailed("ConfigurationError", "An action with a change set needs its ChangeSetName.")
        return self._work.configuration["ChangeSetName"]

    def _stack(self, name_or_id: str | None = None) -> dict | None:
        try:
            with self._as_action("cloudformation:DescribeStacks"):
                [stack] = self._cloudformation.describe_stacks(StackName=name_or_id or self._name)["Stacks"]
        except ActionFailed as failure:
            if "does not exist" in failure.message:
                return None
            raise
        return stack

    def _change_set(self, name: str) -> dict | None:
        try:
            with self._as_action("cloudformation:DescribeChangeSet"):
                return self._cloudformation.describe_change_set(StackName=self._name, ChangeSetName=name)
        except ActionFailed as failure:
            if "does not exist" in failure.message:
                return None
            raise

    def _wait_until_gone(self, change_set: str) -> None:
        while self._change_set(change_set) is not None:
            self._work.pause(_POLL_SECONDS)

    def _settled(self, stack_id: str) -> Outcome:
        """Waits for the end of the stack's operation."""
        while (stack := self._stack(stack_id))["StackStatus"].endswith("_IN_PROGRESS"):
            self._work.pause(_POLL_SECONDS)
        if stack["StackStatus"] not in _SUCCEEDED:
            raise self._failure(stack)
        return self._succeeded("Stack " + stack["StackStatus"], stack_id)

    def _failure(self, stack: dict) -> ActionFailed:
        """The reason of the stack's status, which on AWS names what failed while the stack is rolled back.

        Here the rollback is over before anybody can look, so the events are asked as well, if the role may.
        """
        reason = stack.get("StackStatusReason") or self._first_failed_resource(stack["StackId"]) or "CloudFormation gave no reason."
        return ActionFailed("JobFailed", f"Stack {stack['StackName']} is {stack['StackStatus']}: {reason}")

    def _first_failed_resource(self, stack_id: str) -> str | None:
        try:
            events = self._cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
        except ClientError:
            return None
        reason = None
        for event in events:  # newest first
            if event["PhysicalResourceId"] == stack_id and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
                break
            if event["ResourceStatus"].endswith("_FAILED") and event["PhysicalResourceId"] != stack_id:
                reason = (
                    f"{event['LogicalResourceId']} is {event['ResourceStatus']}: {event.get('ResourceStatusReason', 'no reason given')}"
                )
        return reason

    def _succeeded(self, summary: str, stack_id: str) -> Outcome:
        """The stack's outputs become variables, and a file if the action names one."""
        stack = self._stack(stack_id)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        file_name = self._work.configuration.get("OutputFileName")
        if file_name and self._work.outputs:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
                files.writestr(zipfile.ZipInfo(file_name, time.gmtime()[:6]), json.dumps(outputs))
            put(self._work.roles.action(), self._work.store, self._work.outputs[0].key, archive.getvalue())
        return Outcome(summary, outputs)

    def _report_stack(self, stack_id: str) -> None:
        self._work.report(external_id=stack_id, external_url=console.stack(self._work.region, stack_id))

    @contextlib.contextmanager
    def _as_action(self, call: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise refused(error, self._work.roles.working_role, f"deploy the stack {self._name} ({call})") from error


def _is_empty(change_set: dict) -> bool:
    return any(text in change_set.get("StatusReason", "") for text in _NO_CHANGES)


def _json_object(text: bytes, what: str) -> dict:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ActionFailed("ConfigurationError", f"{what} is not a JSON object.")
    return value
