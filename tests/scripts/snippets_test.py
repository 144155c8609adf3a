"""Every C++ block of README and docs compiles as it stands, and none is passed over."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

SNIPPETS = Path(os.environ["EVENTAIL_SCRIPTS"]) / "snippets"
ROOT = SNIPPETS.parent.parent


def run(root):
    done = subprocess.run([SNIPPETS, root], capture_output=True, text=True, check=False, timeout=110)
    return done.returncode, done.stdout


class Documents(unittest.TestCase):
    def test_every_block_compiles(self):
        texts = [file.read_text(encoding="utf-8") for file in (*ROOT.glob("*.md"),
                                                               *(ROOT / "docs").rglob("*.md"))]
        count = sum(len(re.findall(r"^\s*```cpp$", text, re.MULTILINE)) for text in texts)

        status, output = run(ROOT)

        self.assertEqual((status, output), (0, f"{count} of {count} snippets compile\n"))
        self.assertGreater(count, 5)


class Snippets(unittest.TestCase):
    def check(self, text, path="README.md"):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return run(folder)

    def test_a_block_without_a_marker_is_a_whole_file(self):
        self.assertEqual(self.check("```cpp\nint a();\n```\n"), (0, "1 of 1 snippets compile\n"))
        self.assertEqual(self.check("```cpp\na();\n```\n")[0], 1)

    def test_an_error_is_named_by_the_line_of_the_document(self):
        status, output = self.check("Text.\n\n  ```cpp\n  int a();\n  int b\n  ```\n", "docs/a/b.md")

        self.assertEqual(status, 1)
        self.assertIn("docs/a/b.md:5:", output)
        self.assertEqual(output.splitlines()[-1], "0 of 1 snippets compile")

    def test_warnings_are_errors(self):
        self.assertIn("unused parameter", self.check("```cpp\nvoid a(int b) {}\n```\n")[1])

    def test_a_marker_says_where_the_block_stands(self):
        text = ("<!-- snippet: in-a-function -->\n```cpp\n#include <string>\n\n"
                "std::string a;\na.clear();\n```\n")

        self.assertEqual(self.check(text), (0, "1 of 1 snippets compile\n"))
        self.assertIn("README.md:6:", self.check(text.replace("clear", "cleer"))[1])

    def test_a_block_may_continue_the_one_before(self):
        text = ("```cpp\nstruct A {};\n```\n"
                "<!-- snippet: in-a-function, continued -->\n```cpp\nA a;\nstatic_cast<void>(a);\n"
                "```\n")

        self.assertEqual(self.check(text), (0, "2 of 2 snippets compile\n"))
        self.assertEqual(self.check(text.replace(", continued", ""))[0], 1)

    def test_a_tree_without_blocks_is_no_success(self):
        self.assertEqual(self.check("Text.\n"), (1, "0 of 0 snippets compile\n"))

    def test_what_would_be_passed_over_is_refused(self):
        for text, fault in (
                ("```c++\nint a;\n```\n", "1: the language of a snippet is called cpp here"),
                ("<!-- snippet: somewhere -->\n```cpp\n```\n", "1: there is no wrapper somewhere"),
                ("<!-- snippet in-a-service -->\n```cpp\n```\n", "1: a snippet marker looks like"),
                ("<!-- snippet: in-a-service -->\n\n```cpp\n```\n", "2: a snippet marker stands on"),
                ("<!-- snippet: in-a-service -->\n```cmake\n```\n", "2: a snippet marker before"),
                ("<!-- snippet: in-a-service, continued -->\n```cpp\n```\n",
                 "2: there is no whole file to continue"),
                ("```cpp\nint a;\n", " the last block or snippet marker has no end")):
            status, output = self.check(text)

            self.assertEqual(status, 1, text)
            self.assertTrue(output.startswith(f"README.md:{fault}"), output)


if __name__ == "__main__":
    unittest.main()
