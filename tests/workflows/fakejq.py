"""jq's two programs that the workflows use, for a machine without jq. Any other is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ONE_TENANT = 'map(select($only == "" or .tenant == $only))'


def main(args):
    """Print the result, return the exit code."""
    only = ""
    if args[:3] == ["-c", "--arg", "only"]:
        only, args = args[3], ["-c", *args[4:]]
    if len(args) != 3 or args[0] != "-c" or args[1] not in (".", ONE_TENANT):
        sys.stderr.write(f"THE FAKE jq DOES NOT KNOW THIS PROGRAM: {args}\n")
        return 97
    value = json.loads(Path(args[2]).read_text(encoding="utf-8"))
    if args[1] == ONE_TENANT:
        value = [each for each in value if only in ("", each["tenant"])]
    sys.stdout.write(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
