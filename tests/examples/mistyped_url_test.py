"""A mistyped url, everybody's first mistake, ends a program with status 1 and one clear line."""

import os
import subprocess
import unittest
from pathlib import Path

EXAMPLES = Path(os.environ["EVENTAIL_EXAMPLES_DIR"])
SOURCES = Path(__file__).parents[2] / "examples"
WITHOUT_URL = {"07_testing"}  # brings its broker


class MistypedUrl(unittest.TestCase):
    def test_each_example_says_what_is_wrong_with_the_url(self):
        names = {source.stem for source in SOURCES.rglob("*.cpp")} - WITHOUT_URL
        self.assertIn("01_pong", names)
        for name in sorted(names):
            with self.subTest(name):
                run = subprocess.run([EXAMPLES / name, "ampq://me:secret@localhost"], text=True,
                                     capture_output=True, timeout=30, check=False)

                self.assertEqual(run.returncode, 1, run.stderr)
                self.assertRegex(run.stderr, r"\A[^\n]*broker url: it starts neither with amqp:// "
                                             r"nor with amqps://\n\Z")


if __name__ == "__main__":
    unittest.main()
