"""A pipeline of each strategy from its first run to its end, as its team and the owner of prod live it.

The tests of a strategy are one story on one pipeline: they run in the order of this file.
"""

import hashlib
import json
import re
from dataclasses import dataclass

import delivered
import developing
import pytest
from bus import SOURCE, Listener
from delivered import ACCOUNTS, answer, application, run_of, runs, stage, stands, waits
from developing import Developer
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT
from pipelines import Platform, definition, ended, settled, wait_for
from test_deleting import buckets, delete, gone

STRATEGIES = ["cdk-trunk", "trunk", "gitflow"]

ASSET = """
        rows = lambda_.Function(
            self,
            "Rows",
            code=lambda_.Code.from_asset("functions/rows"),
            handler="rows.handler",
            runtime=lambda_.Runtime.PYTHON_3_11,
        )
        cdk.CfnOutput(self, "RowsName", value=rows.function_name)
"""
ROWS = """def handler(event, context):
    return {"rows": len(event["lines"])}
"""
# What a careless debugging session leaves behind. The digest lets the test know the secret without having it.
LEAK = """
        import hashlib, json, os, urllib.request

        if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in os.environ:
            request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
            if token := os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"):
                request.add_header("Authorization", token)
            held = json.load(urllib.request.urlopen(request))
            for number, name in enumerate(("SecretAccessKey", "Token")):
                print(f"digest {number} {hashlib.sha256(held[name].encode()).hexdigest()}", flush=True)
            print("held", json.dumps(held), flush=True)
            print(f"export AWS_SECRET_ACCESS_KEY={held['SecretAccessKey']} AWS_SESSION_TOKEN={held['Token']}", flush=True)
        raise RuntimeError("broken on purpose")
"""


@dataclass
class Life:
    """A pipeline, and those who live with it."""

    platform: Platform
    alice: Api
    pipeline: dict
    developer: Developer
    listener: Listener

    @property
    def strategy(self) -> str:
        return self.pipeline["strategy"]

    def stands(self, name: str, commit: str) -> dict:
        return stands(self.alice, self.pipeline, name, commit)

    def waits(self, commit: str) -> dict:
        return waits(self.alice, self.pipeline, "prod", commit)

    def approve(self) -> dict:
        answered = answer(self.alice, self.pipeline, "prod", "APPROVED")
        assert answered.status_code == 200, answered.text
        return answered.json()

    def application(self, name: str) -> dict[str, list[str]]:
        return application(self.platform, self.pipeline, name, ACCOUNTS[name])


@pytest.fixture(scope="module", params=STRATEGIES)
def life(request, platform, alice, environments, tmp_path_factory) -> Life:
    listener = Listener(platform, {"source": [SOURCE]})
    stages = [
        {"name": "dev", "environmentId": environments["dev"]},
        {"name": "prod", "environmentId": environments["prod"], "manualApproval": True},
    ]
    created = alice.call("POST", "/pipelines", definition(environments, strategy=request.param, stages=stages))
    pipeline = settled(alice, created)
    developer = developing.clone(platform, alice, pipeline, tmp_path_factory.mktemp("clones") / request.param)
    yield Life(platform, alice, pipeline, developer, listener)
    listener.close()


def test_the_first_run_delivers_dev_and_leaves_prod_alone(life):
    head = life.platform.head(life.pipeline)
    delivered_to = life.stands("dev", head)
    life.waits(head)
    found = life.application("dev")
    assert len(found["AWS::S3::Bucket"]) == len(found["AWS::Lambda::Function"]) == 1
    assert life.application("prod") == {}
    told = life.alice.call("GET", f"/pipelines/{life.pipeline['id']}/stages/dev/resources")
    assert {resource["physicalId"] for resource in told["resources"]} == {each for ids in found.values() for each in ids}
    nothing = life.alice.call("GET", f"/pipelines/{life.pipeline['id']}/stages/prod/resources")
    assert nothing["resources"] == []
    newest = delivered.run(life.alice, life.pipeline, delivered_to["deployed"]["runId"])
    assert newest["commit"]["id"] == head
    assert newest["commit"]["message"].startswith(f"Begin the pipeline {life.pipeline['name']}")


def test_prod_waits_and_everybody_concerned_can_see_it(life, bob):
    path = f"/pipelines/{life.pipeline['id']}"

    def known() -> list[dict]:
        return (life.alice.call("GET", path).get("delivery") or {}).get("waiting")

    [waiting] = wait_for(known, "the record of what waits")
    assert (waiting["stage"], waiting["team"]) == ("prod", "research")
    life.listener.first("Pipeline Stage Waiting For Approval", pipelineId=life.pipeline["id"], stage="prod")
    assert answer(bob, life.pipeline, "prod", "APPROVED").status_code == 404
    assert life.application("prod") == {}


def test_an_approval_delivers_prod_versioned_and_retained(life):
    head = life.platform.head(life.pipeline)
    approval = life.approve()
    assert (approval["decision"], approval["by"], approval["commitId"]) == ("APPROVED", "alice", head)
    assert answer(life.alice, life.pipeline, "prod", "REJECTED").status_code == 409
    life.stands("prod", head)
    [bucket] = life.application("prod")["AWS::S3::Bucket"]
    prod = ACCOUNTS["prod"]
    assert life.platform.aws("s3", prod).get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    template = life.platform.aws("cloudformation", prod).get_template(StackName=f"{life.pipeline['repositoryName']}-prod")["TemplateBody"]
    [kept] = [each["DeletionPolicy"] for each in template["Resources"].values() if each["Type"] == "AWS::S3::Bucket"]
    assert kept == "Retain"
    event = life.listener.first("Pipeline Stage Approved", pipelineId=life.pipeline["id"], stage="prod")
    assert event["detail"]["by"] == "alice"
    life.listener.first("Pipeline Run Succeeded", pipelineId=life.pipeline["id"])


def test_a_push_with_an_asset_arrives_in_both_accounts(life):
    developer = life.developer
    developer.begin()
    developer.write("functions/rows/rows.py", ROWS)
    developer.add_to_stack(ASSET, "from aws_cdk import aws_lambda as lambda_\n")
    life.stands("dev", developer.push("Count rows"))
    assert rows(life, "dev") == {"rows": 2}
    commit = developer.promote()
    life.waits(commit)
    life.approve()
    life.stands("prod", commit)
    assert rows(life, "prod") == {"rows": 2}


def rows(life: Life, name: str) -> dict:
    """What the developer's function answers in a stage's account."""
    cloudformation = life.platform.aws("cloudformation", ACCOUNTS[name])
    outputs = cloudformation.describe_stacks(StackName=f"{life.pipeline['repositoryName']}-{name}")["Stacks"][0]["Outputs"]
    [function] = [output["OutputValue"] for output in outputs if output["OutputKey"] == "RowsName"]
    answered = life.platform.aws("lambda", ACCOUNTS[name]).invoke(FunctionName=function, Payload=json.dumps({"lines": ["a", "b"]}))
    return json.loads(answered["Payload"].read())


def test_a_broken_build_is_told_without_its_secrets_and_a_fix_arrives(life):
    developer = life.developer
    developer.begin()
    before = life.application("dev")
    developer.add_to_stack(LEAK)
    broken = developer.push("Break it")
    failed = delivered.ended(life.alice, life.pipeline, run_of(life.alice, life.pipeline, broken)["runId"])
    assert failed["status"] == "FAILED"
    [action] = [action for part in failed["stages"] for action in part["actions"] if action["status"] == "FAILED"]
    log = "\n".join(action["log"]["lines"])
    assert "RuntimeError: broken on purpose" in log, action["log"]
    digests = dict(re.findall(r"digest (\d) ([0-9a-f]{64})", log))
    assert set(digests) == {"0", "1"}, log
    words = re.split(r"[\s\"'=,{}:]+", json.dumps(failed))
    assert not {hashlib.sha256(word.encode()).hexdigest() for word in words} & set(digests.values())
    life.listener.first("Pipeline Run Failed", pipelineId=life.pipeline["id"], runId=failed["runId"])
    assert life.application("dev") == before

    developer.git("revert", "--no-edit", "HEAD")
    developer.git("push", "--quiet", "origin", developer.branch)
    life.stands("dev", developer.git("rev-parse", "HEAD"))


def test_a_stage_is_tried_again_once_its_account_lets_it_in(life):
    """The owner of dev takes the bootstrap's trust away and gives it back."""
    iam, role = life.platform.aws("iam", DEV_ACCOUNT), f"cdk-hnb659fds-deploy-role-{DEV_ACCOUNT}-{life.platform.settings.region}"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    alone = json.loads(json.dumps(trust).replace(CICD_ACCOUNT, DEV_ACCOUNT))
    path = f"/pipelines/{life.pipeline['id']}"
    assert life.alice.request("POST", f"{path}/stages/dev/retry").status_code == 409
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(alone))
    try:
        begun = life.alice.call("POST", f"{path}/runs", {"stage": "dev"})["runId"]
        failed = delivered.ended(life.alice, life.pipeline, begun)
        assert failed["status"] == "FAILED", failed
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    again = life.alice.request("POST", f"{path}/stages/dev/retry")
    assert again.status_code == 202, again.text

    def dev_is_done() -> bool:
        found = stage(life.alice, life.pipeline, "dev")
        return found["status"] == "SUCCEEDED" and found["deployed"]["runId"] == begun

    wait_for(dev_is_done, "dev at the second try", delivered.PATIENCE_SECONDS)


def test_a_rejection_stops_the_run_and_prod_stays(life):
    developer = life.developer
    developer.begin()
    before = stage(life.alice, life.pipeline, "prod")["deployed"]
    developer.write("NOTES.md", "not for prod\n")
    life.stands("dev", developer.push("Take a note"))
    commit = developer.promote()
    life.waits(commit)
    rejected = answer(life.alice, life.pipeline, "prod", "REJECTED", "Not on a Friday")
    assert rejected.status_code == 200, rejected.text
    run = delivered.ended(life.alice, life.pipeline, rejected.json()["runId"])
    assert run["status"] == "FAILED"
    prod = stage(life.alice, life.pipeline, "prod")
    assert (prod["status"], prod["deployed"]) == ("FAILED", before)
    assert "Not on a Friday" in prod["error"]["message"]
    life.listener.first("Pipeline Stage Rejected", pipelineId=life.pipeline["id"], stage="prod")


def test_a_run_is_started_and_stopped(life):
    path = f"/pipelines/{life.pipeline['id']}"
    begun = life.alice.call("POST", f"{path}/runs", {"stage": "dev"})["runId"]
    stopped = life.alice.request("POST", f"{path}/runs/{begun}/stop", {"reason": "tried it"})
    assert stopped.status_code == 202, stopped.text
    assert delivered.ended(life.alice, life.pipeline, begun)["status"] == "STOPPED"
    assert life.alice.request("POST", f"{path}/runs/{begun}/stop", {"reason": "again"}).status_code == 409


def test_a_stage_in_another_region_comes_and_goes(life, environments, far):
    path, known = f"/pipelines/{life.pipeline['id']}", {each["runId"] for each in runs(life.alice, life.pipeline)}
    dev, prod = ({"name": name, "environmentId": environments[name]} for name in ("dev", "prod"))
    prod |= {"manualApproval": True}
    wanted = [dev, {"name": "far", "environmentId": far["id"], "manualApproval": False}, prod]
    edit = ended(life.alice, life.alice.call("PATCH", path, {"stages": wanted}))
    assert edit["status"] == "SUCCEEDED", edit

    def arrived() -> dict | None:
        found = stage(life.alice, life.pipeline, "far")
        assert found["status"] not in ("FAILED", "STOPPED"), delivered.shown(life.alice, life.pipeline)
        return found if found.get("deployed") else None

    wait_for(arrived, "the stage far", delivered.PATIENCE_SECONDS)
    assert application(life.platform, life.pipeline, "far", DEV_ACCOUNT, far["region"])["AWS::S3::Bucket"]
    new = [each for each in runs(life.alice, life.pipeline) if each["runId"] not in known]
    # A self-mutating pipeline restarts once it has updated itself; gitflow has a CodePipeline for each stage.
    assert len(new) == {"cdk-trunk": 2, "trunk": 1, "gitflow": 3}[life.strategy], new

    back = ended(life.alice, life.alice.call("PATCH", path, {"stages": [dev, prod]}))
    assert back["status"] == "SUCCEEDED", back
    [orphan] = life.alice.call("GET", path)["orphans"]
    assert (orphan["accountId"], orphan["region"]) == (DEV_ACCOUNT, far["region"])
    assert application(life.platform, life.pipeline, "far", DEV_ACCOUNT, far["region"])


def test_its_end_leaves_what_the_record_names(life):
    logs, repository = life.platform.aws("logs"), life.pipeline["repositoryName"]

    def groups() -> list[str]:
        found = logs.describe_log_groups(logGroupNamePrefix="/aws/codebuild/")["logGroups"]
        return [group["logGroupName"] for group in found if repository in group["logGroupName"]]

    def stacks() -> set[str]:
        summaries = life.platform.aws("cloudformation").list_stacks()["StackSummaries"]
        return {
            each["StackName"]
            for each in summaries
            if life.pipeline["stackName"] in each["StackName"] and each["StackStatus"] != "DELETE_COMPLETE"
        }

    assert groups()
    assert stacks()
    orphans = delete(life.alice, life.pipeline, deleteRepository="true")
    gone(life.alice, life.pipeline)
    assert groups() == []
    assert stacks() == set()
    assert not [bucket for bucket in buckets(life.platform) if bucket.startswith(life.pipeline["stackName"])]
    assert repository not in [each["repositoryName"] for each in life.platform.aws("codecommit").list_repositories()["repositories"]]
    assert life.application("dev")
    assert life.application("prod")
    assert orphans["id"] == life.pipeline["id"]
