"""scripts/mutants changes what it should, one thing at a time, and tells survivors from the noticed."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(os.environ["EVENTAIL_SCRIPTS"])
sys.path.insert(0, str(SCRIPTS))
from mutations import masked, mutations_of  # noqa: E402

# Takes the sources for programs: what "builds" copies them, what "tests" them looks for words.
CMAKE = """#!/bin/bash
[[ $1 == --build ]] || exit 0
if grep -q 'return b' src/bus/a.cpp; then exit 1; fi
mkdir -p build/tests/simulation
cat >build/tests/unit_bus <<'END'
#!/bin/bash
grep -q 'a == b' src/bus/a.cpp
END
cat >build/tests/simulation/simulation <<'END'
#!/bin/bash
grep -q 'if (a <= 0)' src/bus/a.cpp && while :; do :; done
! grep -q 'if (true)' src/bus/a.cpp
END
chmod +x build/tests/unit_bus build/tests/simulation/simulation
"""

SOURCE = """bool f(int a, int b) {
    if (a < 0) return !b;
    call(a);
    return a == b;
}
"""


def changes(text):
    return [(mutation.line, mutation.old, mutation.new) for mutation in mutations_of("a.cpp", text)]


class Mutations(unittest.TestCase):
    def test_each_operator_is_changed_by_itself(self):
        self.assertEqual(changes("x = a + b * c;\n"),
                         [(1, "x = a + b * c;", "{}"), (1, "+", "-"), (1, "*", "/")])

    def test_an_operator_may_end_its_line(self):
        self.assertEqual(changes("const bool x = a &&\n    b;\n"), [(1, "&&", "||")])

    def test_brackets_of_templates_signs_of_pointers_and_references_are_no_operators(self):
        self.assertEqual(changes("const std::vector<T*>& a = f<int>(*p, &q, T&& r);\n"), [])

    def test_a_condition_is_made_true_and_false(self):
        self.assertEqual(changes("if (is_it(a)) return;\n"),
                         [(1, "is_it(a)", "false"), (1, "is_it(a)", "true")])

    def test_a_loop_is_left_out_but_not_made_endless(self):
        self.assertEqual(changes("while (is_it(a)) {\n"), [(1, "is_it(a)", "false")])

    def test_a_condition_that_declares_a_name_stays(self):
        self.assertEqual(changes("if (T* a = f()) {\n"), [])

    def test_a_negation_is_dropped(self):
        self.assertEqual(changes("return !a;\n"), [(1, "!", "")])

    def test_calls_assignments_and_steps_are_left_out_and_declarations_stay(self):
        text = "{\n    a.b(c);\n    a->b = c;\n    ++a;\n    int d;\n    T e(f);\n    T g = h;\n}\n"

        self.assertEqual([change for change in changes(text) if change[2] == "{}"],
                         [(2, "a.b(c);", "{}"), (3, "a->b = c;", "{}"), (4, "++a;", "{}")])

    def test_the_second_line_of_a_statement_is_no_statement(self):
        self.assertEqual(changes("    return f(a,\n             b) +\n           g(c);\n"),
                         [(2, "+", "-")])

    def test_room_that_is_only_reserved_stays(self):
        self.assertEqual(changes("{\n    a.reserve(4);\n}\n"), [])

    def test_comments_texts_directives_and_assertions_stay(self):
        for text in ("// a == b\n", "/* a\n == b */\n", 'f(x, " a == b ", \'!\');\n',
                     "#if a == b\n", "assert(a == b && (c < d));\n",
                     "static_assert(a == b, \"c < d\");\n", "template <A a = b == c>\n"):
            self.assertEqual([change for change in changes(text) if change[2] != "{}"], [], text)

    def test_masking_moves_nothing(self):
        text = 'a; // b\n"c\\"d" e(1\'000, \'"\'); /* f\n*/ assert(g(h)); i\n'

        self.assertEqual(masked(text), 'a;     \n       e(1\'000,    );     \n' + 15 * " " + '; i\n')

    def test_applying_changes_only_that_place(self):
        found = next(each for each in mutations_of("a.cpp", SOURCE) if each.old == "==")

        self.assertEqual(found.apply(SOURCE), SOURCE.replace("==", "!="))
        self.assertEqual(str(found), "a.cpp:4: `==` -> `!=`")


class Mutants(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in ("scripts", "src/bus", "programs"):
            (self.root / name).mkdir(parents=True)
        for name in ("mutants", "mutations.py"):
            shutil.copy(SCRIPTS / name, self.root / "scripts")
        for name in ("CMakeLists.txt", "CMakePresets.json"):
            (self.root / name).write_text("")
        cmake = self.root / "programs/cmake"
        cmake.write_text(CMAKE)
        cmake.chmod(0o755)
        self.source = self.root / "src/bus/a.cpp"
        self.source.write_text(SOURCE)

    def run_mutants(self, *arguments):
        environment = os.environ | {"PATH": f"{self.root}/programs:{os.environ['PATH']}"}
        return subprocess.run([self.root / "scripts/mutants", *arguments], text=True, check=False,
                              capture_output=True, env=environment, timeout=50)

    def test_survivors_are_told_from_the_noticed(self):
        run = self.run_mutants("--limit", "1", "--least", "50")

        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("src/bus/a.cpp:4: `==` -> `!=`   noticed by unit_bus", run.stdout)
        self.assertIn("src/bus/a.cpp:2: `<` -> `<=`   noticed by the time limit of simulation",
                      run.stdout)
        self.assertIn("src/bus/a.cpp:2: `a < 0` -> `true`   noticed by simulation", run.stdout)
        self.assertIn("src/bus/a.cpp:2: `!` -> ``   does not compile", run.stdout)
        survivors = run.stdout.split("Survivors:\n")[1].splitlines()
        self.assertEqual(sorted(survivors[:-1]), [
            "src/bus/a.cpp:2: `a < 0` -> `false`   in: if (a < 0) return !b;",
            "src/bus/a.cpp:3: `call(a);` -> `{}`   in: call(a);"])
        self.assertEqual(survivors[-1],
                         "3 of 5 mutants noticed (60.0 %), seed 1; 1 more did not compile")

    def test_too_few_that_are_noticed_are_a_failure(self):
        self.assertEqual(self.run_mutants("--at", "src/bus/a.cpp:3", "--least", "1").returncode, 1)
        self.assertEqual(self.run_mutants("--at", "src/bus/a.cpp:4", "--least", "99").returncode, 0)

    def test_the_tree_itself_is_never_changed(self):
        self.assertEqual(self.run_mutants("--at", "src/bus/a.cpp:3").returncode, 1)

        self.assertEqual(self.source.read_text(), SOURCE)
        self.assertEqual((self.root / "build/mutants/src/bus/a.cpp").read_text(), SOURCE)

    def test_a_tree_that_fails_by_itself_is_refused(self):
        self.source.write_text(SOURCE.replace("==", "!="))

        run = self.run_mutants()

        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("fails already: unit_bus", run.stderr)

    def test_a_seed_decides_which_and_in_which_order(self):
        first, again, other = (self.run_mutants("--list", "--seed", seed).stdout
                               for seed in ("1", "1", "2"))

        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(sorted(first.splitlines()), sorted(other.splitlines()))

    def test_one_line_can_be_asked_for(self):
        said = self.run_mutants("--list", "--at", "src/bus/a.cpp:4").stdout

        self.assertEqual(said, "src/bus/a.cpp:4: `==` -> `!=`\n")


if __name__ == "__main__":
    unittest.main()
