"""What must be true whatever goes wrong: everything ends, records agree with the world, nothing is there twice, failures are named."""

import json
import re
from pathlib import Path

import requests
from scenarios import Subject
from world import ENDS, PLATFORM_ACCOUNT, ROOT, World, plain

# A problem document's members; `instance` is the request's id.
_PROBLEM = ("type", "title", "status", "detail")
_NAMED = re.compile(r"^\| `([A-Za-z.*]+)` \|", re.MULTILINE)


def error_names(document: Path = ROOT / "docs/operations.md") -> list[str]:
    """The names of errors that the operators' guide explains; some end in a star."""
    text = document.read_text()
    return _NAMED.findall(text[text.index("## Errors") : text.index("## Run it again")])


NAMES = error_names()


def is_named(error: str) -> bool:
    return any(error == name or (name.endswith("*") and error.startswith(name[:-1])) for name in NAMES)


def is_to_be_sent_again(got: requests.Response) -> bool:
    """Whether the answer says that it is not the client's fault: the same request may do later."""
    return got.status_code >= 500 or got.status_code == 429


def answer(got: requests.Response) -> list[str]:
    """An answer is a success, or a problem document that says that it is not the client's fault."""
    if got.ok:
        return []
    try:
        problem = got.json()
    except ValueError:
        problem = {}
    if not is_to_be_sent_again(got):
        return [f"answer: {got.status_code} {problem.get('title')}: {problem.get('detail')}"]
    kind = got.headers.get("Content-Type", "")
    if not kind.startswith("application/problem+json") or [name for name in _PROBLEM if name not in problem]:
        return [f"answer: {got.status_code} is no problem document but {kind} {got.text[:200]!r}"]
    if problem["status"] != got.status_code:
        return [f"answer: {got.status_code} says that it is {problem['status']}"]
    if got.status_code == 429 and "Retry-After" not in got.headers:
        return ["answer: 429 does not say when to come again"]
    return []


def failure(subject: Subject, record: dict, expected: str | None = None) -> list[str]:
    """A failure has a stable name, and says which call mends it, or which command of the account's owner."""
    last = record.get("lastDeployment") or {}
    told = last.get("failure") or {}
    error, cause = told.get("error", ""), told.get("cause", "")
    wrong = []
    if last.get("status") != "FAILED":
        wrong.append(f"named: the record is FAILED, its last deployment {last.get('status')}")
    if not is_named(error):
        wrong.append(f"named: the error {error!r} is not in docs/operations.md")
    if error == expected:
        return wrong if "Run: " in cause else [*wrong, f"named: {error}: the cause names no command: {cause!r}"]
    if error == "FailureNotRecorded":
        wrong.append(f"named: the record does not say why: {cause!r}")
    again = "delete" if last.get("kind") == "DELETE" else "deploy"
    if not re.search(rf"\b{again}\b.*\bagain\b|\b(DELETE|POST) /pipelines/", cause, re.IGNORECASE):
        wrong.append(f"named: {error}: the cause does not say to {again} again: {cause!r}")
    return wrong


def deployments(subject: Subject, record: dict, most: int) -> list[str]:
    """Each deployment has ended, as its execution has, and was announced; there are `most` new ones at most."""
    world, wrong = subject.world, []
    rows = [row for row in world.rows(subject.id) if row["sk"].startswith("DEPLOYMENT#")]
    new = [row for row in rows if row["id"] not in subject.deployments]
    if not 1 <= len(new) <= most:
        told = ", ".join(f"{row['kind']} r{row['revision']} {row['status']}" for row in new)
        wrong.append(f"once: {len(new)} deployments were recorded for {most} requests: {told}")
    for row in new:
        execution = world.execution({"name": subject.name, "id": subject.id}, row)
        of = f"the deployment {row['id']} (r{row['revision']})"
        not_started = (row.get("failure") or {}).get("error") == "WorkflowNotStarted"
        if row["status"] not in ("SUCCEEDED", "FAILED") or "endedAt" not in row:
            wrong.append(f"ended: {of} is {row['status']} for ever")
            continue
        if execution is None:
            if not not_started:
                wrong.append(f"agrees: {of} is {row['status']} and has no execution")
            continue
        well = execution["status"] == "SUCCEEDED"
        if well != (row["status"] == "SUCCEEDED"):
            told = execution.get("error"), execution["status"]
            wrong.append(f"agrees: {of} is {row['status']} {row.get('failure', '')}, its execution {told}")
        kind = "DELETED" if (row["kind"], row["status"]) == ("DELETE", "SUCCEEDED") else row["status"]
        if not world.announced(row["id"], ENDS[kind]):
            wrong.append(f"announced: {of} is {row['status']}, and nothing but {world.ends[row['id']]} was announced")
    subject.deployments |= {row["id"] for row in rows}
    return wrong


def deployed(subject: Subject) -> list[str]:
    """The pipeline stands as it is to be: record, repository, stack and CodePipelines."""
    world = subject.world
    got = subject.plainly("GET")
    if not got.ok:
        return [f"agrees: GET answers {got.status_code} {got.text[:200]}"]
    record, wrong = got.json(), []
    state = record["status"], record["revision"], record.get("deployedRevision")
    if state != ("DEPLOYED", subject.revision, subject.revision):
        why = record["lastDeployment"].get("failure")
        wrong.append(f"agrees: the record is {state}, not DEPLOYED at {subject.revision}: {why}")
    if record.get("activeDeployment") or record["lastDeployment"]["status"] != "SUCCEEDED":
        wrong.append(f"agrees: the record's last deployment is {record['lastDeployment']}")
    wrong += repository(subject)
    stacks = world.stacks(record["stackName"])
    if [(stack["StackId"], stack["StackStatus"] in COMPLETE) for stack in stacks] != [(record.get("stackId"), True)]:
        found = [(stack["StackId"], stack["StackStatus"]) for stack in stacks]
        wrong.append(f"agrees: the record's stack is {record.get('stackId')}, there is {found}")
    elif subject.stack_id != record["stackId"]:
        subject.stack_id = record["stackId"]
        subject.buckets |= set(world.buckets(record["stackId"]))
    return wrong + code_pipelines(subject)


COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def repository(subject: Subject) -> list[str]:
    """Each change is one commit of the platform, and what developers pushed is there."""
    world, wrong = subject.world, []
    for branch in subject.branches:
        trailers = world.deployments_of_commits(subject.repository, branch)
        if len(trailers) != subject.commits or len(set(trailers)) != len(trailers):
            wrong.append(f"once: {branch} has {len(trailers)} commits of the platform, not {subject.commits}: {trailers}")
        rendered = world.file(subject.repository, branch, "ddk.json")
        if repeated := twice_in(rendered):
            wrong.append(f"once: {branch}: ddk.json has {repeated} twice")
        elif missing := {stage["name"] for stage in subject.stages} - json.loads(rendered)["environments"].keys():
            wrong.append(f"agrees: {branch}: ddk.json lacks {missing}")
    wrong += [
        f"agrees: the push {path} on {branch} is gone" for branch, path in subject.pushed if not world.has(subject.repository, branch, path)
    ]
    return wrong


def twice_in(text: str) -> list[str]:
    """Names that an object of the JSON text has twice."""
    repeated: list[str] = []

    def pairs(members: list[tuple[str, object]]) -> dict:
        names = [name for name, _ in members]
        repeated.extend(name for name in set(names) if names.count(name) > 1)
        return dict(members)

    json.loads(text, object_pairs_hook=pairs)
    return repeated


def code_pipelines(subject: Subject) -> list[str]:
    """There are the CodePipelines that the strategy asks for, with the stages that are wanted."""
    wanted = [stage["name"] for stage in subject.stages]
    name = subject.repository
    if subject.strategy == "gitflow":
        expected = {f"{name}-{stage}": ["Source", f"Approve-{stage}", f"Deploy-{stage}"] for stage in wanted}
    elif subject.strategy == "trunk":
        expected = {name: ["Source", *(part for stage in wanted for part in (f"Approve-{stage}", f"Deploy-{stage}"))]}
    else:
        # It updates itself by a build, which does not run here.
        expected = {name: None}
    found = subject.world.code_pipelines([name, *(f"{name}-{stage}" for stage in ("dev", "test", "prod"))])
    if found.keys() == expected.keys() and all(stages in (None, found[one]) for one, stages in expected.items()):
        return []
    return [f"agrees: the CodePipelines are {found}, not {expected}"]


def gone(subject: Subject, *, with_repository: bool) -> list[str]:
    """Nothing is left of the pipeline but what expires, and its repository unless that was to go."""
    world, wrong = subject.world, []
    got = subject.plainly("GET")
    if got.status_code != 404:
        wrong.append(f"orphans: GET answers {got.status_code} {got.text[:300]}")
    rows = world.rows(subject.id)
    if lasting := [row["sk"] for row in rows if "expiresAt" not in row]:
        wrong.append(f"orphans: rows that do not expire: {lasting}")
    if stacks := world.stacks(f"dataall-pipeline-{subject.name}-{subject.id}"):
        wrong.append(f"orphans: stacks: {[(stack['StackName'], stack['StackStatus']) for stack in stacks]}")
    if left := [bucket for bucket in subject.buckets if world.is_there(bucket)]:
        wrong.append(f"orphans: buckets: {left}")
    if left := list(world.code_pipelines([subject.repository, *(f"{subject.repository}-{one}" for one in ("dev", "test", "prod"))])):
        wrong.append(f"orphans: CodePipelines: {left}")
    if world.repository(subject.repository).exists() == with_repository:
        wrong.append(f"agrees: the repository is {'still there' if with_repository else 'gone'}")
    return wrong


def lists(world: World, pipelines: set[str]) -> list[str]:
    """At the end of a sweep: rows that still name pipelines that are gone, and do not expire: those of lists."""
    pages = world.client("dynamodb", PLATFORM_ACCOUNT).get_paginator("scan").paginate(TableName=world.stack["tableName"])
    keys = {(item["pk"]["S"], item["sk"]["S"]): plain(item) for page in pages for item in page["Items"]}
    alive = {one for one in pipelines if keys.get((f"PIPELINE#{one}", "PIPELINE"), {"status": "DELETED"})["status"] != "DELETED"}
    lasting = [key for key, row in keys.items() if "expiresAt" not in row]
    return [f"orphans: the row {pk} {sk}" for pk, sk in lasting if set(re.findall(r"[a-z0-9]+", f"{pk} {sk}")) & (pipelines - alive)]
