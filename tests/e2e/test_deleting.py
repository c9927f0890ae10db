"""Deleting a pipeline: what it made is gone, what people made stays, and it can be asked for again at any point."""

import json
import uuid
from datetime import datetime, timedelta

import owners
import pytest
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT
from pipelines import Platform, definition, ended, settled, wait_for
from times import in_order


@pytest.fixture
def pipeline(alice, environments) -> dict:
    """A pipeline that is deployed."""
    return settled(alice, alice.call("POST", "/pipelines", definition(environments)))


def delete(api: Api, pipeline: dict, **query: str) -> dict:
    """The answer to the deletion; it is accepted."""
    answer = api.request("DELETE", f"/pipelines/{pipeline['id']}", params=query)
    assert answer.status_code == 202, answer.text
    return answer.json()


def gone(api: Api, pipeline: dict) -> None:
    """Waits until the pipeline is no more."""

    def look() -> bool:
        answer = api.request("GET", f"/pipelines/{pipeline['id']}")
        found = answer.json()
        assert found.get("status") != "FAILED", found["lastDeployment"]
        return answer.status_code == 404

    wait_for(look, f"the end of the pipeline {pipeline['id']}")


def failed(api: Api, pipeline: dict) -> dict:
    """Waits until the deletion has failed; why."""
    deletion = ended(api, pipeline)
    assert (deletion["kind"], deletion["status"]) == ("DELETE", "FAILED"), deletion
    assert api.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "FAILED"
    return deletion["failure"]


def stack_status(platform: Platform, pipeline: dict) -> str:
    return platform.aws("cloudformation").describe_stacks(StackName=pipeline["stackId"])["Stacks"][0]["StackStatus"]


def artifact_bucket(platform: Platform, pipeline: dict) -> str:
    """The artifact bucket of the CICD stack; its name begins as the platform's permissions say."""
    resources = platform.aws("cloudformation").list_stack_resources(StackName=pipeline["stackId"])["StackResourceSummaries"]
    (bucket,) = [resource["PhysicalResourceId"] for resource in resources if resource["ResourceType"] == "AWS::S3::Bucket"]
    assert bucket.startswith("dataall-pipeline-")
    return bucket


def buckets(platform: Platform) -> set[str]:
    return {bucket["Name"] for bucket in platform.aws("s3").list_buckets()["Buckets"]}


def repositories(platform: Platform) -> set[str]:
    return {repository["repositoryName"] for repository in platform.aws("codecommit").list_repositories()["repositories"]}


def delete_stack(platform: Platform, pipeline: dict) -> None:
    cloudformation = platform.aws("cloudformation")
    cloudformation.delete_stack(StackName=pipeline["stackName"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=pipeline["stackId"], WaiterConfig={"Delay": 1})


def test_what_the_platform_made_is_gone_and_the_repository_stays(platform, alice, bob, admin, pipeline):
    bucket = artifact_bucket(platform, pipeline)
    s3 = platform.aws("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key="sales/Artifact_S/abc.zip", Body=b"source")
    s3.delete_object(Bucket=bucket, Key="sales/Artifact_S/abc.zip")

    answer = delete(alice, pipeline)
    assert answer["status"] == "DELETING"
    assert answer["lastDeployment"]["kind"] == "DELETE"
    (orphan,) = answer["orphans"]
    stage_stack = f"{pipeline['repositoryName']}-dev"
    assert (orphan["stage"], orphan["accountId"], orphan["stackName"]) == ("dev", "222222222222", stage_stack)
    assert orphan["command"].endswith(f"--stack-name {stage_stack}")

    gone(alice, pipeline)
    assert stack_status(platform, pipeline) == "DELETE_COMPLETE"
    assert bucket not in buckets(platform)
    assert pipeline["repositoryName"] in repositories(platform)
    listed = [found["id"] for api in (alice, admin) for found in api.all("/pipelines")]
    assert pipeline["id"] not in listed

    path = f"/pipelines/{pipeline['id']}"
    for api in (alice, bob):
        for call in (path, f"{path}/deployments", f"{path}/deployments/{answer['lastDeployment']['id']}"):
            assert api.request("GET", call).status_code == 404
    tombstone = admin.call("GET", path)
    assert (tombstone["status"], tombstone["orphans"]) == ("DELETED", answer["orphans"])
    assert in_order(pipeline["createdAt"], tombstone["deletedAt"])
    deletion, creation = admin.call("GET", f"{path}/deployments")["items"]
    assert (deletion["kind"], deletion["status"], deletion["deleteRepository"]) == ("DELETE", "SUCCEEDED", False)
    assert [stack["action"] for stack in deletion["stacks"]] == ["DELETED"]
    assert [step["name"] for step in deletion["steps"]][:2] == ["PrepareDeletion", "EmptyBuckets"]
    assert creation["kind"] == "DEPLOY"
    for change in (("DELETE", path), ("POST", f"{path}/deployments")):
        assert admin.request(*change).status_code == 404


def test_the_history_is_forgotten_after_ninety_days(platform, alice, pipeline):
    delete(alice, pipeline)
    gone(alice, pipeline)
    rows = platform.rows(f"PIPELINE#{pipeline['id']}")
    assert all("expiresAt" in row for row in rows), rows
    # A run is remembered for ninety days after its last event.
    kept = [row for row in rows if not row["sk"]["S"].startswith(("RUN#", "AUDIT#"))]
    # The audit trail outlives it: an entry is kept for 400 days.
    assert {row["action"]["S"] for row in rows if row["sk"]["S"].startswith("AUDIT#")} == {"createPipeline", "deletePipeline"}
    kinds = sorted(row["sk"]["S"].partition("#")[0] for row in kept)
    assert kinds == ["CONTRIBUTION", "DEPLOYMENT", "DEPLOYMENT", "PIPELINE", "REVISION", "REVISION"]
    expiries = {int(row["expiresAt"]["N"]) for row in kept}
    # Each a day's number of seconds, ninety times, from the deletion on.
    (deleted,) = [row["deletedAt"]["S"] for row in rows if "deletedAt" in row]
    expected = (datetime.fromisoformat(deleted) + timedelta(days=90)).timestamp()
    assert all(abs(expiry - expected) <= 1 for expiry in expiries)


def test_the_repository_goes_if_that_is_asked_for(platform, alice, admin, pipeline):
    delete(alice, pipeline, deleteRepository="true")
    gone(alice, pipeline)
    assert pipeline["repositoryName"] not in repositories(platform)
    assert admin.call("GET", f"/pipelines/{pipeline['id']}/deployments")["items"][0]["deleteRepository"] is True


def test_asking_twice_deletes_once(alice, admin, pipeline):
    first, second = (delete(alice, pipeline) for _ in range(2))
    assert first["lastDeployment"]["id"] == second["lastDeployment"]["id"]
    gone(alice, pipeline)
    assert alice.request("DELETE", f"/pipelines/{pipeline['id']}").status_code == 404
    kinds = [found["kind"] for found in admin.call("GET", f"/pipelines/{pipeline['id']}/deployments")["items"]]
    assert kinds == ["DELETE", "DEPLOY"]


def test_a_deletion_follows_the_deployment_that_is_under_way(platform, alice, admin, environments):
    created = alice.call("POST", "/pipelines", definition(environments))
    answer = delete(alice, created)
    assert answer["status"] == "DELETING"
    path = f"/pipelines/{created['id']}"
    for change in (("POST", f"{path}/deployments", None), ("PATCH", path, {"description": "Too late"})):
        assert alice.request(*change).status_code in (404, 409)
    gone(alice, created)
    deletion, creation = admin.call("GET", f"{path}/deployments")["items"]
    assert (deletion["kind"], deletion["status"], creation["status"]) == ("DELETE", "SUCCEEDED", "SUCCEEDED")
    assert stack_status(platform, admin.call("GET", path)) == "DELETE_COMPLETE"


def test_what_is_gone_already_is_success(platform, alice, pipeline):
    bucket = artifact_bucket(platform, pipeline)
    platform.aws("s3").put_object(Bucket=bucket, Key="left", Body=b"behind")
    delete_stack(platform, pipeline)
    platform.aws("codecommit").delete_repository(repositoryName=pipeline["repositoryName"])
    assert bucket in buckets(platform), "the CDK retains it"
    delete(alice, pipeline, deleteRepository="true")
    gone(alice, pipeline)
    assert bucket not in buckets(platform)


def test_termination_protection_stops_it_before_anything_is_touched(platform, alice, pipeline):
    bucket = artifact_bucket(platform, pipeline)
    platform.aws("s3").put_object(Bucket=bucket, Key="precious", Body=b"artifact")
    cloudformation = platform.aws("cloudformation")
    cloudformation.update_termination_protection(StackName=pipeline["stackName"], EnableTerminationProtection=True)
    failure = failed(alice, delete(alice, pipeline))
    assert failure["error"] == "StackProtected"
    command, _, again = failure["cause"].partition("Run: ")[2].partition(". Then ")
    assert again.endswith(f"DELETE /pipelines/{pipeline['id']}?deleteRepository=false")
    assert platform.aws("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert platform.head(pipeline)

    # What the record says to do is all there is to do.
    words = command.split()
    assert words[:3] == ["aws", "cloudformation", "update-termination-protection"]
    cloudformation.update_termination_protection(StackName=words[-1], EnableTerminationProtection=False)
    delete(alice, pipeline)
    gone(alice, pipeline)
    assert stack_status(platform, pipeline) == "DELETE_COMPLETE"


def test_a_stack_that_cannot_be_deleted_is_tried_twice_and_named(platform, alice, pipeline):
    """A bucket that a developer added to the stack is not the platform's to empty."""
    # Of a name that the role may delete with which CloudFormation works on the stack.
    name = f"dataall-pipeline-theirs-{uuid.uuid4().hex[:8]}"
    cloudformation = platform.aws("cloudformation")
    template = cloudformation.get_template(StackName=pipeline["stackName"])["TemplateBody"]
    template["Resources"]["Theirs"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    cloudformation.update_stack(StackName=pipeline["stackName"], TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    cloudformation.get_waiter("stack_update_complete").wait(StackName=pipeline["stackName"], WaiterConfig={"Delay": 1})
    platform.aws("s3").put_object(Bucket=name, Key="data", Body=b"theirs")

    failure = failed(alice, delete(alice, pipeline))
    assert failure["error"] == "StackNotDeleted"
    assert "Theirs (AWS::S3::Bucket)" in failure["cause"]
    assert stack_status(platform, pipeline) == "DELETE_FAILED"
    assert platform.aws("s3").get_object(Bucket=name, Key="data")["Body"].read() == b"theirs"

    platform.aws("s3").delete_object(Bucket=name, Key="data")
    delete(alice, pipeline)
    gone(alice, pipeline)
    assert stack_status(platform, pipeline) == "DELETE_COMPLETE"


def test_a_stale_deletion_is_refused(alice, bob, pipeline):
    path = f"/pipelines/{pipeline['id']}"
    assert alice.request("DELETE", path, headers={"If-Match": '"77"'}).status_code == 412
    assert bob.request("DELETE", path).status_code == 404
    assert alice.request("DELETE", path, params={"deleteRepository": "maybe"}).status_code == 400
    assert alice.call("GET", path)["status"] == "DEPLOYED"


def test_an_environment_can_be_unlinked_once_its_pipelines_are_gone(platform, alice, environments):
    region = platform.settings.region
    environment = owners.ready(platform, alice, "400000000050", region, (CICD_ACCOUNT,))
    path = f"/environments/{environment['id']}"
    stages = [{"name": "dev", "environmentId": environment["id"]}, {"name": "test", "environmentId": environments["dev"]}]
    created = settled(alice, alice.call("POST", "/pipelines", definition(environments, stages=stages)))
    assert alice.request("DELETE", path).status_code == 409
    delete(alice, created)
    gone(alice, created)
    assert alice.request("DELETE", path).status_code == 204
