#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs scenarios in one boot of a real kernel and compares the output of the tools with the
scenario files (README.md). KMODPP_TEST_ACCEPT=1 rewrites the expected output."""

import argparse
import difflib
import os
import pathlib
import sys
import tempfile
import time

from comparison import Comparison
from lib.harness import fetch_kernel
from lib.machine import COMMAND_LINE, Machine, MachineError
from lib.samples import BuildError, headers
from scenario import Scenario, ScenarioError, answer_lines
from simulation import Simulation, SimulationError


class Report:
    """Prints problems and remembers that there were any."""

    def __init__(self):
        self.failed = False

    def problem(self, where, text):
        self.failed = True
        print(f"\n=== {where}\n{text.rstrip()}")


def check_expectation(scenario, seen, release, report):
    answers = [(answer_lines(one, release), one.status) for one in seen]
    if os.environ.get("KMODPP_TEST_ACCEPT") == "1":
        scenario.path.write_text(scenario.text_with(answers))
        return
    for step, (output, status) in zip(scenario.steps, answers):
        expected = [*step.output, f"= {step.status}"]
        actual = [*output, f"= {status}"]
        if expected != actual:
            diff = difflib.unified_diff(expected, actual, "expected", "actual", n=100,
                                        lineterm="")
            report.problem(f"{scenario.path}:{step.number}: $ {step.line}", "\n".join(diff))


def check_simulation(scenario, machine, part, steps, seen, before, report):
    """Runs the steps again on the simulated kernel, and compares step by step."""
    simulation = Simulation(part, machine.tools, headers(), machine.image,
                            f"{COMMAND_LINE} {scenario.append}".strip(), scenario.simulation(),
                            before)
    comparison = Comparison()
    for expected, step, real in zip(scenario.steps, steps, seen):
        simulated = simulation.run(step)
        if step.in_background:
            continue
        lines = comparison.differences(step.words, real, simulated)
        if lines:
            report.problem(f"{scenario.path}:{expected.number}: $ {expected.line}",
                           "the two kernels differ\n" + "\n".join(lines))
    return simulation


def names_of(modules):
    return [line.split()[0] for line in modules]


def run(scenarios, tools, kernel, directory, report):
    machine = Machine(tools, kernel, directory)
    parts = []
    for scenario in scenarios:
        part = machine.part(scenario.name)
        scenario.prepare(part)
        parts.append((part, scenario.steps_to_run(machine.release)))
    steps = sum(len(scenario.steps) for scenario in scenarios)
    seen, left = machine.run_parts(parts, scenarios[0].append, seconds=120 + 3 * steps)
    simulation = None
    for scenario, (part, steps), observations, modules in zip(scenarios, parts, seen, left):
        check_expectation(scenario, observations, machine.release, report)
        if scenario.shared:
            simulation = check_simulation(scenario, machine, part, steps, observations,
                                          simulation, report)
        if modules and scenario is not scenarios[-1]:
            report.problem(scenario.path, "leaves modules loaded for the next scenario of this boot: "
                           + " ".join(names_of(modules)))
    return machine.release


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("scenario", type=pathlib.Path, nargs="+",
                        help="scenario files, which share one boot")
    options = parser.parse_args()
    kernel = fetch_kernel()

    began = time.monotonic()
    report = Report()
    try:
        scenarios = [Scenario(path) for path in options.scenario]
        if len({scenario.append for scenario in scenarios}) != 1:
            raise ScenarioError("scenarios that share a boot need the same 'append'")
        with tempfile.TemporaryDirectory(prefix="kmodpp-kernel-") as directory:
            release = run(scenarios, options.tools.resolve(), kernel, directory, report)
    except (ScenarioError, MachineError, BuildError, SimulationError) as error:
        sys.exit(f"{error}")
    if report.failed:
        sys.exit("\nthe results differ from the expected ones")
    for scenario in scenarios:
        kernels = f"Linux {release}" + (" and on the simulated kernel" if scenario.shared else "")
        print(f"{scenario.name}: {len(scenario.steps)} steps on {kernels}")
    print(f"{time.monotonic() - began:.1f} s")


main()
