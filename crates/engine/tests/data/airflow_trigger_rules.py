"""Makes airflow_trigger_rules.json: what a real Airflow decides for each of its trigger rules.

It asks Airflow's own TriggerRuleDep, the class with which its scheduler decides, about a task with one to
three upstreams in every combination of states. Around it stand only the few attributes that the class reads;
no database and no scheduler are needed, and no rule is written down here.

    python3 -m venv /tmp/airflow && /tmp/airflow/bin/pip install apache-airflow-core==3.3.2
    /tmp/airflow/bin/python crates/engine/tests/data/airflow_trigger_rules.py

The answers: "run", "upstream_failed", "skipped", "wait" (not decided yet, or never to be).
"""

import itertools
import json
import pathlib
from types import SimpleNamespace

import airflow
from airflow.task.trigger_rule import TriggerRule
from airflow.ti_deps.deps.trigger_rule_dep import TriggerRuleDep
from airflow.utils.state import TaskInstanceState

STATES = ["success", "failed", "skipped", "upstream_failed", "none"]


class Task(SimpleNamespace):
    """The attributes of an operator that the rule reads: no mapping, no task groups."""

    def get_closest_mapped_task_group(self):
        return None

    def get_needs_expansion(self):
        return False

    def get_upstreams_only_setups(self):
        return []


class Instance(SimpleNamespace):
    """The task instance in question; remembers the state that the rule gives it."""

    def get_dagrun(self, session):
        return None

    def set_state(self, state, session):
        self.state = state
        return True


class Context(SimpleNamespace):
    """A pass of the scheduler that marks tasks upstream_failed and skipped."""

    flag_upstream_failed = True
    wait_for_past_depends_before_skipping = False
    have_changed_ti_states = False

    def ensure_finished_tis(self, dag_run, session):
        return self.finished


def decide(rule, states, setups):
    upstreams = [Task(task_id=f"u{i}", is_setup=is_setup) for i, is_setup in enumerate(setups)]
    finished = [
        SimpleNamespace(task_id=task.task_id, task=task, state=TaskInstanceState(state), map_index=-1)
        for task, state in zip(upstreams, states)
        if state != "none"
    ]
    task = Task(
        task_id="t",
        trigger_rule=rule,
        upstream_list=upstreams,
        upstream_task_ids={task.task_id for task in upstreams},
        is_setup=False,
        is_teardown=rule == TriggerRule.ALL_DONE_SETUP_SUCCESS,
        dag=None,
    )
    instance = Instance(task=task, map_index=-1, state=None)
    context = Context(finished=finished)
    statuses = list(TriggerRuleDep()._get_dep_statuses(instance, context, session=None))
    if instance.state is not None:
        return instance.state.value
    return "run" if all(status.passed for status in statuses) else "wait"


def rows():
    for rule in TriggerRule:
        for count in (1, 2, 3):
            setups = [(False,) * count]
            if rule == TriggerRule.ALL_DONE_SETUP_SUCCESS:
                setups = [mask for mask in itertools.product((False, True), repeat=count) if any(mask)]
            # Order does not matter to any rule; keeping it in order keeps the table small.
            for setup in setups:
                for states in itertools.product(STATES, repeat=count):
                    if not any(setup) and list(states) != sorted(states, key=STATES.index):
                        continue
                    yield {
                        "rule": rule.value,
                        "upstreams": list(states),
                        "setup": list(setup),
                        "expected": decide(rule, states, setup),
                    }


def main():
    path = pathlib.Path(__file__).with_suffix(".json")
    lines = ",\n".join(json.dumps(row) for row in rows())
    path.write_text(f"[\n{lines}\n]\n")
    print(f"{path.name}: {lines.count(chr(10)) + 1} rows from Airflow {airflow.__version__}")


if __name__ == "__main__":
    main()
