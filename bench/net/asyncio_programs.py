#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmarks for Python that need no load, on asyncio, or with `--plain` without a loop.

The protocol is that of the C++ programs: `asyncio_programs.py BENCH [COUNT]` prints one line.
"""

import asyncio
import os
import platform
import subprocess
import sys
import time

COUNT = 200


async def spawn_with_loop(count):
    for _ in range(count):
        process = await asyncio.create_subprocess_exec("/bin/true")
        assert await process.wait() == 0


def spawn_plain(count):
    for _ in range(count):
        assert subprocess.run(["/bin/true"], check=False).returncode == 0


def cpu_s():
    """The CPU time of this process and of the children that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main():
    words = [word for word in sys.argv[1:] if word != "--plain"]
    is_plain = len(words) < len(sys.argv) - 1
    if len(words) not in (1, 2):
        sys.exit(f"usage: {sys.argv[0]} [--plain] BENCH [COUNT] | --about")
    if words[0] == "--about":
        kind = "subprocess" if is_plain else "asyncio"
        print(f"{platform.python_implementation()} {platform.python_version()}, {kind}")
        return
    if words[0] != "spawn_process":
        sys.exit(3)
    count = int(words[1]) if len(words) == 2 else COUNT
    cpu, wall = cpu_s(), time.monotonic()
    if is_plain:
        spawn_plain(count)
    else:
        asyncio.run(spawn_with_loop(count))
    print(f"wall_ns {(time.monotonic() - wall) / count * 1e9:.0f}", file=sys.stderr)
    print(f"{words[0]} {(cpu_s() - cpu) / count * 1e9:.3f} ns")


if __name__ == "__main__":
    main()
