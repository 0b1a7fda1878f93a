"""Write `.github/docs/TOPIC.md` for every topic of `reconciler help`, as the installed program has it."""

from pathlib import Path

from reconciler.commands.help.pages import page, topics

FOLDER = Path(__file__).parents[1] / ".github" / "docs"
NOTE = (
    "<!-- Made by .ci/pages.py from reconciler/commands/help/topics/{0}.md and the code. "
    "`reconciler help {0}` shows the same. -->\n\n"
)


def pages() -> dict[str, str]:
    """The text of each file by its name."""
    return {f"{topic}.md": NOTE.format(topic) + page(topic) for topic in topics()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
