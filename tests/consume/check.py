#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Uses Patio as another project would, in one of four ways, and runs the program that results.

`install` puts Patio into WORK/prefix; `find_package` and `pkg_config` build against that;
`add_subdirectory` builds Patio's sources as a part of the other project.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

EXPECTED = "3 7 11\n"  # What main.cpp prints.
HERE = pathlib.Path(__file__).resolve().parent


def run(*command, **options):
    """Runs a command; when it fails, shows it with what it said, and ends with status 1."""
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"failed with {done.returncode}: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def cmake_build(source, build, options, *cache):
    """Configures from nothing, so that no answer of an earlier run is left in a cache."""
    shutil.rmtree(build, ignore_errors=True)
    launcher = shutil.which("ccache")
    if launcher:
        cache = (*cache, f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}")
    shared = "ON" if options.linkage == "shared" else "OFF"
    # Without debug information the cache knows the library's objects from one way to the next. Many
    # projects join their sources for speed, so Patio's must bear that, too.
    joined = "OFF" if options.way == "install" and options.linkage == "static" else "ON"
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=",
        f"-DCMAKE_CXX_COMPILER={options.compiler}", f"-DBUILD_SHARED_LIBS={shared}",
        f"-DCMAKE_UNITY_BUILD={joined}", *cache)
    run("cmake", "--build", build)


def check_program(program, options):
    """Runs the program and looks at which libraries it needs."""
    library_path = f"{options.prefix}/lib"
    printed = run(program, env={**os.environ, "LD_LIBRARY_PATH": library_path})
    if printed != EXPECTED:
        sys.exit(f"{program} printed {printed!r} instead of {EXPECTED!r}")
    needs_shared = "libpatio" in run("objdump", "-p", program)
    if needs_shared != (options.linkage == "shared"):
        sys.exit(f"{program} is not linked {options.linkage}")


def install(options):
    """Installs, and looks for traces of the source tree in what was installed."""
    shutil.rmtree(options.prefix, ignore_errors=True)
    build = options.work / "patio"
    cmake_build(options.source, build, options, f"-DCMAKE_INSTALL_PREFIX={options.prefix}",
                "-DCMAKE_INSTALL_LIBDIR=lib", "-DPATIO_BUILD_TESTS=OFF",
                "-DPATIO_BUILD_EXAMPLES=OFF", "-DPATIO_BUILD_BENCH=OFF",
                "-DPATIO_BUILD_APPS=OFF")
    run("cmake", "--install", build)
    for path in [*options.prefix.rglob("*.cmake"), *options.prefix.rglob("*.pc")]:
        text = path.read_text(encoding="utf-8")
        if f"{options.source}/include" in text or f"{options.source}/src" in text:
            sys.exit(f"{path} names the source tree")


def find_package(options):
    build = options.work / "find_package"
    cmake_build(HERE / "find_package", build, options, f"-DCMAKE_PREFIX_PATH={options.prefix}")
    check_program(build / "program", options)


def pkg_config(options):
    build = options.work / "pkg_config"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    where = {**os.environ, "PKG_CONFIG_PATH": f"{options.prefix}/lib/pkgconfig"}
    flags = run("pkg-config", "--cflags", "--libs", "patio", env=where).split()
    run(options.compiler, "-std=c++20", HERE / "main.cpp", *flags, "-o", build / "program")
    check_program(build / "program", options)


def add_subdirectory(options):
    build = options.work / "add_subdirectory"
    cmake_build(HERE / "add_subdirectory", build, options, f"-DPATIO_SOURCE={options.source}")
    check_program(build / "program", options)


def main():
    ways = {way.__name__: way for way in (install, find_package, pkg_config, add_subdirectory)}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=ways)
    parser.add_argument("linkage", choices=("static", "shared"))
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.prefix = options.work / "prefix"
    ways[options.way](options)


if __name__ == "__main__":
    main()
