"""Prepares the brokers that traces are played against: RabbitMQ, given by a url and the folder from
scripts/rabbitmq, and any program that speaks AMQP and prints its url."""

import contextlib
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).resolve().parent
DEFINITIONS = HERE / "definitions.json"
sys.path.insert(0, str(HERE.parents[1] / "support"))
from program import Program  # noqa: E402

VHOST = "traces"


@dataclass
class Target:
    host: str
    port: int
    user: str
    password: str
    vhost: str


def target_of(url):
    parts = urlsplit(url)
    return Target(parts.hostname, parts.port or 5672, unquote(parts.username or "guest"),
                  unquote(parts.password or "guest"), VHOST)


def _rabbitmqctl(*arguments):
    scripts = Path(os.environ.get("EVENTAIL_SCRIPTS", HERE.parents[2] / "scripts"))
    command = [scripts / "rabbitmq", "ctl", os.environ["EVENTAIL_TEST_BROKER_DIR"], *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}")


@contextlib.contextmanager
def rabbitmq():
    """The one of EVENTAIL_TRACES_AMQP_URL, with a virtual host of these traces."""
    user = json.loads(DEFINITIONS.read_text())["users"][0]["name"]
    _rabbitmqctl("import_definitions", str(DEFINITIONS))
    try:
        yield target_of(os.environ["EVENTAIL_TRACES_AMQP_URL"])
    finally:
        _rabbitmqctl("delete_vhost", VHOST)
        _rabbitmqctl("delete_user", user)


@contextlib.contextmanager
def program(command):
    """The embedded broker, by a command that takes the options of `eventail broker`."""
    options = ["--port", "0", "--definitions", DEFINITIONS]
    with Program(*shlex.split(command), *options) as broker:
        yield target_of(broker.wait_for_line(r"^amqp://")[0])
        broker.stop()
