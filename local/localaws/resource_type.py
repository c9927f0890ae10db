"""What makes a CloudFormation resource type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class ResourceType:
    """How CloudFormation makes, changes and deletes a resource: each answers its physical id and attributes.

    `replacing_properties` are those whose change makes a new resource; a `tagged` type takes the stack's tags.
    """

    create: Callable[[str, Properties, str], Made]
    update: Callable[[str, Properties, Properties, str, str], Made]
    delete: Callable[[str, Properties], None]
    replacing_properties: tuple[str, ...]
    tagged: bool
