#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has one process of curl ask: `curl_client.py URL REQUESTS CONNECTIONS`.

The URLs differ in their fragment, which is not sent. curl writes the pages one behind the other;
whether they are the right ones is looked at here.
"""

import subprocess
import sys

PLAINTEXT = b"Hello, World!"


def main():
    if sys.argv[1:] == ["--about"]:
        said = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True)
        print(" ".join(said.stdout.split()[:2]))
        return
    url, requests, connections = sys.argv[1:]
    command = ["curl", "--disable", "--silent", "--show-error", "--fail", "--parallel",
               "--parallel-max", connections, f"{url}#[1-{requests}]"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    if done.stdout != PLAINTEXT * int(requests):
        sys.exit(f"the answers are other ones: {done.stdout[:100]!r}")
    print("answers", requests)


if __name__ == "__main__":
    main()
