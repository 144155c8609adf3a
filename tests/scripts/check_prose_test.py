"""scripts/check-prose finds lines that are too long and phrases to avoid, and leaves code alone."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

CHECK_PROSE = Path(os.environ["EVENTAIL_SCRIPTS"]) / "check-prose"
WORDS = "word " * 24  # 120 columns, the last of them blank


class CheckProse(unittest.TestCase):
    def check(self, text, path="README.md"):
        with tempfile.TemporaryDirectory() as root:
            file = Path(root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            run = subprocess.run([CHECK_PROSE, root], capture_output=True, text=True, check=False)
            return run.returncode, run.stdout

    def assert_good(self, text, path="README.md"):
        self.assertEqual(self.check(text, path), (0, ""))

    def assert_refused(self, text, fault, path="README.md"):
        code, output = self.check(text, path)
        self.assertEqual(code, 1, text)
        self.assertTrue(output.startswith(f"{path}:{fault}"), output)

    def test_a_line_ends_before_column_121(self):
        self.assert_good(WORDS.strip() + "\n")
        self.assert_refused("One.\n" + WORDS + "xx\n", "2: 122 columns, over 120")
        self.assert_refused(WORDS + "é\n", "1: 121 columns", "docs/decisions/a.md")

    def test_tables_code_and_links_may_be_wider(self):
        self.assert_good(f"| {WORDS} | x |\n")
        self.assert_good(f"    {WORDS} x\n")
        self.assert_good(f"```\n{WORDS} x\n```\n")
        self.assert_good(f"  ```cpp\n  {WORDS} x\n  ```\n")
        self.assert_good("x" * 130 + "\n")

    def test_prose_behind_code_is_checked_again(self):
        self.assert_refused(f"```\n{WORDS} x\n```\n{WORDS} x\n", "4: ")

    def test_phrases_to_avoid_are_found_with_their_remedy(self):
        for text in ("What is published is lost.", "Text. What goes wrong is logged.",
                     "It serves those that wait.", "It goes to whoever asks.",
                     "It sends whatever comes.", "It is no service.", "A url that is none fails.",
                     "The client is told.", "It is to be taken.", "It failed for want of memory.",
                     "It keeps what is held.", "All but for one.", "It counts anew."):
            self.assert_refused(text + "\n", "1: \"")

        self.assertIn("name the thing", self.check("What is published is lost.\n")[1])

    def test_phrases_that_look_alike_are_good(self):
        for text in ("What is lost?", "It says what is missing.", "There is no TLS.",
                     "There is none.", "It is none of them.", "It is no longer open.",
                     "They can be told apart.", "It can be told from others.", "It is good to be here."):
            self.assert_good(text + "\n")

    def test_a_phrase_may_be_broken_by_the_end_of_a_line(self):
        self.assert_refused("One.\nThe client is\ntold.\n", "2: \"is told\"")

    def test_code_within_a_line_is_left_alone(self):
        self.assert_good("The function `is told` waits.\n")

    def test_phrases_are_found_in_tables_and_lists(self):
        self.assert_refused("| a |\n|---|\n| it is no service |\n", "3: \"is no\"")
        self.assert_refused("- One.\n- It is\n  none.\n", "2: \"is none\"")

    def test_comments_are_checked_in_every_folder_of_sources(self):
        for path in ("include/eventail/a.hpp", "src/wire/a.hpp", "tools/a.cpp", "examples/a.cpp",
                     "bench/ours/a.cpp", "tests/unit/bus/a_test.cpp"):
            self.assert_refused("// The client is told.\n", "1: \"is told\"", path)
            self.assert_good("// The broker tells the client.\n", path)

    def test_in_sources_only_comments_are_read(self):
        path = "include/eventail/a.hpp"
        self.assert_good("bool whatever;\nf(\"is told\");\n", path)
        self.assert_refused("/// One.\n/// The client is\n/// told.\nint a;\n", "2: \"is told\"", path)
        self.assert_refused("    // Those who wait.\n", "1: \"Those who\"", path)
        self.assert_refused("int a;  ///< whatever\n", "1: \"whatever\"", path)
        self.assert_refused("int a,  ///< whatever\n", "1: \"whatever\"", path)

    def test_a_tree_without_prose_is_no_success(self):
        self.assertEqual(self.check("text", "other/a.md")[0], 1)

    def wrapped(self, text):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.md"
            file.write_text(text, encoding="utf-8")
            subprocess.run([CHECK_PROSE, "--wrap", file], check=True)
            return file.read_text(encoding="utf-8")

    def test_wrapping_moves_words_of_a_paragraph_that_is_too_wide(self):
        self.assertEqual(self.wrapped(f"# A\n\n{WORDS}one\ntwo\n\nshort\nlines\n"),
                         f"# A\n\n{WORDS.strip()}\none two\n\nshort\nlines\n")

    def test_wrapping_keeps_the_indent_of_lists(self):
        self.assertEqual(self.wrapped(f"- a\n- {WORDS}\n  b\n"),
                         f"- a\n- {WORDS.strip()[:-5]}\n  word b\n")

    def test_wrapping_breaks_no_code(self):
        self.assertEqual(self.wrapped(f"{WORDS}`a b`\n| {WORDS} |\n```\n{WORDS}x\n```\n"),
                         f"{WORDS.strip()}\n`a b`\n| {WORDS} |\n```\n{WORDS}x\n```\n")


if __name__ == "__main__":
    unittest.main()
