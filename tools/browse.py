#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens the site in a browser without a window, and looks at what a reader would see.

    browse.py SITE [--pictures DIRECTORY]

Complains about errors on the console, files that are missing, requests to other hosts, pages that
are wider than a phone, a search that finds nothing, a light that cannot be turned off. Keeps
pictures of some pages, light and dark, wide and narrow. Speaks the Chrome DevTools protocol over
pipes: https://chromedevtools.github.io/devtools-protocol/
"""

import argparse
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS_MAX = 30
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESK = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
SHOWN = ("index.html", "lesson/index.html", "exercises/index.html", "guide/from_asyncio.html",
         "pitfalls/index.html")
REFERENCE_PAGES_MAX = 5


class Mistake(Exception):
    """The browser does not do what it should."""


class Browser:
    """A headless Chromium with one page, driven over two pipes."""

    def __init__(self, program, home):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()
        # It reads from 3 and writes to 4; above, nothing is in the way.
        ends = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (to_browser, from_browser)]

        def place_ends():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-pipe", f"--user-data-dir={home}", "about:blank"],
            pass_fds=(3, 4), preexec_fn=place_ends, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for each in ends:
            os.close(each)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(SECONDS_MAX)
        except (Mistake, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()

    def receive(self, deadline):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.input], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise Mistake(f"the browser said nothing for {SECONDS_MAX} s")
            chunk = os.read(self.input, 1 << 16)
            if not chunk:
                raise Mistake("the browser has ended")
            self.buffer += chunk
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def call(self, method, **parameters):
        """Calls a method and returns its result; events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Mistake(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, address):
        """Loads a page; returns the events of loading it."""
        self.events.clear()
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + SECONDS_MAX
        while not any(each["method"] == "Page.loadEventFired" for each in self.events):
            self.events.append(self.receive(deadline))
        self.run("0")  # what the page's scripts complain about comes before the answer
        return list(self.events)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise Mistake(f"{script}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def size(self, size):
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def light(self, scheme):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))


def trouble(event):
    """What an event complains about, or None."""
    parameters = event.get("params", {})
    if event["method"] == "Runtime.exceptionThrown":
        details = parameters["exceptionDetails"]
        return details.get("exception", {}).get("description", details["text"])
    if event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
        return "console: " + " ".join(str(each.get("value")) for each in parameters["args"])
    if event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
        return parameters["entry"]["text"]
    if event["method"] == "Network.requestWillBeSent":
        address = parameters["request"]["url"]
        if not address.startswith(("file:", "data:")):
            return f"asks another host: {address}"
    if event["method"] == "Network.loadingFailed":
        return parameters["errorText"]
    return None


def look_at_page(browser, address, is_ours):
    """Yields complaints about one page."""
    browser.size(DESK)
    for event in browser.open(address):
        said = trouble(event)
        if said:
            yield said
    if not is_ours:
        return
    browser.size(PHONE)
    wide = browser.run("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"is {wide} pixels wider than a phone"
    for colour in ("light", "dark"):
        browser.light(colour)
        for name in browser.run(CONTRAST):
            yield f"'{name}' is hard to read in the {colour}"


# The ratio of WCAG 2.1 (1.4.3) for ordinary text is 4.5.
CONTRAST = """(() => {
  const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = (text) => {
    const [r, g, b] = text.match(/[0-9.]+/g).map(Number).map(part);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return ["main", "main p a", "main pre", "nav a", "main .code .c1"].filter((name) => {
    const found = document.querySelector(name);
    if (!found) return false;
    const ink = light(getComputedStyle(found).color);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5;
  });
})()"""


def try_the_tools(browser, address):
    """Yields complaints about the search and the light."""
    browser.size(DESK)
    browser.light("light")
    browser.open(address)
    type_in = ("(() => {{ const field = document.getElementById('search');"
               "field.value = '{}'; field.dispatchEvent(new Event('input'));"
               "return document.querySelectorAll('#found a').length; }})()")
    if not browser.run(type_in.format("gather")):
        yield "the search finds nothing for 'gather'"
    if browser.run(type_in.format("xyzzyplugh")):
        yield "the search finds something for 'xyzzyplugh'"
    colour = "getComputedStyle(document.body).backgroundColor"
    before = browser.run(colour)
    browser.run("document.getElementById('light').click()")
    if browser.run(colour) == before:
        yield "the button for the light changes nothing"
    browser.run("document.getElementById('light').click()")
    browser.run("localStorage.clear()")


def take_pictures(browser, site, target):
    target.mkdir(parents=True, exist_ok=True)
    for name in SHOWN:
        if not (site / name).is_file():
            continue
        stem = name.removesuffix(".html").replace("/", "-")
        for size, size_name in ((DESK, "desk"), (PHONE, "phone")):
            for scheme in ("light", "dark"):
                browser.size(size)
                browser.light(scheme)
                browser.open((site / name).as_uri())
                browser.picture(target / f"{stem}-{size_name}-{scheme}.png")


def look_at(site, pictures, program):
    own = [path for path in sorted(site.rglob("*.html"))
           if path.relative_to(site).parts[0] != "reference"]
    if not own:
        raise Mistake(f"there are no pages in {site}")
    reference = sorted((site / "reference").glob("*.html"))
    complaints = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = Browser(program, home)
        try:
            for path in own + reference[:REFERENCE_PAGES_MAX]:
                complaints += [f"{path.relative_to(site)}: {each}" for each in
                               look_at_page(browser, path.as_uri(), path in own)]
            complaints += try_the_tools(browser, (site / "index.html").as_uri())
            if pictures:
                take_pictures(browser, site, pictures)
        finally:
            browser.close()
    print(f"{len(own)} pages, {len(complaints)} complaints")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    options = parser.parse_args()
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        if not program:
            raise Mistake(f"none of these browsers is installed: {', '.join(BROWSERS)}")
        complaints = look_at(options.site.resolve(), options.pictures, program)
    except (Mistake, OSError) as mistake:
        complaints = [str(mistake)]
    for each in complaints:
        print(each, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
