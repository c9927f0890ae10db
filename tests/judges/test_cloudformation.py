"""CloudFormation, judged by `cloudformation.yaml`."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import cases, local


class Stacks:
    def __init__(self, aws):
        self.client, self.world = aws.client("cloudformation"), {"taken": local.unique("taken"), "bucket": local.unique("taken")}
        aws.client("s3").create_bucket(Bucket=self.world["bucket"], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        queue = {"Type": "AWS::SQS::Queue"}
        outputs = {"O": {"Value": "x", "Export": {"Name": self.world["taken"]}}}
        self.make({"template": {"Resources": {"A": queue}, "Outputs": outputs}})

    def filled(self, text: str) -> str:
        for name, value in self.world.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def make(self, case: dict) -> dict:
        name = case.get("name") or local.unique("judged")
        self.client.create_stack(
            StackName=name,
            TemplateBody=self.filled(case.get("body") or json.dumps(case["template"])),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in case.get("parameters", {}).items()],
            Capabilities=case.get("capabilities", ["CAPABILITY_NAMED_IAM"]),
        )

        def ended() -> dict | None:
            [stack] = self.client.describe_stacks(StackName=name)["Stacks"]
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        return local.wait_for(ended, "the stack")

    def reasons(self, name: str) -> str:
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)


@pytest.fixture(scope="module")
def stacks(aws) -> Stacks:
    return Stacks(aws)


@pytest.mark.parametrize("case", cases("cloudformation"))
def test_case(stacks, case):
    expected = case["expect"]
    try:
        stack = stacks.make(case)
    except ClientError as refusal:
        error = refusal.response["Error"]
        assert (error["Code"], expected.get("message", "") in error["Message"]) == (expected.get("error"), True), error
        return
    assert "error" not in expected, f"the template is taken, and the stack is {stack['StackStatus']}"
    assert stack["StackStatus"] == expected["status"], stacks.reasons(stack["StackName"])
    if "reason" in expected:
        assert stacks.filled(expected["reason"]) in stacks.reasons(stack["StackName"])
    if "outputs" in expected:
        assert {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])} == expected["outputs"]
