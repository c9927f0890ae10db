"""What a legal request may be answered with: more than schemathesis knows, and less than it lets pass. And what it cannot do by itself."""

import re

import schemathesis

# What the document allows and only the platform can refuse as bad input: where, what the answer says of it, and why the document
# cannot say it. Anything else that is refused is a fault: of the document or of the API.
REFUSALS = {
    r"/nextToken": (r"nextToken of an earlier page|token that this API gave out", "places in lists are the platform's to name"),
    r"/cicdEnvironmentId|/stages/\d+/environmentId": (r".", "the environment does not exist, or the team may not use it"),
    r"/accountId": (r"platform's own account", "only the platform knows its account"),
    r"/stages/\d+/name": (r"is there already|must not be cicd", "names are told from each other, and one is taken"),
    r"/tags/.*": (
        r"reserved|itself gives|only in case|only letters, digits",
        "keys are told from each other and some are taken; no pattern says beyond ASCII what a letter is",
    ),
    r"/stage": (r"has no stage", "stages are those of the pipeline"),
    r"/description": (r"bytes of UTF-8", "the document counts characters"),
    r"/branch": (r"name of a branch", "git's rules for names are no regular expression"),
    r"/path": (r"without \. and \.\.|at most 4096 bytes", "no name is . or .., and the document counts characters"),
}
# A revision that is not the present one; a key that was sent with another request.
REFUSING = {403, 404, 409, 412, 422, 429}


@schemathesis.check
def legal_requests_are_refused_for_known_reasons_only(ctx, response, case) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    status = response.status_code
    if status < 400 or status >= 500 or status in REFUSING:
        return
    assert status == 400, f"a legal request was answered with {status}"
    unknown = [error for error in response.json().get("errors", [{"pointer": "", "detail": response.text}]) if not _is_known(error)]
    assert not unknown, f"a legal request was refused: {unknown}"


def _is_known(error: dict) -> bool:
    return any(re.fullmatch(at, error["pointer"], re.DOTALL) and re.search(says, error["detail"]) for at, (says, _) in REFUSALS.items())


@schemathesis.hook
def before_call(ctx, case, kwargs) -> None:
    """Takes out of a request what would have it refused before what it tries is looked at."""
    data = case.meta and case.meta.phase.data
    tried = getattr(data, "parameter", None)
    # schemathesis makes no header with a quotation mark: in place of an entity tag it sends 0, whatever it tries.
    if case.headers.get("If-Match") == "0" and tried != "If-Match":
        case.headers["If-Match"] = "*"
    # A place in a list that is made up, as all are in legal requests. Real ones are sent by the tests of lists.
    legal = case.meta is not None and case.meta.generation.mode.is_positive
    if "nextToken" in case.query and (legal or tried not in (None, "nextToken")):
        del case.query["nextToken"]


# Of the same kind, the name that is registered first counts.
@schemathesis.deserializer("text/yaml")
def template(ctx, response) -> str:
    """CloudFormation's templates have tags of their own, and the document says no more than that they are text."""
    return response.content.decode()
