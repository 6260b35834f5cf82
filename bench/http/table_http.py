# SPDX-License-Identifier: MIT
"""The tables of the HTTP benchmarks."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "net"))

import run_net  # noqa: E402


def ratio(result, reference):
    return result.median / reference.median


def verdicts(bench, result, references):
    """Whether Patio keeps the distances that it set itself."""
    if not result.impl.startswith("patio"):
        return ""
    said = []
    for name, bar in bench.bars.items():
        reference = references[name]
        if reference is None:
            continue
        minima = min(result.samples) / min(reference.samples)
        outcome = "MISSED"
        if round(ratio(result, reference), 2) <= bar:
            outcome = "met"
        elif round(minima, 2) <= bar:
            outcome = "met by the minimum"
        said.append(f"≤ {bar}× {name} {outcome}")
    return ", ".join(said)


def references_of(bench, results):
    """Whom all are compared with; None for one that has not run."""
    by_name = {result.impl: result for result in results}
    by_name["floor"] = run_net.floor_of(results)
    return {name: by_name.get(name) for name in bench.references}


def bound_lines(bench, results):
    """Where the other side is at its limit before the one that is measured."""
    if bench.measured == "server":
        return run_net.bound_lines(results)
    bound = [result.impl for result in results
             if result.middle("server_busy") > 0.97 > result.middle("client_busy")]
    return [f"  the server, not the client, is the limit of: {', '.join(bound)}"] if bound else []


def table_of(bench, results):
    """One benchmark's table as lines of text."""
    references = references_of(bench, results)
    head = ["", "CPU µs", "min", "max", *(f"÷ {name}" for name in references), "per s", "p50 µs",
            "p99 µs", "server", "load" if bench.measured == "server" else "client", "bar"]
    rows = []
    for result in results:
        row = [result.impl, *(run_net.us(value) for value in
                              (result.median, min(result.samples), max(result.samples)))]
        row += [f"{ratio(result, reference):.2f}×" if reference else ""
                for reference in references.values()]
        row += [f"{result.middle(name):,.0f}" if result.middle(name) else ""
                for name in ("requests_per_s", "p50_us", "p99_us")]
        row += [f"{result.middle(name) * 100:.0f} %" for name in ("server_busy", "client_busy")]
        rows.append(row + [verdicts(bench, result, references)])
    return [f"{bench.name}: {bench.what}", *run_net.aligned(head, rows),
            *bound_lines(bench, results)]
