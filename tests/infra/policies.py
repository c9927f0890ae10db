"""Reading IAM policies out of templates."""

from collections.abc import Iterator


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def statements(resource: dict) -> Iterator[dict]:
    """The statements of a role's inline policies, a managed policy or a bucket's policy."""
    properties = resource["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)]
    documents += as_list(properties.get("PolicyDocument", []))
    for document in documents:
        for statement in as_list(document["Statement"]):
            # Of two statements that depend on a parameter, each counts.
            choices = statement["Fn::If"][1:] if "Fn::If" in statement else [statement]
            yield from (choice for choice in choices if choice != {"Ref": "AWS::NoValue"})


def allowed(resource: dict) -> set[str]:
    """Every action that a role's own policies allow."""
    return {action for statement in statements(resource) if statement["Effect"] == "Allow" for action in as_list(statement["Action"])}


def unlimited(template: dict) -> set[tuple[str, str]]:
    """The statements, by resource and `Sid`, that allow something on everything, or every action of a service."""
    return {
        (name, statement.get("Sid", ""))
        for name, resource in template["Resources"].items()
        if resource["Type"] in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
        for statement in statements(resource)
        if statement["Effect"] == "Allow"
        if "*" in as_list(statement["Resource"]) or any("*" in action for action in as_list(statement["Action"]))
    }


# Where a resource has its policies: the property of one document, or of a list of them.
RESOURCE_POLICIES = {
    "AWS::Events::EventBusPolicy": "Statement",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}
IDENTITY_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role")


def documents(resource: dict) -> Iterator[list]:
    """The lists of statements of a resource's policies, those of the trust in a role apart. A list may be changed in place."""
    properties = resource.get("Properties", {})
    if resource["Type"] in IDENTITY_POLICIES:
        found = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        if "PolicyDocument" in properties:
            found.append(properties["PolicyDocument"])
    elif resource["Type"] in RESOURCE_POLICIES:
        found = [properties[RESOURCE_POLICIES[resource["Type"]]]]
        if resource["Type"] == "AWS::Events::EventBusPolicy":
            found = [{"Statement": [found[0]]}]
    else:
        return
    for document in found:
        document["Statement"] = as_list(document["Statement"])
        yield document["Statement"]
