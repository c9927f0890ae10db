"""The functions as infra/template.yaml has them: what calls each, and what it may do. Run it to write the table of docs/architecture.md."""

import re
from dataclasses import dataclass
from pathlib import Path

from policies import as_list, statements
from templates import load_template

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = REPOSITORY / "docs/architecture.md"
BEGIN, END = "<!-- functions: `make docs-tables` writes this table -->\n", "<!-- end of functions -->\n"


@dataclass(frozen=True)
class Function:
    name: str
    properties: dict
    role: dict
    route: tuple[str, str] | None = None
    queue: str | None = None
    stream: dict | None = None
    state: str | None = None
    # The functions that hand on to it what they were called with.
    functions: tuple[str, ...] | None = None

    @property
    def callers(self) -> list:
        """Of the five ways to be called those that it has; it should be one."""
        return [caller for caller in (self.route, self.queue, self.stream, self.state, self.functions) if caller is not None]


def functions_of(template: dict) -> dict[str, Function]:
    """The functions by the name of their crate, in the order of the template."""
    resources = template["Resources"]
    substituted = {
        arn["Fn::GetAtt"][0]: name.removesuffix("FunctionArn")
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::StateMachine"
        for name, arn in resource["Properties"]["DefinitionSubstitutions"].items()
        if name.endswith("FunctionArn")
    }
    handing_on: dict[str, list[str]] = {}
    for role, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            for statement in statements(resource):
                if statement["Action"] == "lambda:InvokeFunction" and "Fn::GetAtt" in statement["Resource"]:
                    handing_on.setdefault(statement["Resource"]["Fn::GetAtt"][0], []).append(role)
    crates = {
        resource["Properties"]["Role"]["Fn::GetAtt"][0]: crate(resource)
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    functions = {}
    for logical_id, resource in resources.items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            name = crate(resource)
            events = {event["Type"]: event["Properties"] for event in properties.get("Events", {}).values()}
            functions[name] = Function(
                name,
                properties,
                role=resources[properties["Role"]["Fn::GetAtt"][0]],
                route=(events["Api"]["Method"].upper(), events["Api"]["Path"]) if "Api" in events else None,
                queue=events["SQS"]["Queue"]["Fn::GetAtt"][0] if "SQS" in events else None,
                stream=events.get("DynamoDB"),
                state=substituted.get(logical_id),
                functions=tuple(crates[role] for role in handing_on[logical_id]) if logical_id in handing_on else None,
            )
    return functions


def crate(function: dict) -> str:
    return function["Properties"]["CodeUri"].removeprefix("../target/lambda/").removesuffix("/bootstrap.zip")


def table(template: dict) -> str:
    """The functions as Markdown."""
    rows = ["| function | route, state, queue, stream or function | permissions |", "|---|---|---|"]
    for function in functions_of(template).values():
        if function.route:
            caller = "`{} {}`".format(*function.route)
        elif function.state:
            caller = f"state `{function.state}`"
        elif function.stream:
            caller = "the table's stream"
        elif function.functions:
            caller = "dry runs of " + " and ".join(f"`{name}`" for name in function.functions)
        else:
            name = template["Resources"][function.queue]["Properties"]["QueueName"]["Fn::Sub"]
            caller = f"queue `{shown(name)}`"
        rows.append(f"| `{function.name}` | {caller} | {permissions(function.role)} |")
    return "\n".join(rows) + "\n"


def permissions(role: dict) -> str:
    """What a role's own policies allow: for each resource the actions, and in brackets what of the resource they reach."""
    allowed: dict[str, dict[str, list[str]]] = {}
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        resource, part = reach(statement)
        actions = allowed.setdefault(resource, {}).setdefault(part, [])
        actions += [action.partition(":")[2] for action in as_list(statement["Action"])]
    if not allowed:
        return "none"
    return "; ".join(
        f"{resource}: " + ", ".join(", ".join(actions) + (f" ({part})" if part else "") for part, actions in parts.items())
        for resource, parts in allowed.items()
    )


def reach(statement: dict) -> tuple[str, str]:
    """What a statement is about: the resource in a word, and the part of it."""
    if statement["Resource"] == "*":
        return "everything", ""
    if isinstance(statement["Resource"], list):
        words = [reach(statement | {"Resource": resource}) for resource in statement["Resource"]]
        return words[0][0], ", ".join(part for _, part in words)
    ((kind, value),) = statement["Resource"].items()
    match kind, value:
        case "Fn::GetAtt", ["Table", "Arn"]:
            keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            return "table", ", ".join(key.removesuffix("#*") for key in keys)
        case "Fn::GetAtt", ["Artifacts", "Arn"]:
            return "artifacts", ""
        case "Fn::GetAtt", ["EventBus", "Arn"]:
            return "bus", ""
        case "Fn::GetAtt", ["PreviewPipelineFunction", "Arn"]:
            return "function", "`preview-pipeline`"
        case "Fn::GetAtt", [str(queue), "Arn"] if queue.endswith("Queue"):
            return "queue", ""
        case "Fn::GetAtt", ["Table", "StreamArn"]:
            return "stream", ""
        case "Ref", "StateMachine":
            return "executions", "deploy-pipeline"
        case "Ref", "RedeploymentStateMachine":
            return "executions", "redeploy-pipelines"
    if machine := re.search(r":states:.*:\$\{Prefix\}-platform-([a-z-]+)", value):
        return "executions", machine[1]
    if prefix := re.fullmatch(r"\$\{Artifacts\.Arn\}/(\w+/)\*", value):
        return "artifacts", prefix[1]
    if role := re.fullmatch(r"arn:\S+:iam::\*:role/(\S+)", value):
        return "roles", f"`{shown(role[1])}`"
    raise ValueError(f"no word for {statement['Resource']}")


def shown(name: str) -> str:
    return name.replace("${Prefix}", "{prefix}")


def with_table(document: str, new: str) -> str:
    """The document with another table between the markers."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin and end, f"{DOCUMENT} has lost the markers of the table"
    return before + begin + new + end + after


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(), table(load_template(REPOSITORY / "infra/template.yaml"))))
