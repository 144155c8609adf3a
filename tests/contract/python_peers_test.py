"""Services of ours and peers that behave like the Python original's (tests/peers), on one bus:
each kind of message both ways, in CBOR and JSON, and instances of both on the same queues."""

import os
import signal
import sys
import time
import unittest
import uuid
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "peers")]
from original import Endpoint, Service  # noqa: E402
from program import Program  # noqa: E402

if "EVENTAIL_TEST_AMQP_URL" not in os.environ:
    print("EVENTAIL_TEST_AMQP_URL names no broker")
    sys.exit(77)

URL = os.environ["EVENTAIL_TEST_AMQP_URL"]
PROGRAMS = Path(os.environ["EVENTAIL_PEERS_DIR"])
SAMPLE = {
    "unix_time": 1700000000, "name": "café", "ok": True, "none": None, "ratio": 0.5, "neg": -42,
    "big": 2**64 - 1, "small": -2**63, "list": [1, 2, [3]], "map": {"k": "v"}, "empty": {},
}


class Peers:
    """`caller` is a Python peer, which also configures who asks for it. It talks to `echo`:
    instances of ours, of its Python twin, or of both."""

    is_theirs_json = is_ours_json = False

    def setUp(self):
        self.echo = f"echo{uuid.uuid4().hex[:8]}"
        self.name = f"caller_of_{self.echo}"
        self.sample = SAMPLE if self.is_theirs_json or self.is_ours_json else {
            **SAMPLE, "binary": b"\x00\xff"}
        self.our_content_type = f"application/{'json' if self.is_ours_json else 'cbor'}"
        self.caller = Service(
            URL, self.name, events=[f"{self.echo}Echoed", f"{self.echo}Answered"],
            commands=[f"{self.name}.Echo", f"{self.name}.Return"],
            configurations=[f"{self.echo}ConfigurationRequested"], logs=[f"{self.echo}.*"],
            is_json=self.is_theirs_json)
        self.caller.on[f"{self.echo}ConfigurationRequested"] = lambda _: self.configure(True)
        self.addCleanup(self.caller.close)
        self.caller.start()
        self.addCleanup(self.delete_queues)

    def delete_queues(self):
        channel = self.caller.connection.channel()
        for logical_service in (self.echo, self.name):
            for kind in ("events", "commands"):
                channel.queue_delete(f"{logical_service}.{kind}")

    def queue(self, kind):
        channel = self.caller.connection.channel()
        declared = channel.queue_declare(f"{self.echo}.{kind}", passive=True).method
        channel.close()
        return declared

    def configure(self, is_on):
        self.caller.publish_configuration(f"{self.echo}Configured", {"on": is_on})
        return True

    def start(self, *command):
        program = Program(*command, *["--json"] * self.is_ours_json)
        self.enterContext(program)
        return program

    def start_ours(self):
        return self.start(PROGRAMS / "echo_service", URL, self.echo)

    def start_theirs(self):
        return self.start(sys.executable, TESTS / "peers/echo_service.py", URL, self.echo)

    def serve(self, *programs):
        """Until each is ready for business."""
        for program in programs:
            self.caller.pump_until(lambda program=program: "ready" in program.lines,
                                   f"ready peer: {program.errors}")

    def send(self, numbers):
        for number in numbers:
            self.caller.send_command(f"{self.echo}.Echo", {"number": number}, "a conversation",
                                     f"{self.name}.Return", str(number))

    def answered(self):
        """Some may be answered twice: by who was killed before it could acknowledge, too."""
        return {int(each.correlation_id) for each in self.caller.inbox
                if each.name == f"{self.name}.Return"}

    def assert_is_ours(self, message):
        self.assertEqual(message.content_type, self.our_content_type)
        self.assertEqual(message.app_id, self.echo)
        self.assertTrue(message.message_id)
        self.assertLess(abs(message.timestamp - time.time()), 60)

    def test_events_go_both_ways(self):
        ours = self.start_ours()
        self.serve(ours)

        self.caller.publish_event(f"{self.echo}Happened", self.sample, "conversation 1")
        [echoed] = self.caller.received(f"{self.echo}Echoed")

        self.assertEqual(echoed.payload, {"by": "ours", "payload": self.sample})
        self.assertEqual(echoed.conversation_id, "conversation 1")
        self.assert_is_ours(echoed)
        self.assertEqual(ours.stop(), 0)
        self.assertEqual(self.queue("events").message_count, 0)

    def test_our_service_answers_their_command_with_success_or_error(self):
        ours = self.start_ours()
        self.serve(ours)

        for number, payload in enumerate((self.sample, {"fail": True})):
            self.caller.send_command(f"{self.echo}.Echo", payload, f"conversation {number}",
                                     f"{self.name}.Return", f"correlation {number}")
        success, error = self.caller.received(f"{self.name}.Return", 2)

        self.assertEqual((success.status, error.status), ("success", "error"))
        self.assertEqual(success.payload, {"by": "ours", "payload": self.sample})
        self.assertEqual(error.payload, {"by": "ours", "reason": "told to"})
        for number, result in enumerate((success, error)):
            self.assertEqual(result.conversation_id, f"conversation {number}")
            self.assertEqual(result.correlation_id, f"correlation {number}")
            self.assert_is_ours(result)

    def test_our_command_is_answered_by_theirs_with_success_or_error(self):
        def answer(command):
            verb = self.caller.return_error if "fail" in command.payload else (
                self.caller.return_success)
            verb(command, {"seen": command.payload})
        self.caller.on[f"{self.name}.Echo"] = answer
        ours = self.start_ours()
        self.serve(ours)

        for number, payload in enumerate((self.sample, {"fail": True})):
            self.caller.publish_event(
                f"{self.echo}Asked", {"service": self.name, "payload": payload,
                                      "correlation_id": f"correlation {number}"},
                f"conversation {number}")
        answered = self.caller.received(f"{self.echo}Answered", 2)

        self.assertEqual([each.payload for each in answered], [
            {"status": "success", "correlation_id": "correlation 0",
             "payload": {"seen": self.sample}},
            {"status": "error", "correlation_id": "correlation 1",
             "payload": {"seen": {"fail": True}}}])
        self.assertEqual([each.conversation_id for each in answered],
                         ["conversation 0", "conversation 1"])
        for command in self.caller.received(f"{self.name}.Echo", 2):
            self.assertEqual(command.reply_to, f"{self.echo}.EchoReturn")
            self.assert_is_ours(command)

    def test_configurations_go_both_ways_and_come_first(self):
        self.caller.on[f"{self.echo}ConfigurationRequested"] = lambda _: self.configure(False)
        ours = self.start_ours()

        [request] = self.caller.received(f"{self.echo}ConfigurationRequested")
        refused = self.caller.received_log(f"{self.echo}.INFO", "configured")
        consumers = self.queue("events").consumer_count
        self.configure(True)
        self.serve(ours)

        self.assertEqual(request.payload, {"by": "ours"})
        self.assertEqual(request.delivery_mode, 2)
        self.assert_is_ours(request)
        self.assertFalse(refused["_on"])
        self.assertEqual(consumers, 0)
        self.assertEqual(self.queue("events").consumer_count, 1)

    def test_they_read_our_logs(self):
        ours = self.start_ours()
        self.serve(ours)

        record = self.caller.received_log(f"{self.echo}.INFO", "configured")

        self.assertEqual((record["_by"], record["_on"]), ("ours", True))
        self.assertEqual(record["_conversation_id"], "a case")

    def test_our_service_hears_their_endpoint(self):
        self.caller.on[f"{self.echo}ConfigurationRequested"] = lambda _: True
        endpoint = Endpoint(URL, "legacy", self.is_theirs_json)
        self.addCleanup(endpoint.close)
        ours = self.start_ours()
        self.caller.received(f"{self.echo}ConfigurationRequested")

        endpoint.publish_configuration(f"{self.echo}Configured", {"on": True})
        self.serve(ours)
        endpoint.publish_event(f"{self.echo}Happened", self.sample, "conversation 9")
        [echoed] = self.caller.received(f"{self.echo}Echoed")

        self.assertEqual(echoed.payload["payload"], self.sample)
        self.assertEqual(echoed.conversation_id, "conversation 9")

    def test_their_service_hears_our_endpoint(self):
        receiver = Service(URL, f"{self.echo}_receiver", events=[f"{self.echo}Happened"],
                           configurations=[f"{self.echo}Configured"], logs=[f"{self.echo}.*"])
        self.addCleanup(receiver.close)
        receiver.start()
        self.addCleanup(lambda: receiver.connection.channel().queue_delete(
            f"{self.echo}_receiver.events"))

        program = self.start(PROGRAMS / "endpoint_program", URL, self.echo)
        [configuration] = receiver.received(f"{self.echo}Configured")
        [event] = receiver.received(f"{self.echo}Happened")
        record = receiver.received_log(f"{self.echo}.WARNING", "publishing")

        self.assertEqual(program.wait(), 0)
        self.assertEqual(configuration.payload, {"on": True})
        self.assert_is_ours(configuration)
        self.assertEqual(event.payload, {"text": "café", "number": -42})
        self.assertEqual(event.conversation_id, "a case")
        self.assert_is_ours(event)
        self.assertEqual((record["full_message"], record["_number"]), ("several\nlines", 1))

    def test_instances_of_both_share_the_load(self):
        programs = [self.start_ours(), self.start_theirs()]
        self.serve(*programs)

        self.send(range(150))
        answers = self.caller.received(f"{self.name}.Return", 150)

        self.assertEqual(sorted(each.correlation_id for each in answers),
                         sorted(str(number) for number in range(150)))
        self.assertEqual({each.payload["by"] for each in answers}, {"ours", "python"})
        self.assertEqual([program.stop() for program in programs], [0, 0])
        self.assertEqual(self.queue("commands").message_count, 0)

    def test_what_one_leaves_undone_the_other_does(self):
        ours, theirs = programs = [self.start_ours(), self.start_theirs()]
        self.serve(*programs)

        ours.send_signal(signal.SIGSTOP)  # so that it takes some, and answers none
        self.send(range(100))
        ours.stop(signal.SIGKILL)
        programs[0] = self.start_ours()
        self.serve(programs[0])
        theirs.send_signal(signal.SIGSTOP)
        self.send(range(100, 200))
        theirs.stop(signal.SIGKILL)
        self.caller.pump_until(lambda: self.answered() == set(range(200)), "answer to each")

        self.assertEqual(programs[0].stop(), 0)
        self.assertEqual(self.queue("commands").message_count, 0)


class CborAndCbor(Peers, unittest.TestCase):
    pass


class TheirsJson(Peers, unittest.TestCase):
    is_theirs_json = True


class OursJson(Peers, unittest.TestCase):
    is_ours_json = True


class JsonAndJson(Peers, unittest.TestCase):
    is_theirs_json = is_ours_json = True


if __name__ == "__main__":
    unittest.main()
