"""The embedded broker gives RabbitMQ's answers in the recorded exchanges of traces/, except for the
differences that traces/differences.txt lists with their reasons. On request RabbitMQ itself is
tested again; on a busy machine some of its answers come too late.

EVENTAIL_EMBEDDED_BROKER is the command of the one, EVENTAIL_TRACES_AMQP_URL names the other."""

import concurrent.futures
import difflib
import os
import sys
import unittest
from pathlib import Path

TRACES = Path(__file__).resolve().parent / "traces"
sys.path.insert(0, str(TRACES))
import brokers  # noqa: E402
from janitor import Janitor  # noqa: E402
from player import Player  # noqa: E402
from trace_text import loosened, read_scripts  # noqa: E402

# Refused logins take RabbitMQ seconds; its queues are apart from those of the other groups.
SLOW = "handshake"


def read_differences():
    """Where the embedded broker is known to do something else: (group, title) → reason."""
    lines = (TRACES / "differences.txt").read_text().splitlines()
    entries = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return {(group, title): reason for group, title, reason in entries}


def difference(script, target, **more):
    """How the answers differ from the recorded ones; nothing if they do not."""
    try:
        with Janitor(target, script):
            brought, late = Player(target, **more).play(script)
    except (AssertionError, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    recorded, came = [], []
    for step, lines in zip(script.steps, brought):
        recorded += [step.text, *map(loosened, step.expected)]
        came += [step.text, *map(loosened, lines)]
    came += [f"late: {line}" for line in late]
    return "\n".join(difflib.ndiff(recorded, came)) if recorded != came else ""


def play_all(target, differences):
    """The differences of each script, by group and title."""
    def play(group, script):
        # Where answers are known to be missing, there is no point in waiting long for them.
        is_known = (group, script.title) in differences
        return difference(script, target, **({"patience": 0.3} if is_known else {}))

    def play_group(path):
        return {(path.stem, script.title): play(path.stem, script)
                for script in read_scripts(path)}

    paths = sorted(TRACES.glob("*.trace"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(play_group, TRACES / f"{SLOW}.trace")
        outcome = {}
        for path in paths:
            outcome |= slow.result() if path.stem == SLOW else play_group(path)
    return outcome


def outcome_of(broker, differences):
    with broker as target:
        return play_all(target, differences)


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Most of the time is spent waiting: both brokers at once."""
        pool = cls.enterClassContext(concurrent.futures.ThreadPoolExecutor())
        if "EVENTAIL_TRACES_AMQP_URL" in os.environ:
            cls.rabbitmq = pool.submit(outcome_of, brokers.rabbitmq(), {})
        if "EVENTAIL_EMBEDDED_BROKER" in os.environ:
            embedded = brokers.program(os.environ["EVENTAIL_EMBEDDED_BROKER"])
            cls.embedded = pool.submit(outcome_of, embedded, read_differences())

    def check(self, outcome, differences):
        print(f"{len(outcome)} exchanges, {len(differences)} known to differ", file=sys.stderr)
        for place, found in outcome.items():
            with self.subTest(": ".join(place)):
                if found and place not in differences:
                    self.fail(f"differs:\n{found}")
                if not found and place in differences:
                    self.fail("differs no more: off the list with it")
        self.assertLessEqual(set(differences), set(outcome))

    if "EVENTAIL_TRACES_AMQP_URL" in os.environ:
        def test_rabbitmq_answers_as_recorded(self):
            self.check(self.rabbitmq.result(), {})

    @unittest.skipUnless("EVENTAIL_EMBEDDED_BROKER" in os.environ,
                         "EVENTAIL_EMBEDDED_BROKER names no program")
    def test_the_embedded_broker_answers_as_recorded(self):
        self.check(self.embedded.result(), read_differences())


if __name__ == "__main__":
    if not {"EVENTAIL_TRACES_AMQP_URL", "EVENTAIL_EMBEDDED_BROKER"} & set(os.environ):
        print("neither EVENTAIL_TRACES_AMQP_URL nor EVENTAIL_EMBEDDED_BROKER is set")
        sys.exit(77)
    unittest.main()
