"""The API's OpenAPI document: a valid one, and of the calls that the platform's template routes."""

import json

import openapi_spec_validator

METHODS = {"get", "post", "put", "patch", "delete"}


def document(repository):
    return json.loads((repository / "docs/openapi.json").read_text())


def test_the_document_is_valid_openapi(repository):
    openapi_spec_validator.validate(document(repository))


def test_the_document_describes_the_routes_of_the_template(repository, functions):
    described = {(method.upper(), path) for path, item in document(repository)["paths"].items() for method in item if method in METHODS}
    assert described == {function.route for function in functions.values() if function.route}
