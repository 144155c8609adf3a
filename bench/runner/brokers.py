"""What clients are measured against: the sink, the embedded broker, a private RabbitMQ."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from runner.peers import ROOT


class Listening:
    """A program that serves until it is ended; its first line says on which port it listens."""

    def __init__(self, command):
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                        text=True)
        self.first_line = self.process.stdout.readline().strip()

    @property
    def port(self):
        return int(self.first_line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=30)


class RabbitMQ:
    """A private one, out of a folder of its own, for as long as this lives."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="eventail-bench."))
        self._script("start")
        environment = dict(line.split("=", 1) for line in self._script("env").splitlines()
                           if "=" in line)
        self.port = int(environment["EVENTAIL_TEST_AMQP_PORT"].strip("'\""))
        return self

    def __exit__(self, *_):
        self._script("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _script(self, verb):
        return subprocess.run([ROOT / "scripts/rabbitmq", verb, self.folder / "broker"],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
