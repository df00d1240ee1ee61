"""What must never stand in an error.log."""

import re
from pathlib import Path

# The second is the undefined behaviour sanitizer's.
_forbidden = re.compile(r"\[(alert|crit|emerg)\]|: runtime error: ")


class LogError(AssertionError):
    """A story left a line in error.log that no story may leave."""


def forbidden_lines(path, allow=()):
    """The [alert], [crit] and [emerg] lines that no regex of ALLOW finds."""
    path = Path(path)
    if not path.exists():
        return []
    return [line for line in path.read_text(errors="replace").splitlines()
            if _forbidden.search(line)
            and not any(re.search(pattern, line) for pattern in allow)]
