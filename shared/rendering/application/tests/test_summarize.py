"""The function of the application, on a bucket in memory."""

import importlib
import io
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class MemoryS3:
    """As much of boto3's client as the function uses."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        assert ContentType == "application/json"
        self.objects[Bucket, Key] = Body


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def function(s3: MemoryS3, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client={"s3": s3}.get))
    monkeypatch.delitem(sys.modules, "ddk_app.summarize", raising=False)
    return importlib.import_module("ddk_app.summarize")


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        ("city,amount\nBern,7\nLyon,5\n", ["city", "amount"], 2),
        ("\ufeffcity,amount\r\nBern,7", ["city", "amount"], 1),
        ('note\n"one\nnote"\n\n', ["note"], 1),
        ("city,amount\n", ["city", "amount"], 0),
        ("", [], 0),
    ],
    ids=["plain", "as-spreadsheets-export", "a-line-break-in-quotes", "no-rows", "empty"],
)
def test_a_file_gets_a_summary(content: str, columns: list[str], rows: int, s3: MemoryS3, function: ModuleType) -> None:
    s3.objects["data", "incoming/2026/sales.csv"] = content.encode()
    event = {"detail": {"bucket": {"name": "data"}, "object": {"key": "incoming/2026/sales.csv"}}}
    answer = function.handler(event, None)
    assert answer == {"source": "incoming/2026/sales.csv", "columns": columns, "rows": rows}
    assert json.loads(s3.objects["data", "summaries/2026/sales.json"]) == answer
