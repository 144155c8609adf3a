"""scripts/counts finds what is not as recorded, and writes nothing down without a new reason."""

import os
import sys
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

sys.path.insert(0, os.environ["EVENTAIL_SCRIPTS"])
import counts_profile  # noqa: E402

LOADER = SourceFileLoader("counts", str(Path(os.environ["EVENTAIL_SCRIPTS"]) / "counts"))
counts = module_from_spec(spec_from_loader("counts", LOADER))
LOADER.exec_module(counts)

TOOLCHAIN = "g++ 12"


def count(instructions, allocations=0.0):
    return counts.Count(instructions, allocations)


def recorded(**figures):
    nothing = counts.Record(TOOLCHAIN, {})
    return counts.updated(nothing, TOOLCHAIN, figures, "the first record")


class Compare(unittest.TestCase):
    def assert_found(self, record, now, *expected):
        self.assertEqual(list(counts.faults(record, now)), list(expected))

    def test_what_is_within_five_percent_is_as_recorded(self):
        record = recorded(send=count(1000))

        self.assert_found(record, {"send": count(1050)})
        self.assert_found(record, {"send": count(950)})

    def test_growth_and_shrinkage_beyond_five_percent_are_found(self):
        record = recorded(send=count(1000))

        self.assert_found(record, {"send": count(1051)},
                          "send: more instructions: 1000 -> 1051 (+5.1%)")
        self.assert_found(record, {"send": count(949)},
                          "send: fewer instructions: 1000 -> 949 (-5.1%)")

    def test_any_other_number_of_allocations_is_found(self):
        record = recorded(send=count(1000, 0.0), read=count(1000, 2.0))

        self.assert_found(record, {"send": count(1000, 0.02), "read": count(1000, 1.0)},
                          "send: more allocations: 0.0 -> 0.02",
                          "read: fewer allocations: 2.0 -> 1.0 (-50.0%)")

    def test_a_figure_without_a_record_and_a_record_without_a_figure_are_found(self):
        record = recorded(send=count(1000))

        self.assert_found(record, {"read": count(1)}, "read: it has no record yet",
                          "send: it is recorded, but nothing counts it")


class Write(unittest.TestCase):
    def test_a_record_is_read_as_it_was_written(self):
        record = recorded(send=count(1000, 0.25), read=count(20000))

        self.assertEqual(counts.parse(counts.to_text(record, ["send", "read"])), record)

    def test_only_what_has_changed_gets_the_new_reason(self):
        record = recorded(send=count(1000), read=count(1000))

        new = counts.updated(record, TOOLCHAIN, {"send": count(1049), "read": count(1200)}, "why")

        self.assertEqual(new.lines["send"], record.lines["send"])
        self.assertEqual(new.lines["read"][1:4], (1200, 0.0, "why"))

    def test_a_figure_that_is_named_is_recorded_however_little_it_changed(self):
        record = recorded(send=count(1000))

        new = counts.updated(record, TOOLCHAIN, {"send": count(1001)}, "why", ["send"])

        self.assertEqual(new.lines["send"].instructions, 1001)

    def test_a_change_needs_a_reason_that_is_new(self):
        record = recorded(send=count(1000))

        for reason in ("", "  \n", "the first record", " the  first record\n"):
            with self.assertRaises(counts.Fault):
                counts.updated(record, TOOLCHAIN, {"send": count(2000)}, reason)

    def test_another_toolchain_is_a_change_of_everything(self):
        record = recorded(send=count(1000), read=count(1000))

        new = counts.updated(record, "g++ 13", {"send": count(1000), "read": count(1000)}, "why")

        self.assertEqual(new.toolchain, "g++ 13")
        self.assertEqual([line.reason for line in new.lines.values()], ["why", "why"])


class Seal(unittest.TestCase):
    def edited(self, before, after):
        text = counts.to_text(recorded(send=count(1000), read=count(777)), ["send", "read"])
        return counts.parse(text.replace(before, after))

    def test_what_scripts_counts_wrote_is_sealed(self):
        self.assertEqual(list(counts.broken_seals(self.edited("", ""))), [])

    def test_what_was_edited_by_hand_is_found(self):
        for before, after in (("1000", "1040"), ("first record\nread", "best record\nread")):
            found = list(counts.broken_seals(self.edited(before, after)))

            self.assertEqual(len(found), 1)
            self.assertIn("send: its line was edited by hand", found[0])

    def test_another_toolchain_written_by_hand_breaks_every_seal(self):
        record = self.edited(f"toolchain: {TOOLCHAIN}", "toolchain: g++ 13")

        self.assertEqual(len(list(counts.broken_seals(record))), 2)

    def test_a_line_edited_by_hand_cannot_be_sealed_with_the_reason_that_it_has(self):
        record = self.edited("1000", "1040")

        with self.assertRaises(counts.Fault):
            counts.updated(record, TOOLCHAIN, {"send": count(1040), "read": count(777)},
                           "the first record")

    def test_a_conflict_of_a_merge_is_no_record(self):
        with self.assertRaises(counts.Fault):
            self.edited("read", "<<<<<<< HEAD\nread")


class Profile(unittest.TestCase):
    # As callgrind writes it: outer() has 4 instructions of its own and 3 inlined from a header,
    # and calls inner() with 7.
    TEXT = """\
positions: line
fl=(1) /src/a.cpp
fn=(1) outer()
10 4
fi=(2) /src/b.hpp
7 3
fe=(1)
cfn=(2) inner()
calls=1 20
+4 7
* 0

fn=(2)
20 7

totals: 14
"""

    def test_instructions_count_where_they_are_and_not_where_they_are_called(self):
        functions, lines = counts_profile.read_profile(self.TEXT)

        self.assertEqual(functions, {"outer()": 7, "inner()": 7})
        self.assertEqual(+lines, {("/src/a.cpp", 10): 4, ("/src/b.hpp", 7): 3,
                                  ("/src/a.cpp", 20): 7})


if __name__ == "__main__":
    unittest.main()
