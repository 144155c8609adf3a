"""A fixture for the subcommands of the program eventail that work on a broker."""

import contextlib
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import pika

from program import DEADLINE_SECONDS, Program

if "EVENTAIL_TEST_AMQP_URL" not in os.environ:
    print("EVENTAIL_TEST_AMQP_URL names no broker")
    sys.exit(77)

EVENTAIL = Path(os.environ["EVENTAIL_TOOLS_DIR"]) / "eventail"


class Tool(unittest.TestCase):
    """On the broker of EVENTAIL_TEST_AMQP_URL, with a queue that is bound to everything."""

    def setUp(self):
        self.home = self.enterContext(tempfile.TemporaryDirectory())
        self.url = os.environ["EVENTAIL_TEST_AMQP_URL"]
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        self.addCleanup(self.disconnect, connection)
        self.channel = connection.channel()
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        for exchange in ("events", "commands", "configurations", "logs"):
            self.channel.exchange_declare(exchange, "topic", durable=True)
            self.channel.queue_bind(self.queue, exchange, "#")

    @staticmethod
    def disconnect(connection):
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection.close()

    def environment(self):
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("EVENTAIL_URL", "XDG_CONFIG_HOME")}
        return environment | {"EVENTAIL_URL": self.url, "HOME": self.home}

    def run_tool(self, *arguments, stdin=""):
        """Exit status, standard output and error."""
        done = subprocess.run([EVENTAIL, *arguments], capture_output=True, text=True, check=False,
                              input=stdin, env=self.environment(), timeout=DEADLINE_SECONDS)
        return done.returncode, done.stdout, done.stderr

    def next_message(self):
        return self.channel.basic_get(self.queue, auto_ack=True)

    def write(self, name, content):
        path = Path(self.home, name)
        path.write_bytes(content)
        return str(path)

    def start_tool(self, *arguments):
        return self.enterContext(Program(EVENTAIL, *arguments, environment=self.environment()))
