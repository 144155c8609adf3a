"""Plays scripts against RabbitMQ and writes down what came: record.py [FILE...]; see README.md."""

import re
import sys
from pathlib import Path

import brokers
from janitor import Janitor
from player import Player
from trace_text import read_scripts, write_recorded

HERE = Path(__file__).resolve().parent


def record(path, target):
    scripts = read_scripts(path)
    for script in scripts:
        with Janitor(target, script):
            brought, late = Player(target, is_recording=True).play(script)
        if late:
            raise AssertionError(f"{path.name}: {script.title}: came late: {late}")
        for step, lines in zip(script.steps, brought):
            step.expected = lines
    write_recorded(path, scripts)
    print(f"{path.name}: {len(scripts)}")


def write_counts():
    """The table for the documentation: how many exchanges of which kind."""
    rows = []
    for path in sorted(HERE.glob("*.trace")):
        scripts = read_scripts(path)
        about = re.search(r"^# (.+)$", path.read_text(), re.M)[1]
        frames = sum(len(step.expected) for script in scripts for step in script.steps)
        rows.append((path.stem, len(scripts), frames, about))
    total = ["all", sum(row[1] for row in rows), sum(row[2] for row in rows), ""]
    lines = ["| traces | exchanges | answers | about |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
              for row in [*rows, total]]
    (HERE / "counts.md").write_text("\n".join(lines) + "\n")


def main():
    paths = [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.trace"))
    with brokers.rabbitmq() as target:
        for path in paths:
            record(path, target)
    write_counts()


if __name__ == "__main__":
    main()
