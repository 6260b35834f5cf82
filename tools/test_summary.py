#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Adds up ctest's JUnit files and prints the totals; the last line is `N passed, N failed`.

    test_summary.py [--broken NAME]… FILE.xml…

A GoogleTest program counts with each of its test cases, any other ctest entry counts as one.
`--broken` names a phase that never came to testing, such as a build; it counts as one failure.
The exit status is 0 only if something passed and nothing failed.
"""

import argparse
import re
import sys
import xml.etree.ElementTree as ElementTree

CASES_RUN = re.compile(r"^\[=+\] (\d+) tests? from \d+ test suites? ran\.", re.MULTILINE)
CASES = {
    "passed": re.compile(r"^\[  PASSED  \] (\d+) tests?\.", re.MULTILINE),
    "skipped": re.compile(r"^\[  SKIPPED \] (\d+) tests?, listed below:", re.MULTILINE),
    "failed": re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below:", re.MULTILINE),
}


def count_entry(entry):
    """Returns passed, skipped and failed of one ctest entry."""
    good = entry.get("status") == "run"
    skipped = entry.find("skipped") is not None
    output = entry.findtext("system-out") or ""
    if not CASES_RUN.search(output):
        return (int(good), int(skipped), int(not good and not skipped))
    found = {name: pattern.search(output) for name, pattern in CASES.items()}
    passed, skips, failed = (int(found[name][1]) if found[name] else 0
                             for name in ("passed", "skipped", "failed"))
    # A program may fail although each case passed: a leak at exit, a crash after the last test.
    return (passed, skips, max(failed, 0 if good else 1))


def count_file(path):
    totals = [0, 0, 0]
    for entry in ElementTree.parse(path).getroot().iter("testcase"):
        totals = [total + part for total, part in zip(totals, count_entry(entry))]
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broken", action="append", default=[])
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    totals = [0, 0, len(options.broken)]
    for path in options.files:
        totals = [total + part for total, part in zip(totals, count_file(path))]
    passed, skipped, failed = totals
    for name in options.broken:
        print(f"broken: {name}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
