"""Runs a program once and reads what it measured."""

import json
import subprocess
from dataclasses import replace

from runner.brokers import Listening
from runner.peers import LIMIT, OURS

DEADLINE_SECONDS = 60
FEWEST_MESSAGES = 20  # of which a tenth is a warm-up


class Failed(Exception):
    """A program did not do what it was asked for."""


def measure(workload, series, programs, rabbitmq, scale):
    """The figures of one run: what the program printed."""
    if "idle-ms" in series.options:
        watched = int(series.options["idle-ms"] * min(scale * 10, 1))
        series = replace(series, options={**series.options, "idle-ms": watched})
    messages = max(int(series.messages * scale), min(series.messages, FEWEST_MESSAGES))
    if workload.against == "rabbitmq":
        return on_rabbitmq(workload, series, programs, rabbitmq.port, messages)
    if workload.against == "broker":
        return on_embedded_broker(workload, series, programs, messages)
    sink = [programs.folder / "sink"]
    for name, value in workload.sink_options.items():
        sink += [f"--{name}", value]
    with Listening(sink) as listening:
        command = command_of(workload, series, programs, listening.port, messages)
        if workload.program != "caller":
            return run(command)
        callee = programs.command(series.contender, "callee", listening.port, workload.body_bytes)
        with Listening([*callee, "--prefetch", series.options["prefetch"]]):
            return run(command)


def on_rabbitmq(workload, series, programs, port, messages):
    run_limit(programs, "prepare", port)
    if workload.program == "consume":
        # What the warm-up takes, and what is still on its way at the end, as well.
        filled = messages + messages // 10 + series.options["prefetch"] + 1000
        run_limit(programs, "publish", port, "--messages", filled, "--warm-up", 0)
    return run(command_of(workload, series, programs, port, messages))


def on_embedded_broker(workload, series, programs, messages):
    with Listening([programs.folder / "ours", "broker"]) as broker:
        run_limit(programs, "prepare", broker.port)
        publisher = programs.command(OURS, "publish", broker.port, workload.body_bytes)
        published = messages + messages // 10 + 1
        consumer = Listening(command_of(workload, series, programs, broker.port, messages))
        # Consumes already: nothing gathers in the queue that was not measured.
        run([*publisher, "--messages", published, "--warm-up", 0])
        return figures(consumer.process.communicate(timeout=DEADLINE_SECONDS)[0])


def command_of(workload, series, programs, port, messages):
    command = programs.command(series.contender, workload.program, port, workload.body_bytes)
    command += ["--messages", messages]
    for name, value in series.options.items():
        command += [f"--{name}", value]
    return command


def run_limit(programs, workload, port, *options):
    command = [*programs.command(LIMIT, workload, port, 256), *options]
    subprocess.run(text(command), check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE_SECONDS)


def run(command):
    try:
        done = subprocess.run(text(command), stdout=subprocess.PIPE, text=True,
                              timeout=DEADLINE_SECONDS, check=True)
    except subprocess.SubprocessError as error:
        raise Failed(f"{' '.join(text(command))}: {error}") from error
    return figures(done.stdout)


def figures(output):
    """What a program measured is its last line."""
    try:
        return json.loads(output.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise Failed(f"no figures but: {output}") from error


def text(command):
    return [str(part) for part in command]
