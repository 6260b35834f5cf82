#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what a program has recorded, as SVG.

    draw.py --from PROGRAM DIRECTORY               what examples/pictures records, for the lesson
    draw.py --from PROGRAM DIRECTORY --check       whether the files there are what it would draw
    draw.py --from PROGRAM FILE.svg --terminal     what a program prints, colours included
    draw.py --from PROGRAM FILE.svg --terminal --check
                                                   whether it still prints that, but for numbers

examples/pictures/scene.hpp says what a recording is.
"""

import argparse
import contextlib
import dataclasses
import html
import os
import pathlib
import pty
import re
import shlex
import subprocess
import sys

WIDTH = 720
LABELS = 130       # the columns of names
ROW = 30
BAR = 20
MARGIN = 14
PICTURES = {"at_once": ("sequential", "concurrent"), "blocking": ("blocking",),
            "turns": ("turns",), "cancelled": ("cancelled",), "tree": ("tree",)}

STYLE = """
.pic { --pic-ink: #22262b; --pic-quiet: #666e78; --pic-line: #d5cfc4; --pic-waits: #cfe3f1;
       --pic-waits-edge: #3b82b0; --pic-busy: #b4531f; --pic-box: #f4f1ea; --pic-paper: #fdfcfa; }
@media (prefers-color-scheme: dark) { :root:not([data-light="light"]) .pic, .pic:root {
       --pic-ink: #dfe3e8; --pic-quiet: #98a1ac; --pic-line: #3a424c; --pic-waits: #1d3a4d;
       --pic-waits-edge: #74bfe8; --pic-busy: #e9985f; --pic-box: #1d2127; --pic-paper: #15181c; } }
:root[data-light="dark"] .pic {
       --pic-ink: #dfe3e8; --pic-quiet: #98a1ac; --pic-line: #3a424c; --pic-waits: #1d3a4d;
       --pic-waits-edge: #74bfe8; --pic-busy: #e9985f; --pic-box: #1d2127; --pic-paper: #15181c; }
.pic text { font: 14px system-ui, sans-serif; fill: var(--pic-ink); }
.pic .quiet { fill: var(--pic-quiet); font-size: 12.5px; }
.pic .strong { font-weight: 600; }
.pic .paper { fill: var(--pic-paper); }
.pic .line { stroke: var(--pic-line); }
.pic .waits { fill: var(--pic-waits); stroke: var(--pic-waits-edge); }
.pic .busy { fill: var(--pic-busy); stroke: var(--pic-busy); }
.pic .box { fill: var(--pic-box); stroke: var(--pic-line); }
.pic .on-busy { fill: var(--pic-paper); font-size: 12.5px; font-weight: 600; }
.pic .link { stroke: var(--pic-quiet); fill: none; }
.pic .asleep { stroke: var(--pic-waits-edge); stroke-width: 2; stroke-dasharray: 3 4; }
"""


class Mistake(Exception):
    """A recording that cannot be drawn."""


@dataclasses.dataclass
class Recording:
    """What one scene has printed."""

    name: str
    kind: str
    title: str
    events: list = dataclasses.field(default_factory=list)  # fields of each line
    lines: list = dataclasses.field(default_factory=list)   # lines that are no events


def read(text):
    recordings = {}
    current = None
    for line in text.splitlines():
        fields = line.split("\t")
        if fields[0] == "picture":
            current = recordings[fields[1]] = Recording(*fields[1:])
        elif current is None:
            raise Mistake(f"a recording begins with 'picture', not with '{line}'")
        elif len(fields) > 1:
            current.events.append(fields)
        else:
            current.lines.append(line)
    return recordings


# --- SVG


def text(x, y, words, kind="", anchor="start"):
    return (f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">'
            f"{html.escape(words)}</text>")


def rectangle(x, y, width, height, kind):
    return (f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" '
            f'class="{kind}"/>')


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{kind}"/>'


def picture(width, height, title, parts):
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" \
class="pic" role="img">
<!-- SPDX-License-Identifier: MIT; drawn by tools/draw.py from a recorded run -->
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
{rectangle(0, 0, width, height, "paper")}
{body}
</svg>
"""


# --- timelines: who is busy when


@dataclasses.dataclass
class Bar:
    label: str
    what: str
    begin: int
    end: int = -1
    order: int = -1  # which of all bars ended first, second, …


def bars_of(recording):
    bars = []
    ended = 0
    for fields in recording.events:
        if fields[0] == "begin":
            bars.append(Bar(fields[2], fields[3], int(fields[1])))
        elif fields[0] == "end":
            bar = next(each for each in bars if each.label == fields[2] and each.end < 0)
            bar.end, bar.order, ended = int(fields[1]), ended, ended + 1
    if not bars or ended < len(bars):
        raise Mistake(f"{recording.name}: each 'begin' needs an 'end'")
    return bars


def timeline(recording, top, scale_end):
    """Lines of bars below `top`; returns the parts and where they end."""
    room = WIDTH - LABELS - 2 * MARGIN
    parts = [text(MARGIN, top + 16, recording.title, "strong")]
    y = top + 28
    for bar in bars_of(recording):
        x = MARGIN + LABELS + room * bar.begin / scale_end
        width = max(room * (bar.end - bar.begin) / scale_end, 3)
        is_busy = bar.what == "blocks"
        parts.append(text(MARGIN, y + 15, bar.label))
        parts.append(rectangle(x, y, width, BAR, "busy" if is_busy else "waits"))
        said = f"{bar.what} {bar.end - bar.begin} ms"
        if recording.kind == "unwinding" and bar.what == "waits":
            said += f", is destroyed {('first', 'second', 'third')[bar.order]}"
        parts.append(text(x + 8, y + 14.5, said, "on-busy" if is_busy else "quiet"))
        y += ROW
    parts.append(line(MARGIN + LABELS, y, WIDTH - MARGIN, y, "line"))
    step = 100 if scale_end <= 1000 else 1000
    for tick in range(0, scale_end + 1, step):
        x = MARGIN + LABELS + room * tick / scale_end
        parts.append(line(x, y, x, y + 4, "line"))
        if tick % (3 * step if scale_end == 900 else 2 * step) == 0 or scale_end <= 300:
            anchor = "end" if tick == scale_end else "start" if tick == 0 else "middle"
            parts.append(text(x, y + 17, f"{tick} ms", "quiet", anchor))
    return parts, y + 26


def draw_timelines(recordings):
    scale_end = max(bar.end for each in recordings for bar in bars_of(each))
    parts = []
    top = 6
    for each in recordings:
        more, top = timeline(each, top, scale_end)
        parts += more
        top += 6
    return picture(WIDTH, top, "; ".join(each.title for each in recordings), parts)


# --- the turns of a loop: who has the thread


def draw_turns(recording):
    lanes = list(dict.fromkeys(each[2] for each in recording.events if each[0] == "step"))
    lane_y = {name: 52 + index * 52 for index, name in enumerate(lanes)}
    loop_y = 52 + len(lanes) * 52
    bottom = loop_y + 36
    waits = [each for each in recording.events if each[0] == "wait"]
    columns = len(recording.events) + len(waits)
    step = (WIDTH - 2 * MARGIN - 90) / columns
    parts = [text(MARGIN, y + 5, name) for name, y in lane_y.items()]
    parts.append(text(MARGIN, loop_y + 5, "the loop"))
    parts += [line(MARGIN + 80, y, WIDTH - MARGIN, y, "line") for y in (*lane_y.values(), loop_y)]
    x = MARGIN + 90
    number = 1
    begin = x
    for fields in recording.events:
        if fields[0] == "step":
            y = lane_y[fields[2]]
            parts.append(f'<circle cx="{x + step / 2:g}" cy="{y}" r="9" class="busy"/>')
            is_late = x > WIDTH * 0.6
            parts.append(text(x + step / 2 + (9 if is_late else -9), y - 14, fields[3], "quiet",
                              "end" if is_late else "start"))
            x += step
        else:
            parts.append(text((begin + x) / 2, 20, f"turn {number}", "strong", "middle"))
            length = int(fields[2]) - int(fields[1])
            parts.append(line(x + 6, loop_y, x + 2 * step - 6, loop_y, "asleep"))
            parts.append(text(x + step, loop_y + 20, f"sleeps {length} ms", "quiet", "middle"))
            parts.append(line(x, 28, x, bottom - 12, "line"))
            x += 2 * step
            parts.append(line(x, 28, x, bottom - 12, "line"))
            number, begin = number + 1, x
    parts.append(text((begin + x) / 2, 20, f"turn {number}", "strong", "middle"))
    return picture(WIDTH, bottom, recording.title, parts)


# --- a tree of tasks


def draw_tree(recording):
    entries = [(len(each) - len(each.lstrip()), each.strip()) for each in recording.lines
               if each.startswith("  ")]
    parts = []
    parents = []  # indentation and place of each box above
    y = 8
    for depth, words in entries:
        name, _, waits = words.partition(": ")
        parents = [each for each in parents if each[0] < depth]
        x = MARGIN + 56 * len(parents)
        if parents:
            from_x, from_y = parents[-1][1] + 20, parents[-1][2]
            parts.append(f'<path d="M{from_x} {from_y}V{y + 14}H{x}" class="link"/>')
        width = 24 + 8.2 * len(name)
        parts.append(rectangle(x, y, width, 28, "box"))
        parts.append(text(x + 12, y + 19, name, "strong"))
        waits = re.sub(r" at \w+\.cpp:\d+| since \w+\.cpp:\d+", "", waits)
        parts.append(text(x + width + 12, y + 19, waits, "quiet"))
        parents.append((depth, x, y + 28))
        y += 40
    if not parts:
        raise Mistake(f"{recording.name}: no task in it")
    return picture(WIDTH, y, recording.title, parts)


def draw(recordings):
    """The text of each picture, by its name."""
    drawn = {}
    for name, parts in PICTURES.items():
        chosen = [recordings[part] for part in parts]
        if chosen[0].kind == "turns":
            drawn[name] = draw_turns(chosen[0])
        elif chosen[0].kind == "tree":
            drawn[name] = draw_tree(chosen[0])
        else:
            drawn[name] = draw_timelines(chosen)
    return drawn


# --- a terminal

COLOURS = {"31": "#f07178", "32": "#8fc98f", "33": "#e6ad6a", "34": "#74bfe8", "35": "#d59be0",
           "36": "#7fd1c7"}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
CELL = 8.43
LINE = 19


def spans(raw):
    """Pieces of one line with the same look: text, colour, is bold, is dim."""
    pieces = []
    look = ("", False, False)
    for index, piece in enumerate(ESCAPE.split(raw)):
        if index % 2 == 0:
            if piece:
                pieces.append((piece, *look))
            continue
        for code in piece.split(";"):
            colour, bold, dim = look
            if code in ("", "0"):
                look = ("", False, False)
            elif code == "1":
                look = (colour, True, dim)
            elif code == "2":
                look = (colour, bold, True)
            else:
                look = (COLOURS.get(code, colour), bold, dim)
    return pieces


def draw_terminal(raw, title):
    rows = raw.strip("\n").splitlines()
    columns = max(len(ESCAPE.sub("", row)) for row in rows)
    width, height = columns * CELL + 40, len(rows) * LINE + 58
    parts = [f'<rect width="{width:g}" height="{height:g}" rx="9" fill="#1b1f24"/>']
    parts += [f'<circle cx="{20 + 18 * index}" cy="18" r="5.5" fill="{colour}"/>'
              for index, colour in enumerate(("#e06c60", "#d9a94e", "#7fb069"))]
    for number, row in enumerate(rows):
        column = 0
        for words, colour, bold, dim in spans(row):
            parts.append(
                f'<text x="{20 + column * CELL:g}" y="{52 + number * LINE}" '
                f'fill="{colour or "#dfe3e8"}"' + (' font-weight="700"' if bold else "")
                + (' opacity="0.65"' if dim else "")
                + f' textLength="{len(words) * CELL:g}" xml:space="preserve">'
                + f"{html.escape(words)}</text>")
            column += len(words)
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            'role="img" font-family="ui-monospace, \'DejaVu Sans Mono\', monospace" '
            f'font-size="14">\n<!-- SPDX-License-Identifier: MIT; drawn by tools/draw.py from a '
            f"recorded run -->\n<title>{html.escape(title)}</title>\n{body}\n</svg>\n")


def without_numbers(svg):
    """The words of a terminal's picture; measured times and the lengths of bars differ."""
    words = "\n".join(re.findall(r">([^<>\n]+)</text>", svg))
    return re.sub(r"[ \n]+", " ", re.sub(r"[0-9.█·#]+", "0", words))


# --- the program


def output_of(command, is_terminal):
    """What the command prints; to a terminal if the picture is one, or else it would not paint."""
    if not is_terminal:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Mistake(f"{command[0]} ended with {done.returncode}")
        return done.stdout
    coloured = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    ours, its = pty.openpty()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=its, env=coloured) as running:
        os.close(its)
        chunks = []
        with contextlib.suppress(OSError):  # EIO: the program has ended, and its terminal with it
            while chunk := os.read(ours, 65536):
                chunks.append(chunk)
        os.close(ours)
    if running.returncode != 0:
        raise Mistake(f"{command[0]} ended with {running.returncode}")
    return b"".join(chunks).decode().replace("\r\n", "\n")


def write_or_compare(drawn, is_check, same):
    """Writes files, or says which ones are not what they should be."""
    wrong = []
    for path, picture_text in drawn.items():
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(picture_text, encoding="utf-8")
        elif not path.is_file() or same(path.read_text(encoding="utf-8")) != same(picture_text):
            wrong.append(f"{path}: is not what was recorded; draw it again (tools/draw.py --help)")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--from", dest="program", required=True)
    parser.add_argument("--terminal", action="store_true")
    parser.add_argument("--title", default="the output of a program")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    try:
        raw = output_of(shlex.split(options.program), options.terminal)
        if options.terminal:
            drawn = {options.target: draw_terminal(raw, options.title)}
            wrong = write_or_compare(drawn, options.check, without_numbers)
        else:
            drawn = {options.target / f"{name}.svg": picture_text
                     for name, picture_text in draw(read(raw)).items()}
            wrong = write_or_compare(drawn, options.check, str)
    except (Mistake, KeyError, IndexError, ValueError, OSError) as mistake:
        wrong = [f"cannot draw this: {mistake!r}"]
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
