"""The test that docs/testing.md shows is the one that is run, and it is as quick as promised."""

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "07_testing"
TRIES = 5  # the machine may be busy with something else
PROMISED_MILLISECONDS = 50


def run():
    """What it says after the logs of the service, which go to standard error."""
    return subprocess.run([Path(os.environ["EVENTAIL_EXAMPLES_DIR"]) / NAME], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30,
                          check=True).stdout


class Testing(unittest.TestCase):
    def test_the_document_shows_the_example(self):
        document = (ROOT / "docs/testing.md").read_text(encoding="utf-8")

        shown = re.search("^```cpp\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)[1]

        self.assertEqual(shown, (ROOT / f"examples/{NAME}.cpp").read_text(encoding="utf-8"))

    def test_it_passes_in_the_time_that_was_promised(self):
        said = [run() for _ in range(TRIES)]

        took = [float(re.fullmatch(r"passed in ([\d.e+-]+) ms\n", line)[1]) for line in said]
        self.assertLess(min(took), PROMISED_MILLISECONDS)


if __name__ == "__main__":
    unittest.main()
