#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Uses the page as two people would, in two browsers, against the program.

    page_test.py PROGRAM [--pictures DIRECTORY]

What one writes the other reads; the server is killed and started again, and nothing is lost; 500
messages come; nobody complains on the console. Ends with 77 where there is no Chromium.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import browse  # noqa: E402
from browse import BROWSERS, Browser, Mistake, trouble  # noqa: E402

SKIPPED = 77
# Only what never happens takes so long: a machine may be busy with other tests.
SECONDS_MAX = browse.SECONDS_MAX = 120
CROWD = 50
MESSAGES_EACH = 10
SIZE = {"width": 1040, "height": 620, "deviceScaleFactor": 1, "mobile": False}

TALK = (("ann", "Has anybody tried the new stove?"),
        ("ben", "It boils water in a minute. The soup is another matter."),
        ("ann", "Then tea it is: https://example.org/tea"),
        ("ben", "Two cups, please \N{HOT BEVERAGE}"))


class Server:
    """The program, on one file and one port, as often as it is started."""

    def __init__(self, program, data):
        self.program = program
        self.data = data
        # An address of this test's own (127.0.0.0/8 is all of this host): while the server is away
        # nobody else takes its port, not even for the near end of a connection.
        number = os.getpid()
        self.listen = f"127.{number // 250 % 250 + 1}.{number % 250}.2:0"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "--listen", self.listen, "--data", self.data, "--per-address", "0"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise Mistake(f"the server says: {line!r}")
        self.listen = line.split("http://")[1].split("/")[0]

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(SECONDS_MAX)
        self.process.stdout.close()
        return self.process.returncode

    def close(self):
        if self.process and self.process.poll() is None:
            self.end(signal.SIGKILL)


class Person:
    """Somebody with a browser."""

    def __init__(self, chromium, home, name, address):
        self.name = name
        self.browser = Browser(chromium, home)
        self.browser.size(SIZE)
        self.address = address
        self.browser.open(address)
        self.until("document.getElementById('naming').open", "is asked for a name")
        self.run(f"""document.getElementById('name').value = {json.dumps(name)};
                     document.getElementById('name-form').requestSubmit()""")
        self.until(f"document.getElementById('my-name').textContent === {json.dumps(name)}",
                   "has a name")

    def run(self, script):
        return self.browser.run(f"(() => {{ {script} }})()")

    def until(self, condition, what):
        deadline = time.monotonic() + SECONDS_MAX
        while not self.browser.run(condition):
            if time.monotonic() > deadline:
                seen = self.browser.run("document.body.innerText.slice(-400)")
                raise Mistake(f"{self.name}: never happened: {what}; the page says: {seen}")
            time.sleep(0.05)

    def write(self, text):
        self.run(f"""const field = document.getElementById('text');
                     field.value = {json.dumps(text)};
                     field.dispatchEvent(new Event('input'));
                     document.getElementById('write').requestSubmit();""")

    def texts(self):
        return self.browser.run(
            "[...document.querySelectorAll('#log .message .text')].map((e) => e.textContent)")

    def reads(self, text):
        self.until("[...document.querySelectorAll('#log .message .text')]"
                   f".some((e) => e.textContent === {json.dumps(text)})", f"reads {text!r}")

    def complaints(self):
        """What the browser complained about, but for connections that we have broken."""
        self.browser.run("0")
        own = self.address.split("#")[0]
        for event in self.browser.events:
            said = trouble(event)
            if said and own not in said and "WebSocket" not in said:
                yield f"{self.name}: {said}"


# Many people, each with a connection of its own, who say as much as they may at once.
CROWD_SCRIPT = """
window.stored = 0;
for (let i = 0; i < CROWD; ++i) {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    const say = (what) => socket.send(JSON.stringify(what));
    socket.onopen = () => {
        say({ type: "hello", protocol: 1, token: `crowd-${i}-`.padEnd(32, "x") });
        say({ type: "join", room: "lobby", name: `Guest ${i}` });
        for (let n = 0; n < EACH; ++n) {
            say({ type: "send", room: "lobby", key: `${i}-${n}-`.padEnd(20, "k"),
                  text: `message ${i}-${n}` });
        }
    };
    socket.onmessage = ({ data }) => {
        if (JSON.parse(data).type === "sent") ++window.stored;
    };
}
""".replace("CROWD", str(CROWD)).replace("EACH", str(MESSAGES_EACH))


def talk(people):
    for name, text in TALK:
        people[name].write(text)
        for each in people.values():
            each.reads(text)


def break_off(server, people):
    """The server dies; what is written meanwhile arrives when it is back."""
    server.end(signal.SIGKILL)
    people["ann"].write("is anybody there?")
    people["ben"].write("I am.")
    server.start()
    for each in people.values():
        each.run("document.getElementById('now').click()")
        each.reads("is anybody there?")
        each.reads("I am.")
    if server.end(signal.SIGTERM) != 0:
        raise Mistake("the server does not stop in an orderly way")
    server.start()
    people["ben"].write("still here")
    for each in people.values():
        each.reads("still here")


def crowd(people):
    people["ben"].run(CROWD_SCRIPT)
    people["ben"].until(f"window.stored === {CROWD * MESSAGES_EACH}", "all is stored")
    for each in people.values():
        each.until(f"document.querySelectorAll('#log .message').length >= "
                   f"{CROWD * MESSAGES_EACH + len(TALK) + 3}", "reads the crowd")
    first, second = (each.texts() for each in people.values())
    if first != second:
        raise Mistake("they do not read the same")
    if len(set(first)) != len(first):
        raise Mistake("a message is shown twice")


def reads_back(person):
    person.browser.open("about:blank")  # else it would only go to another part of the page
    person.browser.open(person.address)
    person.until("document.querySelectorAll('#log .message').length === 50", "the latest page")
    person.run("document.getElementById('older').click()")
    person.until("document.querySelectorAll('#log .message').length === 100", "an older page")


def try_page(program, chromium, pictures):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        place = pathlib.Path(home)
        server = Server(program, str(place / "chat.db"))
        people = {}
        complaints = []
        try:
            server.start()
            address = f"http://{server.listen}/#lobby"
            for name in ("ann", "ben"):
                people[name] = Person(chromium, place / name, name, address)
            talk(people)
            if pictures:
                pictures.mkdir(parents=True, exist_ok=True)
                for light in ("light", "dark"):
                    people["ann"].browser.light(light)
                    time.sleep(0.5)  # the change is drawn with the next picture
                    people["ann"].browser.picture(pictures / f"{light}.png")
            break_off(server, people)
            crowd(people)
            for each in people.values():
                complaints += each.complaints()
            reads_back(people["ann"])
            complaints += people["ann"].complaints()
        finally:
            for each in people.values():
                each.browser.close()
            server.close()
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--pictures", type=pathlib.Path)
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not chromium:
        print(f"skipped: none of these browsers is installed: {', '.join(BROWSERS)}")
        return SKIPPED
    try:
        complaints = try_page(options.program, chromium, options.pictures)
    except (Mistake, OSError) as mistake:
        complaints = [str(mistake)]
    for each in complaints:
        print(each, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
