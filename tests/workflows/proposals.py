"""Pull requests: what stands in them, and what is seen under them."""

from __future__ import annotations

from checkout import template

NEW = "Acme Dental: see you tomorrow. Reply STOP to opt out."


def change(*letters, **fields):
    """The files of a pull request that gives templates another text, or other fields."""
    more = fields or {"content": NEW}
    return {f"templates.d/{letter}.yaml": [template(f"tmpl_{letter}", **more)] for letter in letters}


class Pull:
    """A pull request, by its number."""

    def __init__(self, team, number):
        self.team, self.number = team, number

    def read(self):
        return next(each for each in self.team.hub.read()["pulls"] if each["number"] == self.number)

    @property
    def head(self):
        return self.read()["head"]["sha"]

    @property
    def url(self):
        return self.read()["html_url"]

    @property
    def comments(self):
        """What stands under it, in the order in which it was first written."""
        return [each["body"] for each in self.team.hub.read()["comments"] if each["issue"] == self.number]

    def said(self, about):
        """The one comment about something."""
        (found,) = [body for body in self.comments if body.startswith(f"<!-- reconciler: {about} -->")]
        return found
