"""Who is measured, and what has to be there for it."""

import os
import shutil
import subprocess
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent

OURS = "eventail"
LIMIT = "limit"
PEERS = ("librabbitmq", "node amqplib", "Go amqp091", "Python pika")

PACKAGES = {
    "librabbitmq": "apt-get install librabbitmq-dev",
    "Python pika": "apt-get install python3-pika python3-cbor2",
    "Go amqp091": "apt-get install golang-go golang-github-rabbitmq-amqp091-go-dev",
    "node amqplib": "apt-get install nodejs npm, and an npm registry",
}


class Programs:
    """The command lines of all contenders. `folder` is that of the built benchmarks."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.made = self.folder / "peers"  # what is made outside of CMake
        self.made.mkdir(parents=True, exist_ok=True)
        self.peers = {}
        self.missing = {}

    def find_peers(self):
        prepare = {
            "librabbitmq": self._librabbitmq,
            "node amqplib": self._amqplib,
            "Go amqp091": self._amqp091,
            "Python pika": self._pika,
        }
        for name in PEERS:
            try:
                self.peers[name] = prepare[name]()
            except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired):
                self.missing[name] = PACKAGES[name]

    def command(self, contender, workload, port, body_bytes):
        """How `contender` runs `workload`, without the workload's own options."""
        if contender == OURS:
            url = f"amqp://guest:guest@127.0.0.1:{port}"
            command = [self.folder / "ours", workload, "--url", url]
        elif contender == LIMIT:
            command = [self.folder / "limit", workload, "--port", port]
        else:
            command = [*self.peers[contender], workload, "--port", port]
            if contender != "librabbitmq":
                return [*command, "--body", self.body(body_bytes)]
        return [*command, "--body-bytes", body_bytes] if body_bytes != 256 else command

    def body(self, body_bytes):
        path = self.made / f"body-{body_bytes}"
        if not path.exists():
            command = [self.folder / "limit", "body", "--body-bytes", str(body_bytes)]
            path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
        return path

    def _librabbitmq(self):
        program = self.folder / "librabbitmq"
        if not program.exists():
            raise FileNotFoundError(program)
        return [program]

    def _pika(self):
        python = "/usr/bin/python3"  # Debian's own, which its packages are installed for
        subprocess.run([python, "-c", "import pika, cbor2"], check=True, capture_output=True)
        return [python, BENCH / "peers/pika_client.py"]

    def _amqp091(self):
        program = self.made / "amqp091"
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                       "GOCACHE": str(self.made / "go-cache")}
        subprocess.run(["go", "build", "-o", program, BENCH / "peers/amqp091/main.go"],
                       check=True, capture_output=True, env=environment)
        return [program]

    def _amqplib(self):
        folder = self.made / "amqplib"
        folder.mkdir(exist_ok=True)
        for file in ("package.json", "client.js"):
            shutil.copy(BENCH / "peers/amqplib" / file, folder)
        if not (folder / "node_modules/amqplib").exists():
            subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder,
                           check=True, capture_output=True, timeout=60)
        return ["node", folder / "client.js"]
