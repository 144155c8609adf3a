"""Runs a test program against an embedded broker of its own:
with_embedded_broker.py PROGRAM TEST [BROKER OPTION...], PROGRAM being eventail.

EVENTAIL_TEST_AMQP_URL names it, EVENTAIL_TEST_BLOCK and _UNBLOCK are commands that raise and clear
its alarm; EVENTAIL_TEST_AMQPS_URL and EVENTAIL_TEST_CERTIFICATES are of a second one, with TLS."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import broker_alarm
from program import Program


def command(*arguments):
    return shlex.join([sys.executable, *arguments])


def main(program, test, *options):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("EVENTAIL_TEST_")}
    start = (program, "broker", "--port", "0", "--quiet", *options)
    with tempfile.TemporaryDirectory() as certificates:
        scripts = Path(os.environ["EVENTAIL_SCRIPTS"])
        subprocess.run([scripts / "make-certificates", certificates], check=True,
                       stdout=subprocess.DEVNULL)
        with (Program(*start, "--memory-limit", broker_alarm.LIMIT) as broker,
              Program(*start, "--tls-certificate", f"{certificates}/server.pem",
                      "--tls-key", f"{certificates}/server.key") as tls_broker):
            url = broker.wait_for_line("^amqp://")[0]
            tls_url = tls_broker.wait_for_line("^amqps://")[0]
            environment |= {
                "EVENTAIL_TEST_AMQP_URL": url,
                "EVENTAIL_TEST_BLOCK": command(broker_alarm.__file__, "raise", url),
                "EVENTAIL_TEST_UNBLOCK": command(broker_alarm.__file__, "clear", url),
                # The name in its certificate.
                "EVENTAIL_TEST_AMQPS_URL": tls_url.replace("127.0.0.1", "localhost"),
                "EVENTAIL_TEST_CERTIFICATES": certificates}
            status = subprocess.run([sys.executable, test], env=environment).returncode
            return status or broker.stop() or tls_broker.stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
