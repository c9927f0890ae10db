"""Which cells there are, which of them a sample takes, and what the judges notice."""

import json

import cells
import judging
import pytest
import requests
import table
from cells import Cell, Way
from proxy import Call, Fault, Made

PUT, GET, AGAIN = Call("prepare", "s3:PutObject", 1), Call("prepare", "dynamodb:GetItem", 1), Call("prepare", "dynamodb:GetItem", 2)


def made(*calls: tuple[str, str, int, str]) -> list[Made]:
    return [Made(Call(function, operation, nth), invocation) for function, operation, nth, invocation in calls]


def answered(status: int, body: object, **headers: str) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer._content = status, json.dumps(body).encode()
    answer.headers.update({"Content-Type": "application/problem+json"} | headers)
    return answer


class TestRecordings:
    def test_invocations_that_do_the_same_again_are_left_out(self):
        polls = [("check-stack", "sts:AssumeRole", 1, "a"), ("check-stack", "cloudformation:DescribeStacks", 1, "a")]
        polls += [("check-stack", "cloudformation:DescribeStacks", 2, "b"), ("check-stack", "cloudformation:DescribeStacks", 3, "c")]
        found = [str(call) for _, call in cells.calls_of([made(*polls), made(*polls)])]
        assert found == [
            "check-stack sts:AssumeRole#1",
            "check-stack cloudformation:DescribeStacks#1",
            "check-stack cloudformation:DescribeStacks#2",
        ]

    def test_what_one_recording_lacks_and_what_only_reads_is_left_out(self):
        one = made(("prepare", "s3:PutObject", 1, "a"), ("prepare", "s3:PutObject", 2, "a"), ("get-pipeline", "dynamodb:GetItem", 1, "b"))
        assert [call for _, call in cells.calls_of([one, one[:1]])] == [PUT]

    def test_tries_of_the_sdk_are_one_call(self):
        one = made(("prepare", "s3:PutObject", 1, "a"), ("prepare", "s3:PutObject", 1, "a"))
        assert cells.calls_of([one]) == [(Way("prepare", frozenset({("s3:PutObject", 1)})), PUT)]


class TestPlan:
    def test_every_fault_comes_once_and_always(self):
        planned = cells.cells_of("create", "trunk", [PUT])
        assert {(cell.fault, cell.always) for cell in planned} == {
            *((fault, False) for fault in Fault),
            *((fault, True) for fault in (*cells.ONCE, Fault.KILLED_AFTER)),
        }

    def test_a_call_that_only_reads_and_one_that_comes_again_have_less(self):
        planned = cells.cells_of("create", "trunk", [GET, AGAIN])
        assert Cell("create", "trunk", GET, Fault.KILLED_AFTER, always=True) not in planned
        assert [cell.fault for cell in planned if cell.call == AGAIN] == [Fault.LOST, Fault.KILLED_AFTER]

    def test_the_same_way_is_tried_once_for_one_pipeline_and_once_for_many(self):
        way = [(Way("start-executions", frozenset({("states:StartExecution", 1)})), Call("start-executions", "states:StartExecution", 1))]
        planned = cells.plan({("create", "trunk"): way, ("edit", "trunk"): way, ("redeploy many", "trunk"): way})
        assert {cell.scenario for cell in planned} == {"create", "redeploy many"}

    def test_a_sample_has_each_call_and_each_fault_and_depends_on_the_seed(self):
        calls = [Call("prepare", f"s3:Put{number}", 1) for number in range(10)]
        planned = cells.cells_of("create", "trunk", calls)
        sample = cells.sampled(planned, 30, "7")
        assert len(set(sample)) == 30
        assert {cell.call for cell in sample} == set(calls)
        assert {(cell.fault, cell.always) for cell in sample} == {(cell.fault, cell.always) for cell in planned}
        assert cells.sampled(planned, 30, "7") == sample != cells.sampled(planned, 30, "8")


PROBLEM = {"type": "urn:problem", "title": "Unavailable", "status": 503, "detail": "try again"}


class TestJudges:
    @pytest.mark.parametrize(
        ("answer", "noticed"),
        [
            (answered(201, {"id": "abc"}), False),
            (answered(503, PROBLEM), False),
            (answered(429, PROBLEM | {"status": 429}, **{"Retry-After": "1"}), False),
            (answered(429, PROBLEM | {"status": 429}), True),
            (answered(409, PROBLEM | {"status": 409}), True),
            (answered(502, {"message": "Internal server error"}), True),
            (answered(502, PROBLEM, **{"Content-Type": "application/json"}), True),
            (answered(502, PROBLEM), True),
        ],
    )
    def test_an_answer_is_a_success_or_says_that_it_is_worth_another_try(self, answer, noticed):
        assert bool(judging.answer(answer)) is noticed

    def test_errors_are_those_of_the_guide(self):
        assert {"RepositoryConflict", "WorkflowNotStarted", "Sandbox.Timedout"} <= set(judging.NAMES)
        assert judging.is_named("Lambda.TooManyRequestsException")
        assert not judging.is_named("")
        assert not judging.is_named("Oops")

    def test_a_member_that_is_there_twice_is_noticed_however_deep(self):
        assert judging.twice_in('{"a": {"prod": 1, "dev": 2, "prod": 3}, "b": 1}') == ["prod"]
        assert judging.twice_in('{"a": {"prod": 1}, "b": {"prod": 1}}') == []

    def test_a_row_of_a_list_that_names_a_pipeline_that_is_gone_is_noticed(self):
        def row(pk: str, sk: str, **more: str) -> dict:
            return {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **more}.items()}

        gone = row("PIPELINE#k3j9x0ab", "PIPELINE", status="DELETED", expiresAt="1")
        alive = row("PIPELINE#x1y2z3w4", "PIPELINE", status="DEPLOYED")
        listed = row("TEAM#research", "PIPELINE#x1y2z3w4")
        left = row("TEAM#research", "PIPELINE#k3j9x0ab")
        known = {"k3j9x0ab", "x1y2z3w4"}
        assert judging.lists(Table([gone, alive, listed]), known) == []
        assert judging.lists(Table([gone, alive, listed, left]), known) == ["orphans: the row TEAM#research PIPELINE#k3j9x0ab"]


class Table:
    """A world that is nothing but a table with these rows."""

    stack = {"tableName": "table"}  # noqa: RUF012

    def __init__(self, rows: list[dict]) -> None:
        self.rows = rows

    def client(self, *_: str) -> "Table":
        return self

    def get_paginator(self, _: str) -> "Table":
        return self

    def paginate(self, **_: str) -> list[dict]:
        return [{"Items": self.rows}]


def test_the_table_counts_what_was_tried_and_what_failed():
    def result(fault: str, *violations: str, applied: int = 1) -> dict:
        of = {"scenario": "create", "strategy": "trunk", "function": "prepare", "operation": "s3:PutObject"}
        return of | {"fault": fault, "violations": violations, "applied": applied}

    results = [result("500"), result("500", "ended: no"), result("late"), result("twice", applied=0)]
    assert table.tables({"planned": 1234, "results": results}).startswith("3 cells, a sample of 1,234; 1 failed.\n")
    written = table.tables({"planned": 4, "results": results})
    assert written.startswith("3 cells; 1 failed.\n")
    assert "| create | 3 |\n" in written
    assert "| `prepare` | s3:PutObject |  | 2, **1 failed** |  |  |  | 1 |  |  |  |\n" in written
