"""Inputs of `render`: a table of named ones, and random ones that are valid by construction."""

from __future__ import annotations

import copy
import random
from typing import Any

Configuration = dict[str, Any]

MAX_STAGES = 20
MAX_TAGS = 40
MAX_DESCRIPTION_BYTES = 1_000

HOSTILE_DESCRIPTION = (
    'He said "it\'s {x} and {{y}}"\n\tC:\\new\\table """ \'\'\' # -*- $ `rm -rf ~` ${Token[TOKEN.1]} #{Token[TOKEN.2]} '
    "%s \\N{BULLET} \\u0041 </script> <b>&amp; Größe 売上 🚀 e\u0301 \u202e\u2028\u2029\u200b\u00a0\ufeff \\"
)

BASE: Configuration = {
    "prefix": "dataall",
    "id": "k3j9x0ab",
    "name": "sales",
    "description": "Sales ingestion",
    "tags": {},
    "team": "research",
    "strategy": "cdk-trunk",
    "cicd": {"accountId": "111111111111", "region": "eu-west-1"},
    "stages": [
        {"name": "dev", "accountId": "222222222222", "region": "eu-west-1", "team": "research"},
        {"name": "prod", "accountId": "333333333333", "region": "eu-west-1", "team": "research"},
    ],
}


def stage(name: str, account: str = "222222222222", region: str = "eu-west-1", **more: Any) -> dict[str, Any]:
    return {"name": name, "accountId": account, "region": region, "team": "research", **more}


def based(**changes: Any) -> Configuration:
    return copy.deepcopy({**BASE, **changes})


def cicd(**changes: Any) -> dict[str, Any]:
    return {**BASE["cicd"], **changes}


MANY_STAGES = [
    stage(
        f"stage-{number}",
        account=f"{number:012}",
        region=("eu-west-1", "us-east-1", "ap-southeast-2")[number % 3],
        manualApproval=number % 4 == 0,
    )
    for number in range(1, MAX_STAGES + 1)
]

STRATEGIES = ("cdk-trunk", "trunk", "gitflow")

TABLE: dict[str, Configuration] = {
    "two-stages": BASE,
    "one-stage": based(stages=[stage("dev")]),
    "twenty-stages": based(stages=[stage(f"s{number}", account=f"{number:012}") for number in range(1, 21)]),
    "no-description": based(description=""),
    "hostile-description": based(description=HOSTILE_DESCRIPTION),
    "longest-description": based(description="売" * 333),
    "tags": based(tags={"cost-center": "42", "Zone": "a b", "_x": "1", "owner": "x@y.z", "99": "n", "1": "n"}),
    "tags-beside-the-platforms-own": based(tags={"TEAMS": "somebody else", "pipe": "p"}),
    "most-tags-any-script": based(
        tags={f"{word}{number}": "Größe 売上" for word in ("ключ", "clé", "鍵", "Ωmega", "key") for number in range(8)}
    ),
    "leading-zeros": based(cicd=cicd(accountId="000000000001"), stages=[stage("dev", "000000000002"), stage("prod", "012345678901")]),
    "all-in-the-cicd-account": based(stages=[stage("dev", "111111111111"), stage("prod", "111111111111", "us-east-1")]),
    "two-stages-one-environment": based(stages=[stage("dev"), stage("test")]),
    "one-environment-two-bootstraps": based(stages=[stage("dev"), stage("test", bootstrapQualifier="other")]),
    "other-region": based(stages=[stage("dev"), stage("prod", "333333333333", "us-east-1")]),
    "only-other-regions": based(stages=[stage("dev", region="us-east-1"), stage("prod", region="ap-northeast-1")]),
    "region-unknown-to-the-cdk": based(
        cicd=cicd(region="eu-west-9"), stages=[stage("dev", region="eu-west-9"), stage("prod", region="us-east-1")]
    ),
    "other-region-unknown-to-the-cdk": based(stages=[stage("dev"), stage("prod", region="us-north-7")]),
    "approval": based(stages=[stage("dev"), stage("prod", "333333333333", manualApproval=True)]),
    "approval-everywhere": based(
        stages=[
            stage("dev", manualApproval=True),
            stage("a--b-", manualApproval=True),
            stage("x9-9y", manualApproval=True),
        ]
    ),
    "approval-in-other-region": based(stages=[stage("dev"), stage("prod", region="us-east-1", manualApproval=True)]),
    "boundary-on-the-pipeline": based(cicd=cicd(permissionsBoundary="bounds/developer")),
    "boundary-on-a-stage": based(stages=[stage("dev", permissionsBoundary="arn:aws:iam::222222222222:policy/bound"), stage("prod")]),
    "qualifier-of-the-pipeline": based(cicd=cicd(bootstrapQualifier="platform1")),
    "qualifier-of-a-stage": based(stages=[stage("dev", bootstrapQualifier="team1"), stage("prod")]),
    "shortest-names": based(prefix="ab", name="ab", id="a0000000", stages=[stage("d"), stage("p")]),
    "longest-names": based(
        prefix="abcdefghijkl",
        name="n" * 32,
        id="zzzzzzzz",
        stages=[stage("abcdefghijklmnop", manualApproval=True), stage("abcdefghijklmnoq", region="ap-southeast-2")],
    ),
    "stages-that-differ-in-a-hyphen": based(stages=[stage("a"), stage("a-"), stage("a--"), stage("a-a", manualApproval=True)]),
    "stage-named-as-the-prefix": based(name="deploy-x", stages=[stage("dataall", manualApproval=True)]),
    "names-of-the-pipelines-own": based(
        name="pipeline", stages=[stage(name) for name in ("source", "build", "updatepipeline", "assets", "default")]
    ),
    "everything": based(
        description=HOSTILE_DESCRIPTION,
        tags={"cost-center": "42", "Ключ": "значение"},
        team="team_1.x+y=z@w-v",
        cicd=cicd(bootstrapQualifier="platform1", permissionsBoundary="bound"),
        stages=[
            stage("dev", "022222222222"),
            stage("test", "111111111111", "us-east-1", bootstrapQualifier="t1", permissionsBoundary="a/b"),
            stage("prod-eu", "333333333333", manualApproval=True),
            stage("prod-us", "333333333333", "us-east-1", manualApproval=True),
            stage("prod-ap", "333333333333", "ap-southeast-2", manualApproval=True),
        ],
    ),
    "every-setting-of-a-stage": based(
        stages=[
            stage("dev"),
            stage("prod", "333333333333", "us-east-1", bootstrapQualifier="team1", permissionsBoundary="a/b"),
        ]
    ),
    "main-and-production": based(
        stages=[
            stage("main"),
            stage("prod", "333333333333"),
            stage("production"),
            stage("prod-eu", manualApproval=False),
        ]
    ),
    "everything-twenty-times": based(description=HOSTILE_DESCRIPTION, tags={"cost-center": "42"}, stages=MANY_STAGES),
}


def with_strategy(configuration: Configuration, strategy: str) -> Configuration:
    return {**configuration, "strategy": strategy}


LOWER = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
REGIONS = (
    "eu-west-1",
    "eu-central-1",
    "us-east-1",
    "us-west-2",
    "ap-southeast-2",
    "sa-east-1",
    "ca-west-1",
    "eu-west-9",
)
TAG_CHARACTERS = LOWER + LOWER.upper() + DIGITS + "_.:/=+-@ " + "éßøŁжЯλΩ鍵売שא가ñ"
TEXT = (
    LOWER
    + LOWER.upper()
    + DIGITS
    + "'\"`\\{}[]()<>$%#&|;:,.!?*^~@=+-_/ \n\t" * 3
    + "éß\u0301\u00a0\u200b\u202e\u2028\u2029\ufeff売上🚀𝕏\U000e0041\ud7ff\ue000\ufffd"
)


def random_configuration(seed: str, strategy: str) -> Configuration:
    """A valid input of that strategy, the same for the same seed."""
    rng = random.Random(f"{seed}-{strategy}")
    accounts = ["".join(rng.choices(DIGITS, k=12)) for _ in range(rng.randint(1, 4))]
    regions = rng.sample(REGIONS, k=rng.randint(1, 4))
    return {
        "prefix": _words(rng, 2, 12),
        "id": rng.choice(LOWER) + "".join(rng.choices(LOWER + DIGITS, k=7)),
        "name": _words(rng, 2, 32),
        "description": _description(rng),
        "tags": _tags(rng),
        "team": _team(rng),
        "strategy": strategy,
        "cicd": _target(rng, accounts, regions),
        "stages": [
            {
                "name": name,
                **_target(rng, accounts, regions),
                "team": _team(rng),
                **rng.choice(({}, {}, {"manualApproval": False}, {"manualApproval": True})),
            }
            for name in _stage_names(rng, rng.choice((1, 2, 2, 3, 3, 4, 6, 10, MAX_STAGES)))
        ],
    }


def _words(rng: random.Random, shortest: int, longest: int) -> str:
    """Lower-case letters and digits with single hyphens inside."""
    length = rng.randint(shortest, longest)
    text = rng.choice(LOWER)
    while len(text) < length:
        may_be_hyphen = text[-1] != "-" and len(text) < length - 1
        text += rng.choice(LOWER + DIGITS + ("----" if may_be_hyphen else ""))
    return text


def _stage_names(rng: random.Random, count: int) -> list[str]:
    names: set[str] = set()
    while len(names) < count:
        name = rng.choice(LOWER) + "".join(rng.choices(LOWER + DIGITS + "---", k=rng.randint(0, 15)))
        names.add(rng.choice((name, name, "dev", "test", "prod")))
    names.discard("cicd")
    ordered = sorted(names)
    rng.shuffle(ordered)
    return ordered or ["dev"]


def _target(rng: random.Random, accounts: list[str], regions: list[str]) -> dict[str, str]:
    target = {"accountId": rng.choice(accounts), "region": rng.choice(regions)}
    if rng.random() < 0.2:
        target["bootstrapQualifier"] = "".join(rng.choices(LOWER + DIGITS, k=rng.randint(1, 10)))
    if rng.random() < 0.3:
        policy = "".join(rng.choices(LOWER + DIGITS + "_+=,.@-", k=rng.randint(1, 40)))
        target["permissionsBoundary"] = rng.choice(
            (
                policy,
                f"path/{policy}",
                f"arn:aws:iam::{target['accountId']}:policy/{policy}",
                "arn:aws:iam::aws:policy/PowerUserAccess",
            )
        )
    return target


def _team(rng: random.Random) -> str:
    return rng.choice(LOWER + DIGITS) + "".join(rng.choices(LOWER + LOWER.upper() + DIGITS + "_.+=@-", k=rng.randint(0, 63)))


def _description(rng: random.Random) -> str:
    text = "".join(rng.choices(TEXT, k=rng.choice((0, 10, 50, 200, 900))))
    return text.encode()[:MAX_DESCRIPTION_BYTES].decode(errors="ignore")


def _tags(rng: random.Random) -> dict[str, str]:
    tags: dict[str, str] = {}
    for _ in range(rng.choice((0, 0, 1, 3, 10, MAX_TAGS))):
        key = "".join(rng.choices(TAG_CHARACTERS, k=rng.choice((1, 2, 3, 10, 128))))
        reserved = key.lower().startswith(("aws:", "aws-cdk:", "dataall:")) or key.lower() in ("team", "pipeline")
        if not reserved and key.lower() not in {other.lower() for other in tags}:
            tags[key] = "".join(rng.choices(TAG_CHARACTERS, k=rng.choice((1, 10, 256))))
    return tags
