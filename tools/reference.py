# SPDX-License-Identifier: MIT
"""Where Doxygen's manual explains a name or a header."""

import dataclasses
import pathlib
import re
import xml.etree.ElementTree

NAMED = {"function", "typedef", "enum", "variable"}
TYPES = {"class", "struct", "concept"}
ALIASES = {"task": "any_task", "queue": "basic_queue", "lifo_queue": "basic_queue",
           "priority_queue": "basic_queue"}


@dataclasses.dataclass
class Reference:
    """Links, relative to the manual's directory."""

    names: dict    # "gather", "event::set" → "page.html#anchor"
    headers: dict  # "include/patio/core/gather.hpp" → "page.html"

    def link_of(self, code):
        """Where a piece of code in a text is explained: by its first name; or None."""
        found = re.match(r"(?:co_await )?(?:patio::)?([a-z_][a-z0-9_]*(?:::[a-z_][a-z0-9_]*)*)",
                         code)
        if not found:
            return None
        name = found[1]
        owner, _, member = name.partition("::")
        return self.names.get(name) or self.names.get(f"{ALIASES.get(owner)}::{member}")


def read(directory):
    """The manual whose XML is in `directory`."""
    names = {}
    root = xml.etree.ElementTree.parse(directory / "index.xml").getroot()
    for compound in root.iter("compound"):
        kind, page = compound.get("kind"), compound.get("refid")
        path = compound.findtext("name").removeprefix("patio").removeprefix("::")
        if kind not in TYPES | {"namespace"} or "detail" in path or "<" in path:
            continue
        if kind in TYPES:
            names.setdefault(path, f"{page}.html")
        for member in compound.iter("member"):
            name = member.findtext("name")
            if member.get("kind") in NAMED and not name.endswith("_") and name.isidentifier():
                of, _, anchor = member.get("refid").rpartition("_1")
                names.setdefault(f"{path}::{name}".removeprefix("::"), f"{of}.html#{anchor}")
    headers = {}
    for file in sorted(pathlib.Path(directory).glob("*_8hpp.xml")):
        where = re.findall(r'<location file="([^"]+)"/>', file.read_text(encoding="utf-8"))
        if where:
            headers[where[-1]] = f"{file.stem}.html"
    return Reference(names, headers)
