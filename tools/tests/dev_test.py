#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a copy of ./dev in an empty project, in a Debian that small shell scripts pretend to be."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class DevTest(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.project = pathlib.Path(directory.name) / "project"
        self.bin = pathlib.Path(directory.name) / "bin"
        self.said = pathlib.Path(directory.name) / "said"
        self.said.touch()
        self.bin.mkdir()
        self.project.mkdir()
        shutil.copy(ROOT / "dev", self.project)
        (self.project / "packages").mkdir()
        (self.project / "packages" / "docs.txt").write_text("doxygen\n", encoding="utf-8")
        self.pretend("dpkg-query", 'echo "doxygen installed"')
        self.pretend("apt-get", "exit 1")
        self.pretend("sudo", 'exec "$@"')
        self.pretend("doxygen", "echo much to say")
        (self.project / "tools").mkdir()
        (self.project / "tools" / "site.py").write_text("print('much')\n", encoding="utf-8")

    def pretend(self, name, script):
        """Puts a program on the PATH that notes how it was called, then does what `script` says."""
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.said}\n{script}\n', encoding="utf-8")
        path.chmod(0o755)

    def dev(self, *arguments):
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"}
        return subprocess.run([self.project / "dev", *arguments], capture_output=True, text=True,
                              cwd="/", env=environment, check=False)

    def calls_of_apt(self):
        lines = self.said.read_text(encoding="utf-8").splitlines()
        words = [line.split() for line in lines if line.startswith("apt-get ")]
        return [next(word for word in line if word in ("install", "update")) for line in words]

    def test_help_goes_to_standard_output(self):
        run = self.dev("help")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("usage: ./dev COMMAND", run.stdout)

    def test_misuse_is_told_with_the_usage_and_status_2(self):
        for arguments in ((), ("bogus",), ("test", "--bogus"), ("test", "a", "b"), ("docs", "a"),
                          ("format", "a"), ("bench", "bogus")):
            with self.subTest(arguments):
                run = self.dev(*arguments)
                self.assertEqual((run.returncode, run.stdout), (2, ""))
                self.assertIn("usage: ./dev COMMAND", run.stderr)

    def test_each_suite_of_benchmarks_is_started_with_its_arguments(self):
        for name in ("build", "bench"):
            (self.project / "packages" / f"{name}.txt").write_text("doxygen\n", encoding="utf-8")
        for program in ("cmake", "ninja", "python3"):
            self.pretend(program, "")
        for suite, script in (("micro", "bench/run.py"), ("net", "bench/net/run_net.py"),
                              ("compile", "bench/compile_time.py")):
            with self.subTest(suite):
                run = self.dev("bench", suite, "--filter", "a")
                self.assertEqual(run.returncode, 0, run.stderr)
                last = self.said.read_text(encoding="utf-8").splitlines()[-1]
                self.assertRegex(last, rf"^python3 .*/{script} .*--filter a$")
                self.assertIn(suite, self.dev("help").stdout)

    def test_success_is_a_line_for_each_phase_without_colours(self):
        run = self.dev("docs")
        self.assertEqual((run.returncode, run.stdout), (0, ""))
        self.assertRegex(run.stderr, r"^docs: reference +\d+\.\d s\n"
                         r"docs: build/site/index.html +\d+\.\d s\n$")

    def test_failure_shows_what_the_program_said_and_its_status(self):
        self.pretend("doxygen", "echo words; echo errors >&2; exit 7")
        run = self.dev("docs")
        self.assertEqual((run.returncode, run.stdout), (7, ""))
        self.assertRegex(run.stderr, r"^docs: .* s  failed\nwords\nerrors\n$")

    def test_what_is_installed_is_not_installed_again(self):
        self.dev("docs")
        self.assertEqual(self.calls_of_apt(), [])

    def test_a_missing_package_is_installed_before_it_is_used(self):
        self.pretend("dpkg-query", 'echo "doxygen not-installed"; exit 1')
        self.pretend("apt-get", "")
        run = self.dev("docs")
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stderr, r"^install doxygen +\d+\.\d s\ndocs: ")
        self.assertEqual(self.calls_of_apt()[-1], "install")
        self.assertRegex(self.said.read_text(encoding="utf-8"),
                         r"install --no-install-recommends doxygen\n(.*\n)*doxygen docs/Doxyfile")

    def test_stale_lists_are_fetched_and_the_installation_tried_again(self):
        self.pretend("dpkg-query", "exit 1")
        self.pretend("apt-get", f"""
            case "$*" in *update*) touch {self.bin}/updated; exit 0 ;; esac
            test -e {self.bin}/updated && exit 0
            echo not found; exit 100""")
        self.assertEqual(self.dev("docs").returncode, 0)
        self.assertEqual(self.calls_of_apt()[-2:], ["update", "install"])

    def test_a_package_that_cannot_be_installed_is_named(self):
        self.pretend("dpkg-query", "exit 1")
        self.pretend("apt-get", "echo no such thing >&2; exit 100")
        run = self.dev("docs")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no such thing", run.stderr)
        self.assertIn("dev: could not install: doxygen", run.stderr)


if __name__ == "__main__":
    unittest.main()
