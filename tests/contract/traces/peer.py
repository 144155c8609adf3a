"""One connection of a script: its socket, and the frames that come out of it."""

import select
import socket
import time
from dataclasses import dataclass, field

import amqp_codec as codec
from trace_text import Content

ANSWER_SECONDS = 5
DEFAULT_TUNE = {"channel_max": 2047, "frame_max": 131072, "heartbeat": 0}
CAPABILITIES = {"publisher_confirms": True, "exchange_exchange_bindings": True, "basic.nack": True,
                "consumer_cancel_notify": True, "connection.blocked": True,
                "authentication_failure_close": True}


@dataclass
class Event:
    connection: str
    channel: int
    name: str
    values: dict = field(default_factory=dict)
    content: Content = None
    body_frames: int = 0


class Peer:
    """Opens and closes channels and itself without being told; anything else is the script's."""

    def __init__(self, name, target):
        self.name = name
        self.target = target
        self.socket = socket.create_connection((target.host, target.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.unread = []
        self.opened_channels = {0}
        self.is_eof = False
        self.is_open = False
        self.is_closing = False
        self.is_closed = False
        self.frame_max = DEFAULT_TUNE["frame_max"]
        self._partial = {}
        self._settled = {}

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            # The broker may have closed already; the read tells.
            pass

    def read(self):
        """The events of what has arrived."""
        try:
            data = self.socket.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self.is_eof = True
            # Who closes the socket first after the closing handshake is left open.
            return [] if self.is_closed else [self._event(0, "eof")]
        self._buffer += data
        events = []
        while (frame := self._next_frame()) is not None:
            if frame[:4] == b"AMQP":
                events.append(self._event(0, f"header {frame[4:].hex()}"))
                continue
            if frame[-1] != codec.FRAME_END or len(frame) > self.frame_max:
                events.append(self._event(0, f"bad-frame {frame[:12].hex()}"))
            channel = int.from_bytes(frame[1:3], "big")
            for event in self._take_frame(frame[0], channel, frame[7:-1]):
                events += self._note(event)
        return events

    def _next_frame(self):
        if self._buffer[:4] == b"AMQP":
            size = 8
        elif len(self._buffer) < 7:
            return None
        else:
            size = int.from_bytes(self._buffer[3:7], "big") + 8
        if len(self._buffer) < size:
            return None
        frame, self._buffer = self._buffer[:size], self._buffer[size:]
        return frame

    def _event(self, channel, name, *more):
        return Event(self.name, channel, name, *more)

    def _take_frame(self, kind, channel, payload):
        if kind == codec.HEARTBEAT:
            return [self._event(channel, "heartbeat")]
        if kind == codec.METHOD:
            name, values = codec.decode_method(payload)
            if name not in codec.WITH_CONTENT:
                return [self._event(channel, name, values)]
            self._partial[channel] = (self._event(channel, name, values, Content()), 0)
            return []
        event, size = self._partial[channel]
        content = event.content
        if kind == codec.HEADER:
            content.properties, size = codec.decode_header(payload)
            content.body = b""
            self._partial[channel] = event, size
        else:
            content.body += payload
            event.body_frames += 1
        return [event] if len(content.body) >= size else []

    def _note(self, event):
        """What an event changes here. One confirm of several messages becomes several."""
        self.is_closing |= event.name == "connection.close"
        self.is_closed |= event.name == "connection.close-ok"
        if event.name in ("channel.close-ok", "channel.close"):
            self._settled.pop(event.channel, None)
        if event.name not in ("basic.ack", "basic.nack"):
            return [event]
        settled = self._settled.setdefault(event.channel, set())
        last = event.values["delivery_tag"]
        tags = {last}
        if event.values["multiple"]:
            tags = set(range(1, last + 1)) - settled
        settled |= tags
        return [self._event(event.channel, event.name, {"delivery_tag": tag})
                for tag in sorted(tags)]

    def wait_for(self, names, seconds=ANSWER_SECONDS):
        """For what is not part of the script: the handshake, opening channels, the end. Anything
        else that comes meanwhile is the script's."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.is_eof:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            events = self.read()
            for place, event in enumerate(events):
                if event.name in names:
                    self.unread += events[:place] + events[place + 1:]
                    return event
            self.unread += events
        raise AssertionError(f"{self.name}: none of {names} came, but {self.unread}")

    def call(self, channel, method, values, *answers, seconds=ANSWER_SECONDS):
        self.send(codec.encode_frame(codec.METHOD, channel, codec.encode_method(method, values)))
        return self.wait_for(answers, seconds)

    def greet(self):
        self.send(b"AMQP\0\0\x09\x01")
        self.wait_for(["connection.start"])

    def log_in(self, user=None, password=None):
        self.call(0, "connection.start-ok", {
            "client_properties": {"capabilities": CAPABILITIES}, "mechanism": "PLAIN",
            "response": f"\0{user or self.target.user}\0{password or self.target.password}",
            "locale": "en_US"}, "connection.tune")

    def open(self, user=None, password=None, **tune):
        """What follows the greeting, up to the open connection."""
        self.log_in(user, password)
        tune = {**DEFAULT_TUNE, **tune}
        self.frame_max = tune["frame_max"]
        self.send(codec.encode_frame(
            codec.METHOD, 0, codec.encode_method("connection.tune-ok", tune)))
        self.call(0, "connection.open", {"virtual_host": self.target.vhost}, "connection.open-ok")
        self.is_open = True

    def end(self):
        """Closes it, politely if that is still possible: the broker has then forgotten it."""
        try:
            if self.is_open and not self.is_eof and not self.is_closed:
                if self.is_closing:
                    self.send(codec.encode_frame(
                        codec.METHOD, 0, codec.encode_method("connection.close-ok", {})))
                else:
                    self.call(0, "connection.close", {"reply_code": 200}, "connection.close-ok",
                              seconds=1)
        except AssertionError:
            pass
        finally:
            self.socket.close()
