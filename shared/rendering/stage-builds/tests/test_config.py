"""What the application is told about its stages."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from utils.config import MultiaccountConfig

ENVIRONMENTS = json.loads(Path("ddk.json").read_text(encoding="utf-8"))["environments"]
STAGES = [environment_id for environment_id in ENVIRONMENTS if environment_id != "cicd"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_is_that_of_the_build(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", stage)
    config = MultiaccountConfig(cdk.App())
    assert config.stage == stage
    assert (config.env.account, config.env.region) == (ENVIRONMENTS[stage]["account"], ENVIRONMENTS[stage]["region"])
    assert config.env_vars == ENVIRONMENTS[stage].get("env_vars", {})


@pytest.mark.parametrize("stage", ["", "cicd", "nowhere"])
def test_any_other_stage_is_refused(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", stage)
    with pytest.raises(ValueError, match=f"set STAGE to one of {STAGES[0]}"):
        MultiaccountConfig(cdk.App())


def test_a_stage_has_the_variables_that_ddk_json_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"account": "111122223333", "region": "eu-west-1"}
    environments = {"dev": {**place, "env_vars": {"LOG_LEVEL": "debug"}}, "prod": place}
    (tmp_path / "ddk.json").write_text(json.dumps({"environments": environments}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert MultiaccountConfig(cdk.App(), "dev").env_vars == {"LOG_LEVEL": "debug"}
    assert MultiaccountConfig(cdk.App(), "prod").env_vars == {}
