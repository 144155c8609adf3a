"""Plays one script against a broker and tells what each step brought."""

import time
import select

import amqp_codec as codec
from normal_form import Names, in_order, to_line
from peer import ANSWER_SECONDS, Peer
from trace_text import parse_body, parse_method, parse_pairs, split_content, split_where

# After a step that is not answered, so that another connection's next step finds it done.
SETTLE_SECONDS = 0.015
END_SECONDS = 0.03
RECORD_SECONDS = 0.06
EOF_SECONDS = 15
UNANSWERED = {"basic.publish", "basic.ack", "basic.nack", "basic.reject", "basic.recover-async",
              "connection.close-ok", "channel.close-ok", "channel.flow-ok",
              "connection.start-ok", "connection.tune-ok"}


class Player:
    """Runs the steps of one script; `play` is all that others need."""

    def __init__(self, target, is_recording=False, patience=ANSWER_SECONDS):
        self._target = target
        self._is_recording = is_recording
        self._patience = patience
        self._names = Names()
        self._peers = {}
        self._pending = []

    def play(self, script):
        """What each step brought, a list of lines per step, and what came after the last one."""
        try:
            brought = []
            for step in script.steps:
                try:
                    brought.append(self._do(step))
                except (ValueError, KeyError) as error:
                    raise ValueError(f"line {step.line_number}: {step.text}: {error!r}") from error
            self._collect(until=None, seconds=END_SECONDS)
            return brought, self._lines(self._pending)
        finally:
            for peer in self._peers.values():
                peer.end()

    def _do(self, step):
        word, _, rest = step.text.partition(" ")
        if word == "wait":
            return self._wait(rest, step)
        verb, _, what = rest.partition(" ")
        name, channel = split_where(word)
        if verb in ("connect", "raw", "greeted", "logged-in"):
            self._connect(name, verb, what)
            return []
        peer = self._peers.get(name) or self._connect(name, "connect", "")
        if verb == "unopened":
            peer.opened_channels.add(channel)
            return []
        if verb == "cut":
            peer.socket.close()
            del self._peers[name]
            time.sleep(0.1)
            return []
        if verb not in (">", ">>"):
            raise ValueError("neither a step nor an answer")
        what = self._names.reveal(what)
        is_answered = self._send(peer, channel, what)
        return [] if verb == ">>" else self._answers(step, is_answered)

    def _connect(self, name, how, options):
        peer = self._peers[name] = Peer(name, self._target)
        if how != "raw":
            peer.greet()
        if how == "logged-in":
            peer.log_in()
        elif how == "connect":
            peer.open(**parse_pairs(options, {}))
        return peer

    def _send(self, peer, channel, what):
        """Whether an answer is certain."""
        word, _, rest = what.partition(" ")
        if word == "bytes":
            peer.send(bytes.fromhex(rest))
            return False
        if word == "frame":
            values = parse_pairs(rest, {"payload": "s"})
            payload = bytes.fromhex(values.get("payload", "")) + b"\0" * values.get("zeros", 0)
            frame = codec.encode_frame(values["type"], channel, payload, values.get("end", 0xCE))
            if "size" in values:
                frame = frame[:3] + values["size"].to_bytes(4, "big") + frame[7:]
            peer.send(frame)
            return False
        self._open_channel(peer, channel, word)
        if word == "content":
            text, properties = (*split_content(rest), "")[:2]
            peer.send(codec.encode_frame(codec.HEADER, channel, codec.encode_header(
                parse_pairs(properties, dict(codec.PROPERTIES)), **parse_pairs(text, {}))))
            return False
        if word == "body":
            peer.send(codec.encode_frame(codec.BODY, channel, parse_body(rest)))
            return False
        name, values, content = parse_method(what)
        data = codec.encode_frame(codec.METHOD, channel, codec.encode_method(name, values))
        if content.properties is not None:
            data += self._encode_content(peer, channel, content)
        peer.send(data)
        return name not in UNANSWERED and not values.get("no_wait")

    def _encode_content(self, peer, channel, content):
        body = content.body or b""
        data = codec.encode_frame(
            codec.HEADER, channel, codec.encode_header(content.properties, len(body)))
        most = peer.frame_max - 8
        for at in range(0, len(body), most):
            data += codec.encode_frame(codec.BODY, channel, body[at:at + most])
        return data

    def _open_channel(self, peer, channel, method):
        if peer.is_open and channel not in peer.opened_channels and method != "channel.open":
            peer.call(channel, "channel.open", {}, "channel.open-ok")
        peer.opened_channels.add(channel)

    def _wait(self, what, step):
        if what.isdigit():
            deadline = time.monotonic() + int(what) / 1000
            self._collect(until=lambda: time.monotonic() >= deadline, seconds=int(what) / 1000)
        else:
            self._collect(until=lambda: self._peers[what].is_eof, seconds=EOF_SECONDS)
            # How many of them fit into that time is chance.
            self._pending = [event for event in self._pending if event.name != "heartbeat"]
        return self._answers(step, False)

    def _answers(self, step, is_answered):
        if self._is_recording:
            if is_answered:
                self._collect(until=lambda: self._pending, seconds=2)
            while self._collect(until=None, seconds=RECORD_SECONDS):
                pass
        elif step.expected:
            wanted = len(step.expected)
            self._collect(until=lambda: len(self._pending) >= wanted,
                          seconds=self._patience)
        else:
            self._collect(until=None, seconds=SETTLE_SECONDS)
        pending, self._pending = self._pending, []
        return self._lines(pending)

    def _collect(self, until, seconds):
        """Reads until that is so, or else until the time is over. Whether anything came."""
        deadline = time.monotonic() + seconds
        count = len(self._pending)
        for peer in self._peers.values():
            self._pending += peer.unread
            peer.unread = []
        while not (until and until()):
            open_peers = {peer.socket: peer for peer in self._peers.values() if not peer.is_eof}
            left = deadline - time.monotonic()
            if left <= 0 or not open_peers:
                break
            for ready in select.select(list(open_peers), [], [], left)[0]:
                self._pending += open_peers[ready].read()
        return len(self._pending) > count

    def _lines(self, events):
        return [to_line(event, self._names) for event in in_order(events)]
