#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whoever looks for a name of Python's asyncio finds it in docs/guide/from_asyncio.md."""

import asyncio
import asyncio.subprocess
import inspect
import pathlib
import re
import unittest

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/guide/from_asyncio.md"
CLASSES = (asyncio.AbstractEventLoop, asyncio.Barrier, asyncio.Condition, asyncio.Event,
           asyncio.Lock, asyncio.Queue, asyncio.Runner, asyncio.Semaphore, asyncio.Server,
           asyncio.StreamReader, asyncio.StreamWriter, asyncio.Task, asyncio.TaskGroup,
           asyncio.Timeout, asyncio.subprocess.Process)
# What a program does not call.
INSIDE = {"BaseEventLoop", "BaseSelectorEventLoop", "staggered_race", "AbstractEventLoop",
          "AbstractServer", "get_coro", "get_context", "set_protocol", "remove_done_callback",
          "FrameCallGraphEntry", "FutureCallGraph", "future_add_to_awaited_by",
          "future_discard_from_awaited_by"}


def names():
    """The public names of asyncio's modules, and of the classes that programs use."""
    for module in vars(asyncio).values():
        if inspect.ismodule(module):
            yield from getattr(module, "__all__", ())
    for one in CLASSES:
        yield from vars(one)


class AsyncioNamesTest(unittest.TestCase):

    def test_every_name_is_in_the_table(self):
        rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines()
                if line.startswith("|")]
        known = set(re.findall(r"\w+", " ".join(rows)))
        missing = {name for name in names() if not name.startswith("_")} - INSIDE - known
        self.assertEqual(missing, set())


if __name__ == "__main__":
    unittest.main()
