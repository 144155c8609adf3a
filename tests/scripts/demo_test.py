"""The demo counts what it should as lost, and shows nothing that steers the terminal."""

import os
import sys
import unittest
from types import SimpleNamespace

sys.path.insert(0, os.environ["EVENTAIL_SCRIPTS"])
from demo_count import Count  # noqa: E402
from demo_view import Message, printable, read, to_text  # noqa: E402


def message(name, payload, correlation_id="", conversation_id="a case"):
    return Message("", name, conversation_id, correlation_id, payload)


ONE_SECOND = [
    message("SecondTicked", {"unix_time": 7}),
    message("prime.CheckPrime", {"number": 7}, "7"),
    message("prime_time.CheckPrimeReturn", {"is_prime": True}, "7"),
    message("PrimeTimeTicked", {"unix_time": 7}),
]
ITS_LINES = [("clock", "SecondTicked 7"), ("prime", "7 is prime"), ("prime_time", "7 is prime"),
             ("announcer", "It is prime time: 7")]


def counted(messages, lines):
    count = Count()
    for each in messages:
        count.saw(each)
    for program, line in lines:
        count.saw_line(program, line)
    return count


class Counting(unittest.TestCase):
    def test_what_left_its_trace_is_received(self):
        count = counted(ONE_SECOND, ITS_LINES)

        self.assertTrue(count.is_all_received())
        self.assertEqual(sorted(count.rows()), [
            ("PrimeTimeTicked", 1, 1, None), ("SecondTicked", 1, 1, None),
            ("prime.CheckPrime", 1, 1, 1), ("prime_time.CheckPrimeReturn", 1, 1, None)])

    def test_what_left_no_trace_is_lost(self):
        for missing in range(len(ONE_SECOND)):
            count = counted(ONE_SECOND[:missing] + ONE_SECOND[missing + 1:], ITS_LINES)
            self.assertFalse(count.is_all_received(), ONE_SECOND[missing])

    def test_what_nobody_printed_is_lost(self):
        for missing in ("prime_time", "announcer"):
            count = counted(ONE_SECOND, [line for line in ITS_LINES if line[0] != missing])
            self.assertFalse(count.is_all_received(), missing)

    def test_an_echo_that_ping_did_not_print_is_lost(self):
        messages = [message(name, {}, str(number)) for number in (1, 2)
                    for name in ("pong.EchoMessage", "ping.EchoReturn")]

        count = counted(messages, [("ping", "echo: 1")])

        self.assertIn(("ping.EchoReturn", 2, 1, None), list(count.rows()))

    def test_what_comes_twice_counts_once(self):
        count = counted(ONE_SECOND + ONE_SECOND[2:3], ITS_LINES)

        self.assertIn(("prime_time.CheckPrimeReturn", 1, 1, None), list(count.rows()))
        self.assertEqual(count.twice, 1)


class Showing(unittest.TestCase):
    def test_control_characters_and_reordering_are_shown_as_escapes(self):
        self.assertEqual(printable("a\x1b[2J\r\n\x9b\u202eé"), r"a\x1b[2J\r\n\x9b\u202eé")

    def test_any_bytes_can_be_shown(self):
        properties = SimpleNamespace(headers=None, reply_to=None, correlation_id=None,
                                     content_type="application/cbor")
        method = SimpleNamespace(exchange="events", routing_key="Something")
        for body in (b"", b"\xff", b"\x81" * 60_000, b"\xa1\x61\x61", b"\x41\x00"):
            self.assertLess(len(to_text(read(method, properties, body).payload)), 120, body[:9])


if __name__ == "__main__":
    unittest.main()
