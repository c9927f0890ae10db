"""The stages as CodePipeline says they are, one shape for every strategy."""

import json

import pytest
from pipelines import definition, settled, wait_for
from times import in_order

SOURCE_BRANCHES = {"dev": "dev", "test": "test", "prod": "main"}


def stages_of(environments) -> list[dict]:
    return [
        {"name": "dev", "environmentId": environments["dev"]},
        {"name": "test", "environmentId": environments["dev"], "manualApproval": False},
        {"name": "prod", "environmentId": environments["prod"], "manualApproval": True},
    ]


@pytest.fixture(scope="module", params=["cdk-trunk", "trunk", "gitflow"])
def pipeline(request, alice, environments) -> dict:
    wanted = definition(environments, strategy=request.param, stages=stages_of(environments))
    return settled(alice, alice.call("POST", "/pipelines", wanted))


def test_the_shape_is_the_same_for_every_strategy(alice, pipeline, environments):
    answer = alice.call("GET", f"/pipelines/{pipeline['id']}/stages")
    assert set(answer) == {"stages", "codePipelines"}
    assert [(stage["name"], stage["environmentId"]) for stage in answer["stages"]] == [
        ("dev", environments["dev"]),
        ("test", environments["dev"]),
        ("prod", environments["prod"]),
    ]
    for stage in answer["stages"]:
        members = {
            "name",
            "environmentId",
            "environmentLabel",
            "accountId",
            "region",
            "branch",
            "codePipeline",
            "status",
            "changedAt",
            "executionId",
            "error",
            "closed",
            "approval",
            "deployed",
            "incoming",
            "consoleUrl",
        }
        assert set(stage) == members
        region = "eu-west-1"
        label = "prod" if stage["name"] == "prod" else "dev"
        assert (stage["environmentLabel"], stage["region"]) == (label, region)
        assert stage["consoleUrl"] == (
            f"https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{stage['codePipeline']}/view?region={region}"
        )
    repository = pipeline["repositoryName"]
    gitflow = pipeline["strategy"] == "gitflow"
    expected = {name: (f"{repository}-{name}", branch) if gitflow else (repository, "main") for name, branch in SOURCE_BRANCHES.items()}
    assert {stage["name"]: (stage["codePipeline"], stage["branch"]) for stage in answer["stages"]} == expected
    assert [found["name"] for found in answer["codePipelines"]] == list(dict.fromkeys(name for name, _ in expected.values()))


def test_source_and_build_are_told_apart_from_the_stages(alice, platform, pipeline):
    def source_is_read():
        found = alice.call("GET", f"/pipelines/{pipeline['id']}/stages")["codePipelines"]
        return all(one["steps"][0]["status"] == "SUCCEEDED" for one in found) and found

    for found in wait_for(source_is_read, "the end of the source"):
        steps = {"cdk-trunk": ["Source", "Build", "UpdatePipeline"]}.get(pipeline["strategy"], ["Source"])
        assert [step["name"] for step in found["steps"]] == steps
        assert found["commitId"] == platform.head(pipeline)
        assert in_order(pipeline["createdAt"], found["steps"][0]["changedAt"])


@pytest.mark.parametrize("strategy", ["trunk", "gitflow"])
def test_an_approval_that_waits_is_shown_until_a_person_answers(alice, platform, environments, strategy):
    """Before the first stage: the local AWS runs no builds. In cdk-trunk one comes before any approval."""
    stages = [{"name": "dev", "environmentId": environments["dev"], "manualApproval": True}]
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy=strategy, stages=stages)))

    def dev() -> dict:
        return alice.call("GET", f"/pipelines/{pipeline['id']}/stages")["stages"][0]

    waiting = wait_for(lambda: (found := dev())["status"] == "WAITING_FOR_APPROVAL" and found, "the approval")
    message = waiting["approval"]["message"]
    assert message and platform.commit_message(pipeline).startswith(message)
    run = {"runId": waiting["executionId"], "commitId": platform.head(pipeline), "message": message}
    expected = {"stageName": "Approve-dev", "actionName": "Approve", "waitingSince": waiting["changedAt"], "team": "research"}
    assert waiting["approval"] == expected | run
    incoming = waiting["incoming"]
    assert incoming == run | {"since": incoming["since"], "stageName": "Approve-dev"}
    assert in_order(pipeline["createdAt"], incoming["since"], waiting["changedAt"])
    assert waiting["deployed"] is None
    codepipeline, name = platform.aws("codepipeline"), waiting["codePipeline"]
    states = {state["stageName"]: state for state in codepipeline.get_pipeline_state(name=name)["stageStates"]}
    [action] = states["Approve-dev"]["actionStates"]
    codepipeline.put_approval_result(
        pipelineName=name,
        stageName="Approve-dev",
        actionName="Approve",
        token=action["latestExecution"]["token"],
        result={"status": "Rejected", "summary": "Not on a Friday"},
    )
    rejected = dev()
    assert (rejected["status"], rejected["approval"], rejected["incoming"]) == ("FAILED", None, None)
    assert (rejected["error"]["actionName"], rejected["error"]["message"]) == ("Approve", "Not on a Friday")


def test_a_pipeline_that_has_just_been_asked_for_answers(alice, bob, environments):
    created = alice.call("POST", "/pipelines", definition(environments))
    path = f"/pipelines/{created['id']}/stages"
    answer = alice.request("GET", path)
    assert answer.status_code == 200
    assert [stage["name"] for stage in answer.json()["stages"]] == ["dev"]
    assert bob.request("GET", path).status_code == 404
    settled(alice, created)


def test_where_nothing_stands_yet_there_are_no_resources(alice, bob, environments, pipeline):
    path = f"/pipelines/{pipeline['id']}/stages/prod/resources"
    answer = alice.call("GET", path)
    assert (answer["environmentId"], answer["accountId"]) == (environments["prod"], "333333333333")
    assert answer["stackName"] == f"{pipeline['repositoryName']}-prod"
    assert (answer["status"], answer["resources"], answer["outputs"]) == (None, [], [])
    assert bob.request("GET", path).status_code == 404
    assert alice.request("GET", path.replace("prod", "nowhere")).status_code == 404


def test_a_stack_that_stands_is_shown_with_its_resources(platform, alice, pipeline):
    """Made as the account's owner would: the local AWS runs no builds."""
    name = f"{pipeline['repositoryName']}-prod"
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}},
        "Outputs": {"Topic": {"Value": {"Ref": "Topic"}, "Description": "Where it tells"}},
    }
    stacks = platform.aws("cloudformation", "333333333333")
    made = stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))["StackId"]
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    answer = alice.call("GET", f"/pipelines/{pipeline['id']}/stages/prod/resources")
    assert (answer["stackId"], answer["status"]) == (made, "CREATE_COMPLETE")
    [topic] = answer["resources"]
    assert (topic["logicalId"], topic["type"], topic["status"]) == ("Topic", "AWS::SNS::Topic", "CREATE_COMPLETE")
    assert answer["outputs"] == [{"key": "Topic", "value": topic["physicalId"], "description": "Where it tells"}]
    assert "cloudformation/home?region=eu-west-1#/stacks/stackinfo?stackId=arn%3Aaws" in answer["consoleUrl"]


def test_branches_are_listed_with_their_heads(platform, alice, bob, pipeline):
    path, codecommit = f"/pipelines/{pipeline['id']}/branches", platform.aws("codecommit")
    name, head = pipeline["repositoryName"], platform.head(pipeline)
    codecommit.create_branch(repositoryName=name, branchName="fix/one", commitId=head)
    found = {branch["name"]: branch for branch in alice.all(path)}
    assert {"main", "fix/one"} <= set(found)
    main = found["main"]
    assert (main["commitId"], main["message"]) == (head, platform.commit_message(pipeline))
    assert main["author"] and in_order(pipeline["createdAt"][:19] + "Z", main["committedAt"])
    gitflow = pipeline["strategy"] == "gitflow"
    assert main["stages"] == (["prod"] if gitflow else ["dev", "test", "prod"])
    assert found["fix/one"]["stages"] == []
    pages = [alice.call("GET", f"{path}?limit=1")]
    while token := pages[-1].get("nextToken"):
        pages.append(alice.call("GET", f"{path}?limit=1&nextToken={token}"))
    assert [branch["name"] for page in pages for branch in page["items"]] == sorted(found)
    assert bob.request("GET", path).status_code == 404


def test_what_is_not_there_is_not_deployed(alice, platform, pipeline):
    names = {stage["codePipeline"] for stage in alice.call("GET", f"/pipelines/{pipeline['id']}/stages")["stages"]}
    for name in names:
        platform.aws("codepipeline").delete_pipeline(name=name)
    answer = alice.call("GET", f"/pipelines/{pipeline['id']}/stages")
    assert [stage["status"] for stage in answer["stages"]] == ["NOT_DEPLOYED"] * 3
    assert all(stage["error"] is stage["approval"] is stage["changedAt"] is None for stage in answer["stages"])
    assert [found["name"] for found in answer["codePipelines"]] == sorted(names, key=[s["codePipeline"] for s in answer["stages"]].index)
    assert all(found["steps"] == [] and found["commitId"] is None for found in answer["codePipelines"])
