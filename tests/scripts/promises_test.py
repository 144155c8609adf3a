"""The tests that docs/promises.md names exist."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEFINED = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
NAMED = re.compile(r"`([A-Z]\w+\.[a-z]\w+)`")


class Promises(unittest.TestCase):
    def test_every_test_that_the_page_names_exists(self):
        defined = {".".join(names) for file in (ROOT / "tests").rglob("*_test.cpp")
                   for names in DEFINED.findall(file.read_text(encoding="utf-8"))}
        named = set(NAMED.findall((ROOT / "docs/promises.md").read_text(encoding="utf-8")))

        self.assertGreater(len(named), 50)
        self.assertEqual(named - defined, set())


if __name__ == "__main__":
    unittest.main()
