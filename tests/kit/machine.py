"""How state machines are run: a small fixed part in every test run, and a long part in the soak."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def run_briefly(machine: type[RuleBasedStateMachine], *, examples: int, steps: int, part: int = 0) -> None:
    """The settings of every test run: the same examples each time, and others for each part.

    A machine with many examples is run in parts, so that several processes share it.
    """
    run_state_machine_as_test(
        type(f"{machine.__name__}{part}", (machine,), {}) if part else machine,  # the name decides the examples
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=_QUIET,
        ),
    )


def run_for_long(machine: type[RuleBasedStateMachine]) -> None:
    """The settings of the soak: `IMAGESTREAM_SOAK_EXAMPLES` examples; a failing one is shrunk unless `NOSHRINK` is set."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("IMAGESTREAM_SOAK_EXAMPLES", "300")),
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate] if os.environ.get("NOSHRINK") else [Phase.generate, Phase.shrink],
            database=None,
            print_blob=True,
            suppress_health_check=_QUIET,
        ),
    )
