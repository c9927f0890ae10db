"""The stage that is deployed and its environment in ddk.json."""

from __future__ import annotations

import json
import os

import aws_cdk as cdk
import aws_ddk_core as ddk
from constructs import Construct

from ddk_app.environment import CONFIG_PATH, Environment


class MultiaccountConfig(ddk.Configurator):
    """One stage of ddk.json: where and how the CDK deploys it, and the variables that its developers gave it.

    As any configurator of the DDK it puts the tags and the resource settings of the stage on everything in `scope`.
    """

    def __init__(self, scope: Construct, stage: str | None = None) -> None:
        """Read the stage of that name; without a name the one in the environment variable STAGE."""
        chosen = stage or os.environ.get("STAGE", "")
        stages = self.stages()
        if chosen not in stages:
            found = f"{chosen!r} is no stage" if chosen else "STAGE is not set"
            raise ValueError(f"{found}: set STAGE to one of {', '.join(stages)}")
        super().__init__(scope, str(CONFIG_PATH.resolve()), chosen)
        self.stage = chosen
        self._environment = Environment.load(chosen)

    @staticmethod
    def stages() -> list[str]:
        """The stages of ddk.json, in their order."""
        environments = json.loads(CONFIG_PATH.read_text(encoding="utf-8"))["environments"]
        return [environment_id for environment_id in environments if environment_id != "cicd"]

    @property
    def env(self) -> cdk.Environment:
        """The account and region of the stage."""
        return self._environment.env

    @property
    def synthesizer(self) -> cdk.DefaultStackSynthesizer:
        """How the CDK was bootstrapped there."""
        return self._environment.synthesizer

    @property
    def permissions_boundary(self) -> cdk.PermissionsBoundary | None:
        """The policy that bounds every role created there, if there is one."""
        return self._environment.permissions_boundary

    @property
    def env_vars(self) -> dict[str, str]:
        """The stage's own variables: `env_vars` of its environment in ddk.json. Add there what differs by stage."""
        return self._environment.env_vars
