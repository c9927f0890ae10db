"""Times as the API writes them: RFC 3339, without zeros at the end, so that they do not sort as text."""

import itertools
from datetime import datetime


def in_order(*times: str) -> bool:
    """Whether no time is before the one to its left."""
    return all(earlier <= later for earlier, later in itertools.pairwise(map(datetime.fromisoformat, times)))
