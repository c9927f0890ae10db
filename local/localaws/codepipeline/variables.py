"""Variables in an action's configuration: `#{namespace.name}`.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

import json
import re

from .failures import ActionFailed

_REFERENCE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\}")


def resolved(configuration: dict[str, str], known: dict[str, dict[str, str]]) -> dict[str, str]:
    """The configuration with the values of its variables."""

    def value(text: str) -> str:
        is_json = text.lstrip().startswith(("[", "{"))

        def one(match: re.Match) -> str:
            namespace, name = match.groups()
            if name not in known.get(namespace, {}):
                raise ActionFailed("ConfigurationError", f"The variable {match[0]} has no value in this execution.")
            found = known[namespace][name]
            return json.dumps(found)[1:-1] if is_json else found

        return _REFERENCE.sub(one, text)

    return {name: value(text) for name, text in configuration.items()}
