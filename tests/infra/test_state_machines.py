"""What holds for both state machines: their linters, and how errors are retried."""

import json
import re
import subprocess

import pytest
from machines import (
    CUT_SHORT,
    EVENTS,
    LAMBDA,
    RECORDING,
    TRANSIENT,
    WORKFLOW,
    all_states,
    first_retrier,
    levels,
    matches,
    steps_of,
    successors,
    tasks_of,
)
from statelint.linter import Linter

# Each with its resource in the template.
MACHINES = {"statemachine.asl.json": "StateMachine", "infra/redeployment.asl.json": "RedeploymentStateMachine"}

# What statelint does not know yet of Step Functions' distributed Map; asl-validator knows them, and each is documented:
# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html (Label) and
# https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html (ReaderConfig).
UNKNOWN_TO_STATELINT = {
    'Field "Label" not allowed in State Machine.States.DeployPipelines',
    'Field "InputType" not allowed in State Machine.States.DeployPipelines.ItemReader.ReaderConfig',
    'Field "Transformation" not allowed in State Machine.States.DeployPipelines.ItemReader.ReaderConfig',
}


@pytest.fixture(scope="module", params=MACHINES)
def file(request):
    return request.param


@pytest.fixture(scope="module")
def machine(file, repository):
    return json.loads((repository / file).read_text())


@pytest.fixture(scope="module")
def resource(file, platform):
    return platform["Resources"][MACHINES[file]]["Properties"]


@pytest.fixture(scope="module")
def work(machine):
    return {name: task for name, task in steps_of(machine).items() if name not in RECORDING}


def test_the_template_deploys_this_file(file, resource, repository):
    assert (repository / "infra" / resource["DefinitionUri"]).resolve() == repository / file


def test_asl_validator_accepts_it(file, repository):
    command = repository / ".tools/node/node_modules/.bin/asl-validator"
    result = subprocess.run([command, "--json-path", repository / file], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_statelint_accepts_it_as_it_is_deployed(file, repository, resource, machine):
    """With the substitutions of the template filled in: each that the file names is given, and no other."""
    text = (repository / file).read_text()
    for name in resource["DefinitionSubstitutions"]:
        assert "${" + name + "}" in text, f"{name} is given by the template and not used"
        text = text.replace("${" + name + "}", f"arn:aws:lambda:eu-west-1:111111111111:function:{name}")
    assert "${" not in text
    unknown = UNKNOWN_TO_STATELINT if any(s["Type"] == "Map" for s in machine["States"].values()) else set()
    assert set(Linter.validate(json.loads(text))) == unknown


def test_each_step_calls_the_function_of_its_name(machine, resource):
    for name, task in tasks_of(machine).items():
        if task["Resource"] not in (EVENTS, WORKFLOW):
            assert task["Resource"] == "${" + name + "FunctionArn}"
            arn = resource["DefinitionSubstitutions"][f"{name}FunctionArn"]
            assert arn == {"Fn::GetAtt": [f"{name}Function", "Arn"]}


def test_every_state_is_reachable_and_leads_to_an_end(machine):
    for level in levels(machine):
        states, reached, open_ = level["States"], set(), [level["StartAt"]]
        while open_:
            name = open_.pop()
            if name not in reached:
                reached.add(name)
                open_.extend(successors(states[name]))
        assert reached == set(states)
        for name, state in states.items():
            assert state["Type"] in ("Succeed", "Fail") or list(successors(state)), f"{name} leads nowhere"


def test_everything_says_what_it_is_for(machine):
    assert machine["Comment"]
    assert all(state.get("Comment") for state in all_states(machine).values())


def test_transient_errors_are_retried_by_their_own_retrier(machine):
    for name, task in steps_of(machine).items():
        for error in TRANSIENT:
            assert first_retrier(task, error)["ErrorEquals"] == TRANSIENT, (name, error)
        for error in LAMBDA:
            assert first_retrier(task, error)["ErrorEquals"] == LAMBDA, (name, error)


def test_a_step_that_was_cut_short_is_tried_again(work):
    for name, task in work.items():
        for error in CUT_SHORT:
            assert first_retrier(task, error)["ErrorEquals"] == CUT_SHORT, (name, error)


def test_what_a_person_must_fix_is_not_retried(work, lasting):
    for name, task in work.items():
        for error in lasting:
            assert first_retrier(task, error) is None, (name, error)


def test_no_retrier_hides_another(machine):
    for name, task in tasks_of(machine).items():
        for index, retrier in enumerate(task["Retry"]):
            for error in retrier["ErrorEquals"]:
                assert not any(matches(earlier["ErrorEquals"], error) for earlier in task["Retry"][:index]), (
                    f"{name}: {error} never reaches its retrier"
                )


def test_retries_back_off_with_jitter(machine):
    for name, state in all_states(machine).items():
        for retrier in state.get("Retry", []):
            assert retrier["BackoffRate"] > 1, name
            assert retrier["JitterStrategy"] == "FULL", name
            assert retrier["IntervalSeconds"] < retrier["MaxDelaySeconds"] <= 60, name


def test_equal_steps_are_retried_equally(work):
    assert len({json.dumps(task["Retry"]) for task in work.values()}) == 1


def test_a_task_outlives_its_function(machine, platform):
    """So that a slow function ends with its own error, and `States.Timeout` means that Lambda has lost it."""
    default = platform["Globals"]["Function"]["Timeout"]
    for name, task in steps_of(machine).items():
        timeout = platform["Resources"][f"{name}Function"]["Properties"].get("Timeout", default)
        assert timeout + 10 <= task["TimeoutSeconds"] <= 120, name


def test_it_is_logged_and_traced(resource):
    assert resource["Type"] == "STANDARD"
    assert (resource["Logging"]["Level"], resource["Logging"]["IncludeExecutionData"]) == ("ALL", True)
    assert resource["Tracing"]["Enabled"] is True


def test_every_step_is_a_state_of_one_machine(repository, functions):
    steps = [steps_of(json.loads((repository / file).read_text())) for file in MACHINES]
    assert sorted(name for names in steps for name in names) == sorted(f.state for f in functions.values() if f.state)


def test_the_design_names_every_state(repository):
    """In the tables of docs/architecture.md, or drawn; choices are its arrows."""
    words = set(re.findall(r"\w+", (repository / "docs/architecture.md").read_text()))
    for file in MACHINES:
        states = all_states(json.loads((repository / file).read_text()))
        drawn = {name for name, state in states.items() if state["Type"] not in ("Choice", "Succeed")}
        assert drawn - {"UnknownProgress", "UnknownAnswer", "FailureNotRecorded"} <= words, drawn - words
