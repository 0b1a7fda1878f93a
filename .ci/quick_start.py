"""Print the N-th `sh` block of README's Quick start, so that CI runs what a reader runs."""

import re
import sys
from pathlib import Path

section = Path("README.md").read_text(encoding="utf-8").split("## Quick start", 1)[1].split("\n## ", 1)[0]
blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
if len(blocks) != 2:
    sys.exit(f"README's Quick start should have two sh blocks, it has {len(blocks)}")
sys.stdout.write(blocks[int(sys.argv[1]) - 1])
