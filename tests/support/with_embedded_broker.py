"""Runs a test program against an embedded broker of its own, which EVENTAIL_TEST_AMQP_URL names to
it: with_embedded_broker.py PROGRAM TEST [BROKER OPTION...], PROGRAM being eventail."""

import os
import subprocess
import sys

from program import Program


def main(program, test, *options):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("EVENTAIL_TEST_")}
    with Program(program, "broker", "--port", "0", "--quiet", *options) as broker:
        environment["EVENTAIL_TEST_AMQP_URL"] = broker.wait_for_line("^amqp://")[0]
        status = subprocess.run([sys.executable, test], env=environment).returncode
        return status or broker.stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
