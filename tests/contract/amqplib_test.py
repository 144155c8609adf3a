"""The npm package amqplib works with the broker. Skipped, all of it, where npm is missing or finds no
registry.

EVENTAIL_TEST_AMQP_URL names the broker, EVENTAIL_TEST_AMQPS_URL and EVENTAIL_TEST_CERTIFICATES
the same one with TLS."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
if "EVENTAIL_TEST_AMQP_URL" not in os.environ:
    print("EVENTAIL_TEST_AMQP_URL names no broker")
    sys.exit(77)

URL = os.environ["EVENTAIL_TEST_AMQP_URL"]
TLS_URL = os.environ.get("EVENTAIL_TEST_AMQPS_URL")
CA_FILE = Path(os.environ.get("EVENTAIL_TEST_CERTIFICATES", "")) / "ca.pem"
DEADLINE_SECONDS = 20


class Amqplib(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("npm") or not shutil.which("node"):
            raise unittest.SkipTest("npm is not installed")
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name in ("package.json", "package-lock.json", "client.js"):
            shutil.copy(HERE / "amqplib" / name, cls.folder)
        try:
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
                           cwd=cls.folder, check=True, timeout=60, stdout=subprocess.DEVNULL)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise unittest.SkipTest(str(error)) from error

    def run_client(self, *arguments):
        done = subprocess.run(["node", "client.js", *arguments], cwd=self.folder, text=True,
                              capture_output=True, timeout=DEADLINE_SECONDS)
        self.assertEqual((done.returncode, done.stdout), (0, "done\n"), done.stderr)

    def test_all_that_a_service_does(self):
        self.run_client(URL)

    @unittest.skipUnless(TLS_URL, "EVENTAIL_TEST_AMQPS_URL names no broker")
    def test_tls(self):
        self.run_client(TLS_URL, str(CA_FILE))


if __name__ == "__main__":
    unittest.main()
