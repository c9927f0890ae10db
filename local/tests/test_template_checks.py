"""CloudFormation refuses templates that cannot be right, before anything is made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import unique, wait_for

QUEUE = {"Type": "AWS::SQS::Queue"}
UNRESOLVED = r"Unresolved resource dependencies \[Absent\] in the {} block of the template"


def named(value) -> dict:
    """A queue whose name is this."""
    return {"Resources": {"Queue": QUEUE, "Other": QUEUE | {"Properties": {"QueueName": value}}}}


def outputs(**values: dict) -> dict:
    return {"Resources": {"Queue": QUEUE}, "Outputs": values}


def parameters(**declared: dict) -> dict:
    return {"Resources": {"Queue": QUEUE}, "Parameters": declared}


def resource(**attributes) -> dict:
    return {"Resources": {"Queue": QUEUE, "Other": QUEUE | attributes}}


class Stacks:
    def __init__(self, aws):
        self.client = aws.client("cloudformation")

    def make(self, template: dict, name: str | None = None, **parameters: str) -> dict:
        name = name or unique("stack")
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        self.client.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"])
        return self.ended(name)

    def ended(self, name: str) -> dict:
        def done() -> dict | None:
            [stack] = self.client.describe_stacks(StackName=name)["Stacks"]
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        return wait_for(done, "the stack")

    def reasons(self, name: str) -> str:
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)


@pytest.fixture
def stacks(aws) -> Stacks:
    return Stacks(aws)


REFUSED = [
    (named({"Ref": "Absent"}), UNRESOLVED.format("Resources")),
    (named({"Fn::Sub": "a-${Absent}"}), UNRESOLVED.format("Resources")),
    (named({"Fn::Sub": "${Absent.Arn}"}), "undefined resource Absent"),
    (named({"Fn::Sub": ["${Own}", {"Own": {"Ref": "Absent"}}]}), UNRESOLVED.format("Resources")),
    (named({"Fn::Sub": "${a b}"}), "variable names in Fn::Sub"),
    (named({"Fn::GetAtt": ["Absent", "Arn"]}), "instance of Fn::GetAtt references undefined resource Absent"),
    (named({"Fn::GetAtt": "Absent.Arn"}), "instance of Fn::GetAtt references undefined resource Absent"),
    (named({"Fn::If": ["Absent", "a", "b"]}), "unresolved condition dependency Absent in Fn::If"),
    (named({"Fn::Nope": "x"}), "Encountered unsupported function: Fn::Nope"),
    (resource(DependsOn="Absent"), UNRESOLVED.format("Resources")),
    (resource(DependsOn=["Queue", "Absent"]), UNRESOLVED.format("Resources")),
    (resource(Condition="Absent"), "Unresolved condition dependency Absent"),
    (resource(Comment="hello"), "Invalid template resource property 'Comment'"),
    (resource(DeletionPolicy="Keep"), "Unrecognized DeletionPolicy Keep"),
    (resource(DependsOn="Other"), r"Circular dependency between resources: \[Other\]"),
    ({"Resources": {"Queue": {}}}, "Every Resources object must contain a Type member"),
    ({"Resources": {"a-b": QUEUE}}, "Resource name a-b is non alphanumeric"),
    ({"Resources": {}}, "At least one Resources member must be defined"),
    ({"Resources": {"Queue": QUEUE}, "Things": {}}, r"Invalid template property or properties \[Things\]"),
    ({"Resources": {"Queue": QUEUE}, "AWSTemplateFormatVersion": "2020-01-01"}, "AWSTemplateFormatVersion"),
    (
        {"Resources": {"Queue": QUEUE}, "Conditions": {"C": {"Fn::Equals": [{"Ref": "Queue"}, "x"]}}},
        r"Unresolved dependencies \[Queue\]. Cannot reference resources in the Conditions block",
    ),
    (
        {"Resources": {"Queue": QUEUE}, "Conditions": {"C": {"Fn::Not": [{"Condition": "Absent"}]}}},
        "Unresolved condition dependency Absent",
    ),
    (outputs(O={"Value": {"Ref": "Absent"}}), UNRESOLVED.format("Outputs")),
    (outputs(O={"Description": "nothing"}), "Every Outputs member must contain a Value object"),
    (outputs(O={"Value": "x", "Condition": "Absent"}), "Unresolved condition dependency Absent"),
    (outputs(O={"Value": "x", "Export": {"Name": "e"}}, P={"Value": "y", "Export": {"Name": "e"}}), "exported"),
    (parameters(P={"Type": "Text", "Default": "x"}), "Unrecognized parameter type: Text"),
    (parameters(P={"Type": "String"}), r"Parameters: \[P\] must have values"),
    (parameters(Queue={"Type": "String", "Default": "x"}), "Queue"),
]


class TestTemplates:
    @pytest.mark.parametrize(("template", "message"), REFUSED)
    def test_one_that_cannot_be_right_is_refused(self, stacks, template, message):
        with pytest.raises(ClientError, match=message) as refused:
            stacks.make(template)
        assert refused.value.response["Error"]["Code"] == "ValidationError"

    def test_a_change_set_and_an_update_are_refused_as_well(self, stacks):
        body = json.dumps(named({"Ref": "Absent"}))
        with pytest.raises(ClientError, match="Unresolved resource dependencies"):
            stacks.client.create_change_set(StackName=unique("stack"), ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=body)
        name = stacks.make(named("x" + unique("queue")))["StackName"]
        with pytest.raises(ClientError, match="Unresolved resource dependencies"):
            stacks.client.update_stack(StackName=name, TemplateBody=body)

    def test_parameters_that_it_lacks_are_refused(self, stacks):
        with pytest.raises(ClientError, match=r"Parameters: \[Absent\] do not exist in the template"):
            stacks.make(parameters(), Absent="x")

    def test_what_has_no_condition_that_holds_cannot_be_named(self, stacks):
        conditions = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
        hidden = {"Queue": QUEUE | {"Condition": "Never"}}
        with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[Queue\] in the Outputs block"):
            stacks.make(conditions | {"Resources": hidden | {"Other": QUEUE}, "Outputs": {"O": {"Value": {"Ref": "Queue"}}}})
        guarded = {"Fn::If": ["Never", {"Ref": "Queue"}, "none"]}
        more = {"O": {"Value": guarded}, "P": {"Value": {"Ref": "Queue"}, "Condition": "Never"}}
        made = stacks.make(conditions | {"Resources": hidden | {"Other": QUEUE | {"DependsOn": "Queue"}}, "Outputs": more})
        assert [output["OutputValue"] for output in made["Outputs"]] == ["none"]

    def test_all_that_may_be_named_is(self, stacks):
        """Pseudo parameters, parameters, resources and their attributes, what Fn::Sub brings along, and what is no variable."""
        name = {"Fn::Sub": ["${Own}-${P}-${AWS::Region}-${!Literal}-${Queue.QueueName}", {"Own": {"Ref": "AWS::AccountId"}}]}
        template = named({"Ref": "AWS::NoValue"}) | {"Parameters": {"P": {"Type": "String"}}, "Outputs": {"O": {"Value": name}}}
        [output] = stacks.make(template, P="p")["Outputs"]
        assert output["OutputValue"].startswith("111111111111-p-eu-west-1-${Literal}-")


class TestProperties:
    @pytest.mark.parametrize(
        ("properties", "message"),
        [
            ({"QueueName": "a", "Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
            ({"Tags": [{"Key": "a", "Value": "b"}, {"Name": "a"}]}, "#/Tags/1: required key [Key] not found"),
            ({"Tags": {"Fn::If": ["Always", [{"Key": "a"}], {"Ref": "AWS::NoValue"}]}}, "#/Tags/0: required key [Value] not found"),
        ],
    )
    def test_unknown_and_missing_ones_end_the_creation(self, stacks, properties, message):
        conditions = {"Conditions": {"Always": {"Fn::Equals": ["a", "a"]}}}
        stack = stacks.make(conditions | {"Resources": {"Queue": QUEUE | {"Properties": properties}}})
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        told = stacks.client.describe_events(StackName=stack["StackName"])["OperationEvents"]
        assert message in [event.get("ValidationStatusReason") for event in told]

    def test_a_required_one_that_is_no_value_is_missing(self, stacks):
        policy = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": {}, "Queues": {"Ref": "AWS::NoValue"}}}
        assert stacks.make({"Resources": {"Policy": policy}})["StackStatus"] == "ROLLBACK_COMPLETE"

    def test_an_update_goes_back(self, stacks):
        stack = stacks.make({"Resources": {"Queue": QUEUE}})
        changed = json.dumps({"Resources": {"Queue": QUEUE | {"Properties": {"Colour": "red"}}}})
        stacks.client.update_stack(StackName=stack["StackName"], TemplateBody=changed)
        assert stacks.ended(stack["StackName"])["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


class TestExports:
    def test_an_account_exports_a_name_once(self, stacks):
        template = outputs(O={"Value": "x", "Export": {"Name": unique("export")}})
        first = stacks.make(template)
        second = stacks.make(template)
        assert (first["StackStatus"], second["StackStatus"]) == ("CREATE_COMPLETE", "ROLLBACK_COMPLETE")
        assert f"is already exported by stack {first['StackName']}" in stacks.reasons(second["StackName"])

    def test_the_stack_itself_keeps_it(self, stacks):
        template = outputs(O={"Value": "x", "Export": {"Name": unique("export")}})
        name = stacks.make(template)["StackName"]
        template["Outputs"]["O"]["Value"] = "y"
        stacks.client.update_stack(StackName=name, TemplateBody=json.dumps(template))
        assert stacks.ended(name)["Outputs"][0]["OutputValue"] == "y"


@pytest.mark.parametrize("name", ["Upper_Case", "xn--a", "bucket-s3alias", "192.168.1.1"])
def test_a_buckets_name_must_be_valid(aws, stacks, name):
    stack = stacks.make({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "The specified bucket is not valid" in stacks.reasons(stack["StackName"])
    with pytest.raises(ClientError, match="InvalidBucketName"):
        aws.client("s3").create_bucket(
            Bucket=name.lower() if "_" not in name else "a_b", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
