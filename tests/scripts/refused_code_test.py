"""The code in tests/refused does not compile, and the compiler says what to write instead."""

import os
import re
import shutil
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(os.environ["EVENTAIL_SCRIPTS"]).parent
FOLDER = ROOT / "tests" / "refused"
COMPILERS = ("g++", "clang++-14")
EXPECTED = re.compile(r"// refused: (.+)")


def compile_file(compiler, file):
    done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-I", ROOT / "include", file],
                          capture_output=True, text=True, check=False, timeout=110)
    return done.returncode, done.stderr


class RefusedCode(unittest.TestCase):
    def check(self, compiler):
        if shutil.which(compiler) is None:
            self.skipTest(f"there is no {compiler}")
        files = sorted(FOLDER.glob("*.cpp"))
        with ThreadPoolExecutor(max_workers=2) as pool:
            results = pool.map(lambda file: compile_file(compiler, file), files)

        refused = 0
        for file, (status, errors) in zip(files, results):
            with self.subTest(file=file.name):
                expected = EXPECTED.match(file.read_text(encoding="utf-8"))
                if expected is None:
                    self.assertEqual((file.name, status), ("accepted.cpp", 0), errors)
                    continue
                refused += 1
                self.assertNotEqual(status, 0)
                self.assertRegex(errors, expected[1])
        self.assertGreater(refused, 10)

    def test_gcc_refuses_it_with_a_sentence(self):
        self.check("g++")

    def test_clang_refuses_it_with_a_sentence(self):
        self.check("clang++-14")


if __name__ == "__main__":
    unittest.main()
