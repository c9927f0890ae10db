"""All pipelines of all accounts and regions."""

import threading

from ..json_service import AwsError
from .definitions import with_defaults
from .pipeline import Pipeline
from .structure import check_structure


class Pipelines:
    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str, str], Pipeline] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            gone = list(self._by_key.values())
            self._by_key.clear()
        for pipeline in gone:
            pipeline.close()

    def create(self, account: str, region: str, declaration: dict, tags: dict[str, str], creator: str) -> Pipeline:
        """A new pipeline, whose first execution starts at once, as on AWS."""
        check_structure(declaration, region)
        name = declaration["name"]
        with self._lock:
            if (account, region, name) in self._by_key:
                raise AwsError(
                    "PipelineNameInUseException",
                    f"A pipeline with the name '{name}' already exists in account '{account}'",
                )
            created = Pipeline(account, region, name, tags)
            created.declare(with_defaults(declaration, version=1))
            self._by_key[account, region, name] = created
        created.start("CreatePipeline", creator)
        return created

    def update(self, account: str, region: str, declaration: dict) -> Pipeline:
        pipeline = self.get(account, region, declaration["name"])
        check_structure(declaration, region)
        with pipeline.lock:
            pipeline.declare(with_defaults(declaration, version=pipeline.declaration["version"] + 1))
        return pipeline

    def get(self, account: str, region: str, name: str) -> Pipeline:
        found = self.find(account, region, name)
        if found is None:
            raise AwsError("PipelineNotFoundException", f"Account '{account}' does not have a pipeline with name '{name}'")
        return found

    def find(self, account: str, region: str, name: str) -> Pipeline | None:
        return self._by_key.get((account, region, name))

    def by_arn(self, arn: str) -> Pipeline | None:
        parts = arn.split(":")
        return self.find(parts[4], parts[3], parts[5]) if len(parts) == 6 and parts[2] == "codepipeline" else None

    def in_region(self, account: str, region: str) -> list[Pipeline]:
        return [p for (a, r, _), p in sorted(self._by_key.items()) if (a, r) == (account, region)]

    def delete(self, account: str, region: str, name: str) -> None:
        """A pipeline that is absent is no error."""
        with self._lock:
            pipeline = self._by_key.pop((account, region, name), None)
        if pipeline:
            pipeline.close()


PIPELINES = Pipelines()
