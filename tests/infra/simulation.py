"""Questions to IAM, answered by an independent simulator (`@cloud-copilot/iam-simulate`, a tool of the tests alone)."""

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from policies import as_list, documents
from resolving import Deployed

ALLOWED = "Allowed"


@dataclass(frozen=True)
class Principal:
    """A role as it is deployed: its own policies, what bounds them, and whom it trusts."""

    name: str
    arn: str
    policies: list[dict]
    boundary: dict | None = None
    trust: dict | None = None
    tags: dict[str, str] = field(default_factory=dict)
    # The ARNs of the functions, projects and state machines that work with it.
    runs: tuple[str, ...] = ()

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @cached_property
    def mentioned(self) -> list[re.Pattern]:
        """The actions that some statement allows: whatever else is denied without a question."""
        actions = [a for d in self.policies for s in d["Statement"] if s["Effect"] == "Allow" for a in as_list(s.get("Action", "*"))]
        return [re.compile(re.escape(action).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE) for action in set(actions)]

    def mentions(self, action: str) -> bool:
        return any(pattern.fullmatch(action) for pattern in self.mentioned)


@dataclass(frozen=True)
class Question:
    who: Principal
    action: str
    resource: str
    keys: dict[str, Any] = field(default_factory=dict)
    resource_policy: dict | None = None

    def simulation(self) -> dict:
        owner = self.resource.split(":")[4] if self.resource.count(":") >= 5 else ""
        session = f"arn:aws:sts::{self.who.account}:assumed-role/{self.who.arn.rpartition('/')[2]}/session"
        simulation = {
            "request": {
                "principal": session,
                "action": self.action,
                "resource": {"resource": self.resource, "accountId": owner or self.who.account},
                "contextVariables": {"aws:PrincipalArn": self.who.arn} | self.keys,
            },
            "identityPolicies": [{"name": f"p{index}", "policy": policy} for index, policy in enumerate(self.who.policies)],
        }
        if self.who.boundary:
            simulation["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": self.who.boundary}]
        if self.resource_policy:
            simulation["resourcePolicy"] = self.resource_policy
        return simulation


def ask(questions: list[Question]) -> list[bool]:
    """The answers; a question that the simulator does not understand is an error."""
    told = iter(_simulated([question.simulation() for question in questions if question.who.mentions(question.action)]))
    answers = []
    for question in questions:
        answer = next(told) if question.who.mentions(question.action) else {"result": "ImplicitlyDenied"}
        assert "error" not in answer, (question.who.name, question.action, question.resource, question.keys, answer["error"])
        answers.append(answer["result"] == ALLOWED)
    return answers


def _simulated(simulations: list[dict]) -> list[dict]:
    command = ["node", Path(__file__).with_name("simulate.mjs")]
    done = subprocess.run(command, input=json.dumps(simulations), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def roles(deployed: Deployed) -> dict[str, Principal]:
    """The roles of a template by their logical ids, with what other resources of the template attach to them."""
    resources = deployed.resources
    attached: dict[str, list[dict]] = {name: [] for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"}
    managed = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            managed[deployed.arn(name)] = _document(next(documents(resource)))
        if resource["Type"] == "AWS::IAM::Policy":
            for role in resource["Properties"].get("Roles", []):
                of = next(logical for logical in attached if deployed.name(logical) == role)
                attached[of].append(_document(next(documents(resource))))
    found = {}
    for name in attached:
        properties = resources[name]["Properties"]
        policies = [_document(statements) for statements in documents(resources[name])] + attached[name]
        policies += [managed[arn] for arn in properties.get("ManagedPolicyArns", []) if arn in managed]
        boundary = managed.get(properties.get("PermissionsBoundary"))
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        runs = tuple(
            deployed.arn(n)
            for n, r in resources.items()
            if _ROLE_OF.get(r["Type"]) and r["Properties"].get(_ROLE_OF[r["Type"]]) == deployed.arn(name)
        )
        found[name] = Principal(name, deployed.arn(name), policies, boundary, properties["AssumeRolePolicyDocument"], tags, runs)
    return found


_ROLE_OF = {"AWS::CodeBuild::Project": "ServiceRole", "AWS::Lambda::Function": "Role", "AWS::StepFunctions::StateMachine": "RoleArn"}


def _document(statements: list) -> dict:
    return {"Version": "2012-10-17", "Statement": statements}
