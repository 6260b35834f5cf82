#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes one static site of everything that there is to read.

    site.py TARGET [--reference DIRECTORY]

The pages are README.md, the lesson, the exercises, the guide, the pitfalls, the design and the
project's own files. `--reference` is where Doxygen has written its html and xml; names of Patio in
the texts, and headers, lead there, and the search knows them. The site asks no other host for
anything, and works from a disk. A link that leads nowhere, a heading included, is an error.
"""

import argparse
import dataclasses
import html
import html.parser
import json
import pathlib
import posixpath
import re
import shutil
import sys

import markdown

import draw
import exercises
import reference

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECTIONS = (("lesson", "Lesson"), ("exercises", "Exercises"), ("guide", "Guide"),
            ("pitfalls", "Pitfalls"), ("design", "Design"))
PAGES_ALWAYS_SHOWN_MAX = 3  # of a section that is not the page's own
PROJECT_FILES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
EXTENSIONS = ("tables", "fenced_code", "toc", "codehilite", "sane_lists")
SETTINGS = {"toc": {"permalink": "#", "toc_depth": "1-3"},
            "codehilite": {"css_class": "code", "guess_lang": False}}
COMMENT = re.compile(r"^<!-- .*? -->\n", re.MULTILINE)
OUTPUT = re.compile(r"^<!-- output: (\w+).* -->\n", re.MULTILINE)
# Code in a text; what stands in blocks, links and headings, and in the first column of tables, with
# the names of others, is left alone.
PIECES = re.compile(r"<pre.*?</pre>|<a .*?</a>|<h[1-6].*?</h[1-6]>|<tr>\s*<t[dh]>.*?</t[dh]>"
                    r"|<code>(?P<code>[^<]*)</code>", re.DOTALL)
COMPILERS = {"clang": "Clang says", "gcc": "GCC says"}


@dataclasses.dataclass
class Page:
    """One page: where it comes from, where it goes, and what is in it."""

    source: str   # below the project's root, or where it would be
    target: str   # below the site's root
    section: str
    text: str     # Markdown
    title: str = ""
    body: str = ""
    contents: str = ""
    files: set = dataclasses.field(default_factory=set)  # that it links to, below the root


def title_of(text, path):
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].replace("`", "") if found else pathlib.Path(path).stem


def read_pages():
    pages = [Page("README.md", "index.html", "", "")]
    for folder, section in SECTIONS:
        if folder == "exercises":
            pages.append(Page("exercises/README.md", "exercises/index.html", section,
                              exercises_text()))
            continue
        for path in sorted((ROOT / "docs" / folder).rglob("*.md")):
            source = path.relative_to(ROOT).as_posix()
            stem = path.relative_to(ROOT / "docs").with_suffix("").as_posix()
            target = re.sub(r"(^|/)README$", r"\1index", stem) + ".html"
            pages.append(Page(source, target, section, ""))
    pages += [Page(name, f"project/{name[:-3].lower()}.html", "Project", "")
              for name in PROJECT_FILES]
    for page in pages:
        if not page.text:
            page.text = (ROOT / page.source).read_text(encoding="utf-8")
        page.title = title_of(page.text, page.source)
    return pages


def exercises_text():
    lines = ["# Exercises", "", "`./dev learn` opens the first one. Edit the file; each time you "
             "save it, one line says what is still wrong. They run on a clock that jumps, so an "
             "hour takes no time.", ""]
    for each in exercises.read_all(ROOT):
        lines += [f"## {each.title}", "", each.task, "",
                  f"<details><summary>a hint</summary><p>{html.escape(each.hint)}</p></details>",
                  "", f"`exercises/{each.source.name}`", ""]
    return "\n".join(lines)


def said_by(mark):
    """A heading for a block of output, by the command that printed it."""
    return f'<p class="prints">{COMPILERS.get(mark[1], "it prints")}</p>\n\n'


def render(page, pages, manual):
    """Markdown to HTML, with links to pages instead of sources, and to the manual."""
    converter = markdown.Markdown(extensions=EXTENSIONS, extension_configs=SETTINGS)
    page.body = converter.convert(COMMENT.sub("", OUTPUT.sub(said_by, page.text)))
    page.contents = converter.toc if converter.toc_tokens else ""
    targets = {each.source: each.target for each in pages if each.source}
    base = posixpath.dirname(page.source)

    def change(match):
        attribute, link = match[1], match[2]
        if re.match(r"[a-z]+:|#|$", link):
            return match[0]
        path, mark, anchor = link.partition("#")
        source = posixpath.normpath(posixpath.join(base, path))
        if source.endswith("/") or (ROOT / source).is_dir():
            source = posixpath.join(source, "README.md")
        target = targets.get(source, source.removeprefix("docs/"))
        explained = manual.headers.get(source.removeprefix("include/"))
        if explained:
            target = f"reference/{explained}"
        elif source not in targets and (ROOT / source).is_file():
            page.files.add(source)
        return f'{attribute}="{relative(target, page.target)}{mark}{anchor}"'

    page.body = re.sub(r'<img alt="([^"]*)" src="([^"]*\.svg)" />',
                       lambda match: drawn_in(page, match[1], match[2]) or match[0], page.body)
    page.body = re.sub(r'\b(href|src)="([^"]*)"', change, page.body)
    page.body = PIECES.sub(lambda match: explained_code(match, page, manual), page.body)


def explained_code(match, page, manual):
    """A name of Patio in a text leads to what the manual says of it."""
    code = match["code"]
    link = manual.link_of(html.unescape(code)) if code else None
    if not link:
        return match[0]
    return (f'<a class="explained" href="{relative("reference/" + link, page.target)}">'
            f"<code>{code}</code></a>")


def drawn_in(page, words, link):
    """A picture of ours as a part of the page, so that it follows the page's light."""
    svg = (ROOT / posixpath.dirname(page.source) / link).read_text(encoding="utf-8")
    if 'class="pic"' not in svg:
        return None
    svg = svg.replace(f"<style>{draw.STYLE}</style>\n", "")
    return f'<span class="figure" role="img" aria-label="{words}">{svg}</span>'


def relative(target, here):
    return posixpath.relpath(target, posixpath.dirname(here) or ".")


# --- one page around its body


def menu(page, pages, has_reference):
    parts = []
    for section in ("", *[name for _, name in SECTIONS], "Project"):
        inside = [each for each in pages if each.section == section]
        if not inside:
            continue
        links = "".join(
            f'<li><a href="{relative(each.target, page.target)}"'
            + (' aria-current="page"' if each is page else "")
            + f">{html.escape(each.title)}</a></li>" for each in inside)
        is_open = " open" if page in inside or len(inside) <= PAGES_ALWAYS_SHOWN_MAX else ""
        parts.append(f"<details{is_open}><summary>{section}</summary><ul>{links}</ul></details>"
                     if section else f"<ul>{links}</ul>")
    if has_reference:
        link = relative("reference/index.html", page.target)
        parts.append('<details open><summary>Reference</summary><ul>'
                     f'<li><a href="{link}">All names</a></li></ul></details>')
    return "".join(parts)


def whole(page, pages, has_reference):
    root = relative(".", page.target)
    contents = f'<aside class="contents">{page.contents}</aside>' if page.contents else ""
    name = page.title if page.title == "Patio" else f"{page.title} · Patio"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(name)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/site.css">
<script src="{root}/index.js" defer></script>
<script src="{root}/site.js" defer></script>
</head>
<body data-root="{root}">
<header><a class="name" href="{root}/index.html">Patio</a>
<button id="menu" aria-expanded="false" aria-controls="pages">Pages</button>
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search">
<button id="light" aria-label="Light or dark">◐</button></header>
<ol id="found" hidden></ol>
<div class="page">
<nav id="pages">{menu(page, pages, has_reference)}</nav>
<main>{page.body}</main>
{contents}
</div>
</body>
</html>
"""


# --- searching


class Words(html.parser.HTMLParser):
    """The text of a page, heading by heading."""

    def __init__(self):
        super().__init__()
        self.parts = [["", "", ""]]  # anchor, heading, text
        self.is_heading = False

    def handle_starttag(self, tag, attributes):
        if tag in ("h1", "h2", "h3"):
            self.parts.append([dict(attributes).get("id", ""), "", ""])
            self.is_heading = True

    def handle_endtag(self, tag):
        if tag in ("h1", "h2", "h3"):
            self.is_heading = False

    def handle_data(self, data):
        if data != "#":
            self.parts[-1][1 if self.is_heading else 2] += data


def search_index(pages, manual):
    entries = [{"page": "Reference", "link": f"reference/{link}", "heading": name, "text": ""}
               for name, link in manual.names.items()]
    for page in pages:
        words = Words()
        words.feed(page.body)
        for anchor, heading, text in words.parts:
            if heading or text.strip():
                entries.append({"page": page.title, "link": f"{page.target}#{anchor}",
                                "heading": heading, "text": " ".join(text.split())})
    return "window.patioIndex = " + json.dumps(entries, ensure_ascii=False) + ";\n"


# --- checking


class Links(html.parser.HTMLParser):
    """Where a page leads, and what can be led to in it."""

    def __init__(self):
        super().__init__()
        self.links = []
        self.anchors = {""}

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors.update(values[key] for key in ("id", "name") if values.get(key))
        self.links += [values[key] for key in ("href", "src") if key in values]


def broken_links(site):
    """Complaints about links of our pages that lead nowhere; other hosts are not asked."""
    complaints = []
    seen = {}

    def look(path):
        if path not in seen:
            seen[path] = Links()
            seen[path].feed(path.read_text(encoding="utf-8", errors="replace"))
        return seen[path]

    own = [path for path in sorted(site.rglob("*.html"))
           if path.relative_to(site).parts[0] != "reference"]
    for path in own:
        for link in look(path).links:
            if re.match(r"(https?|mailto|data):", link):
                continue
            place, _, anchor = link.partition("#")
            target = path if not place else (path.parent / place).resolve()
            if not target.is_file():
                complaints.append(f"{path.relative_to(site)}: {link} leads nowhere")
            elif anchor and target.suffix == ".html" and anchor not in look(target).anchors:
                complaints.append(f"{path.relative_to(site)}: {link} is no place in that page")
    return complaints


def build(site, manual_directory):
    if site.exists():
        if any(site.iterdir()) and not (site / "site.js").is_file():
            return [f"{site}: is not empty and no site; it would be lost"]
        shutil.rmtree(site)
    site.mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "site" / "site.js", site)  # by this it is known as a site
    pages = read_pages()
    manual = reference.Reference({}, {})
    if manual_directory is not None:
        manual = reference.read(manual_directory / "xml")
        shutil.copytree(manual_directory / "html", site / "reference")
    for page in pages:
        render(page, pages, manual)
    for page in pages:
        target = site / page.target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(whole(page, pages, manual_directory is not None), encoding="utf-8")
        for source in page.files:  # pictures, the licence
            target = site / source.removeprefix("docs/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)
    style = (ROOT / "docs" / "site" / "site.css").read_text(encoding="utf-8")
    (site / "site.css").write_text(style + draw.STYLE, encoding="utf-8")
    (site / "index.js").write_text(search_index(pages, manual), encoding="utf-8")
    return broken_links(site)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--reference", type=pathlib.Path)
    options = parser.parse_args()
    complaints = build(options.target.resolve(), options.reference)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
