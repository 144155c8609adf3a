"""./check runs stages, counts, builds ahead, and keeps the record of the stages before a release."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(os.environ["EVENTAIL_SCRIPTS"])

# Builds nothing, and notes which presets it was asked to build.
CMAKE = """#!/bin/bash
if [[ $1 == --build ]]; then echo "$3" >>built; fi
"""

GIT = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "scripts/stages").mkdir(parents=True)
        (self.root / "docs").mkdir()
        (self.root / "programs").mkdir()
        shutil.copy(SCRIPTS.parent / "check", self.root)
        for library in SCRIPTS.glob("check_*"):
            shutil.copy(library, self.root / "scripts")
        cmake = self.root / "programs/cmake"
        cmake.write_text(CMAKE)
        cmake.chmod(0o755)

    def stage(self, name, text):
        (self.root / "scripts/stages" / name).write_text(text)

    def check(self, *arguments):
        environment = os.environ | {"PATH": f"{self.root}/programs:{os.environ['PATH']}"}
        return subprocess.run([self.root / "check", *arguments], capture_output=True, text=True,
                              check=False, env=environment, timeout=50)

    def commit(self):
        for command in (["init", "-q"], ["add", "check", "scripts"],
                        ["commit", "-q", "-m", "a tree"]):
            subprocess.run([*GIT, *command], cwd=self.root, check=True)
        return subprocess.run([*GIT, "rev-parse", "--short=10", "HEAD"], cwd=self.root, check=True,
                              capture_output=True, text=True).stdout.strip()

    def test_the_last_line_counts(self):
        self.stage("format", "pass; pass\n")
        self.stage("layers", "skip 'nothing to look at'\n")

        run = self.check("format", "layers")

        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.splitlines()[-1], "2 passed, 0 failed, 1 skipped")
        self.assertRegex(run.stdout, r"\nlayers +skipped .*\(nothing to look at\)\n")

    def test_a_failed_stage_shows_its_log_and_lets_the_next_one_run(self):
        self.stage("format", "echo indented by three; fail 'bad shape'\n")
        self.stage("layers", "pass\n")

        run = self.check("format", "layers")

        self.assertEqual(run.returncode, 1)
        self.assertIn("indented by three\n", run.stdout)
        self.assertRegex(run.stdout, r"\nformat +failed .*\(bad shape\)\n")
        self.assertEqual(run.stdout.splitlines()[-1], "1 passed, 1 failed, 0 skipped")

    def test_a_stage_may_end_early_and_keeps_its_variables(self):
        self.stage("format", "local status=mine\nfail first && return\nfail second\n")
        self.stage("layers", 'if [[ ${status:-} == mine ]]; then fail leaked; else pass; fi\n')

        run = self.check("format", "layers")

        self.assertEqual(run.stdout.splitlines()[-1], "1 passed, 1 failed, 0 skipped")
        self.assertNotIn("second", run.stdout)

    def test_an_unknown_stage_is_refused_before_anything_runs(self):
        self.stage("format", "pass\n")

        for name in ("no_such_stage", "../check_report"):
            run = self.check("format", name)

            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"check: there is no stage {name}\n", run.stderr)

    def test_the_next_preset_is_built_while_a_stage_runs(self):
        self.stage("unit", "# Waits until the preset of the next stage is built.\n"
                           "# builds: release\n"
                           "is_done release || return\n"
                           "local tries\n"
                           "for ((tries = 0; tries < 2000; tries++)); do\n"
                           "    if grep -q clang built; then pass && return; fi\n"
                           "    sleep 0.01\n"
                           "done\n"
                           "fail 'nothing was built meanwhile'\n")
        self.stage("clang", "# builds: clang\ncheck_build clang\n")

        run = self.check("unit", "clang")

        self.assertEqual(run.stdout.splitlines()[-1], "2 passed, 0 failed, 0 skipped")
        self.assertEqual((self.root / "built").read_text().split(), ["release", "clang"])

    def test_a_stage_before_a_release_writes_its_line(self):
        record = self.root / "docs/verified.md"
        record.write_text("# Verified\n\n| stage |\n|---|\n| simulation | | | not run yet |\n")
        self.stage("simulation", "pass 'a million|and one'\n")
        self.stage("rabbitmq4-whole", "pass\n")
        self.stage("chaos", "pass\n")
        self.stage("mutants", "fail 'too few'\n")
        self.stage("bench", "pass\n")
        commit = self.commit()

        run = self.check("--release")

        self.assertEqual(run.returncode, 1)
        text = record.read_text()
        start, lines = text.splitlines()[:4], text.splitlines()[4:]
        self.assertEqual(start, ["# Verified", "", "| stage |", "|---|"])
        day = r"\d{4}-\d\d-\d\d"
        for line, expected in zip(lines, (
                rf"\| simulation \| {commit} \| {day} \| passed .*\(a million/and one\) \|",
                rf"\| rabbitmq4-whole \| {commit} \| {day} \| passed .* \|",
                rf"\| chaos \| {commit} \| {day} \| passed .* \|",
                rf"\| mutants \| {commit} \| {day} \| failed .*\(too few\) \|",
                rf"\| bench \| {commit} \| {day} \| passed .* \|"), strict=True):
            self.assertRegex(line, f"^{expected}$")

    def test_the_record_says_when_the_tree_was_changed(self):
        (self.root / "docs/verified.md").write_text("")
        self.stage("bench", "pass\n")
        commit = self.commit()
        self.stage("bench", "pass 'changed'\n")

        self.check("bench")

        self.assertIn(f"| bench | {commit} and changes |",
                      (self.root / "docs/verified.md").read_text())

    def test_stages_of_every_day_leave_the_record_alone(self):
        self.stage("format", "pass\n")

        self.assertEqual(self.check("format").returncode, 0)

        self.assertFalse((self.root / "docs/verified.md").exists())


class Stages(unittest.TestCase):
    """Of this tree."""

    def listed(self):
        said = subprocess.run([SCRIPTS.parent / "check", "--list"], capture_output=True, text=True,
                              check=True).stdout
        return dict(line.split(maxsplit=1) for line in said.splitlines())

    def test_each_file_is_listed_with_what_it_checks(self):
        files = {file.name for file in (SCRIPTS / "stages").iterdir()}

        self.assertEqual(set(self.listed()), files)
        self.assertTrue(all(text.endswith(".") for text in self.listed().values()))

    def test_each_preset_that_a_stage_waits_for_is_built(self):
        for file in (SCRIPTS / "stages").iterdir():
            text = file.read_text()
            waited = set(re.findall(r"^(?:if )?(?:is_done|check_build|run\w*_tests) ([\w-]+)",
                                    text, re.MULTILINE))
            built = re.search(r"^# builds: (.*)$", text, re.MULTILINE)

            self.assertEqual(waited, set(built[1].split()) if built else set(), file.name)


if __name__ == "__main__":
    unittest.main()
