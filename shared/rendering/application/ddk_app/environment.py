"""The environments of ddk.json in the CDK's terms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk

CONFIG_PATH = Path("ddk.json")


@dataclass(frozen=True)
class Environment:
    """An account and region, how the CDK deploys there, and what differs there."""

    env: cdk.Environment
    synthesizer: cdk.DefaultStackSynthesizer
    permissions_boundary: cdk.PermissionsBoundary | None
    # Variables of the application: `env_vars` in ddk.json. Add there what differs by environment.
    env_vars: dict[str, str]

    @classmethod
    def load(cls, environment_id: str) -> Environment:
        """Read one environment: `cicd`, or a stage by its name."""
        environments = json.loads(CONFIG_PATH.read_text(encoding="utf-8"))["environments"]
        if environment_id not in environments:
            raise ValueError(f"{CONFIG_PATH} has no environment {environment_id!r}, only {', '.join(environments)}")
        config = environments[environment_id]
        boundary = config.get("permissions_boundary")
        return cls(
            env=cdk.Environment(account=config["account"], region=config["region"]),
            # The qualifier given to `cdk bootstrap --qualifier`; the CDK's own default if there is none.
            synthesizer=cdk.DefaultStackSynthesizer(qualifier=config.get("bootstrap_qualifier")),
            permissions_boundary=cdk.PermissionsBoundary.from_arn(boundary) if boundary else None,
            env_vars=config.get("env_vars") or {},
        )
