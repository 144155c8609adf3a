"""What the chaos run makes of journals."""

import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[1] / "chaos"))
from members import Account, Member  # noqa: E402


class Journals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def member(self, journal, name="store1"):
        member = Member("true", "store", name, "amqp://localhost", None, self.folder)
        member.process.wait()
        self.write(name, journal)
        return member

    def write(self, name, journal):
        with (self.folder / f"{name}.journal").open("a") as file:
            file.write(journal)

    def test_an_order_that_nobody_kept_is_missing(self):
        source = self.member("accepted 1 10.0\naccepted 2 10.1\n", "source")
        store = self.member("ready 0 9.0\nkept 2 10.3\n")

        account = Account([source, store])

        self.assertEqual(account.accepted, 2)
        self.assertEqual(account.missing("kept"), [1])
        self.assertEqual(account.missing("answered"), [1, 2])

    def test_an_order_kept_again_is_explained_by_a_fault_between_or_by_nothing(self):
        account = Account([self.member("accepted 1 10.0\n", "source"),
                           self.member("kept 1 10.2\nkept 1 12.0\n"),
                           self.member("kept 1 12.5\n", "store2")])

        for began, ended, unexplained in (
                (11, 11.5, []), (5, 9.5, []), (5, 8.5, [1]), (13, 14, [1])):
            with self.subTest(began=began):
                fault = SimpleNamespace(began=began, ended=ended)
                self.assertEqual(account.duplicates([fault]), (2, unexplained))

    def test_a_line_that_is_not_whole_yet_is_read_later(self):
        store = self.member("kept 1 10.2\nkept 2 1")
        store.read()
        self.assertEqual([entry.number for entry in store.entries], [1])

        self.write("store1", "1.5\n")
        store.read()

        self.assertEqual([(entry.number, entry.at) for entry in store.entries],
                         [(1, 10.2), (2, 11.5)])

    def test_the_first_part_in_a_later_order_is_found(self):
        relay = self.member("relayed 7 10\nrelayed 8 11\nanswered 8 11.5\nrelayed 9 12\n"
                            "relayed 8 13\n")

        self.assertEqual(relay.first_after(10.5, ("relayed",), 9).at, 12)
        self.assertEqual(relay.first_after(10.5, ("relayed",)).at, 11)
        self.assertIsNone(relay.first_after(12.5, ("relayed",), 9))


if __name__ == "__main__":
    unittest.main()
