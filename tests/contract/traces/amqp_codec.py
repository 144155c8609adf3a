"""AMQP 0-9-1 as these traces need it: frames, methods, field tables and properties to bytes and
back. Written from the specification, apart from every client and from the project's own codec, and
willing to encode what no client should send."""

import struct

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
FRAME_END = 0xCE

# Class id, method id, name, arguments. The types: B octet, H short, I long, Q long long, s short
# string, S long string, b bit, F table.
METHODS = """
10 10 connection.start version_major:B version_minor:B server_properties:F mechanisms:S locales:S
10 11 connection.start-ok client_properties:F mechanism:s response:S locale:s
10 20 connection.secure challenge:S
10 21 connection.secure-ok response:S
10 30 connection.tune channel_max:H frame_max:I heartbeat:H
10 31 connection.tune-ok channel_max:H frame_max:I heartbeat:H
10 40 connection.open virtual_host:s reserved_1:s reserved_2:b
10 41 connection.open-ok reserved_1:s
10 50 connection.close reply_code:H reply_text:s failing_class:H failing_method:H
10 51 connection.close-ok
10 60 connection.blocked reason:s
10 61 connection.unblocked
10 70 connection.update-secret new_secret:S reason:s
10 71 connection.update-secret-ok
20 10 channel.open reserved_1:s
20 11 channel.open-ok reserved_1:S
20 20 channel.flow active:b
20 21 channel.flow-ok active:b
20 40 channel.close reply_code:H reply_text:s failing_class:H failing_method:H
20 41 channel.close-ok
30 10 access.request realm:s exclusive:b passive:b active:b write:b read:b
30 11 access.request-ok ticket:H
40 10 exchange.declare ticket:H exchange:s type:s passive:b durable:b auto_delete:b internal:b
       no_wait:b arguments:F
40 11 exchange.declare-ok
40 20 exchange.delete ticket:H exchange:s if_unused:b no_wait:b
40 21 exchange.delete-ok
40 30 exchange.bind ticket:H destination:s source:s routing_key:s no_wait:b arguments:F
40 31 exchange.bind-ok
40 40 exchange.unbind ticket:H destination:s source:s routing_key:s no_wait:b arguments:F
40 51 exchange.unbind-ok
50 10 queue.declare ticket:H queue:s passive:b durable:b exclusive:b auto_delete:b
       no_wait:b arguments:F
50 11 queue.declare-ok queue:s message_count:I consumer_count:I
50 20 queue.bind ticket:H queue:s exchange:s routing_key:s no_wait:b arguments:F
50 21 queue.bind-ok
50 30 queue.purge ticket:H queue:s no_wait:b
50 31 queue.purge-ok message_count:I
50 40 queue.delete ticket:H queue:s if_unused:b if_empty:b no_wait:b
50 41 queue.delete-ok message_count:I
50 50 queue.unbind ticket:H queue:s exchange:s routing_key:s arguments:F
50 51 queue.unbind-ok
60 10 basic.qos prefetch_size:I prefetch_count:H global:b
60 11 basic.qos-ok
60 20 basic.consume ticket:H queue:s consumer_tag:s no_local:b no_ack:b exclusive:b
       no_wait:b arguments:F
60 21 basic.consume-ok consumer_tag:s
60 30 basic.cancel consumer_tag:s no_wait:b
60 31 basic.cancel-ok consumer_tag:s
60 40 basic.publish ticket:H exchange:s routing_key:s mandatory:b immediate:b
60 50 basic.return reply_code:H reply_text:s exchange:s routing_key:s
60 60 basic.deliver consumer_tag:s delivery_tag:Q redelivered:b exchange:s routing_key:s
60 70 basic.get ticket:H queue:s no_ack:b
60 71 basic.get-ok delivery_tag:Q redelivered:b exchange:s routing_key:s message_count:I
60 72 basic.get-empty reserved_1:s
60 80 basic.ack delivery_tag:Q multiple:b
60 90 basic.reject delivery_tag:Q requeue:b
60 100 basic.recover-async requeue:b
60 110 basic.recover requeue:b
60 111 basic.recover-ok
60 120 basic.nack delivery_tag:Q multiple:b requeue:b
85 10 confirm.select no_wait:b
85 11 confirm.select-ok
90 10 tx.select
90 11 tx.select-ok
90 20 tx.commit
90 21 tx.commit-ok
90 30 tx.rollback
90 31 tx.rollback-ok
"""
PROPERTIES = [argument.split(":") for argument in (
    "content_type:s content_encoding:s headers:F delivery_mode:B priority:B correlation_id:s "
    "reply_to:s expiration:s message_id:s timestamp:Q type:s user_id:s app_id:s cluster_id:s"
).split()]
WITH_CONTENT = ("basic.publish", "basic.return", "basic.deliver", "basic.get-ok")


def _parse_methods():
    for line in METHODS.replace("\n  ", " ").strip().splitlines():
        class_id, method_id, name, *arguments = line.split()
        yield (int(class_id), int(method_id)), name, [
            argument.split(":") for argument in arguments]


BY_ID = {key: (name, arguments) for key, name, arguments in _parse_methods()}
BY_NAME = {name: (key, arguments) for key, name, arguments in _parse_methods()}
DEFAULTS = {"b": False, "F": {}, "s": "", "S": ""}

_FIXED_FIELDS = {
    "b": "b", "B": "B", "s": "h", "u": "H", "I": "i", "i": "I", "l": "q", "L": "q", "T": "Q",
    "f": "f", "d": "d"}


def default_of(kind):
    return DEFAULTS.get(kind, 0)


def _text(raw):
    return raw.decode("utf-8", "surrogateescape")


def _raw(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _long(raw):
    return struct.pack(">I", len(raw)) + raw


def encode_field(value):
    """JSON's types as usual clients send them; {"$s": 7} is 7 as a field of type s."""
    if isinstance(value, bool):
        return b"t" + bytes([value])
    if isinstance(value, int):
        fits = -2**31 <= value < 2**31
        return (b"I" + struct.pack(">i", value)) if fits else (b"l" + struct.pack(">q", value))
    if isinstance(value, float):
        return b"d" + struct.pack(">d", value)
    if isinstance(value, str):
        return b"S" + _long(_raw(value))
    if value is None:
        return b"V"
    if isinstance(value, list):
        return b"A" + _long(b"".join(map(encode_field, value)))
    (key, inner), *rest = value.items() or [("", None)]
    if rest or not key.startswith("$"):
        return b"F" + encode_table(value)
    if key == "$x":
        return b"x" + _long(bytes.fromhex(inner))
    if key == "$D":
        return b"D" + struct.pack(">Bi", *inner)
    return key[1:].encode() + struct.pack(">" + _FIXED_FIELDS[key[1:]], inner)


def encode_table(table):
    return _long(b"".join(
        bytes([len(_raw(name))]) + _raw(name) + encode_field(value)
        for name, value in table.items()))


class Reader:
    def __init__(self, data):
        self._data = data
        self._at = 0

    def take(self, count):
        if self._at + count > len(self._data):
            raise ValueError("truncated")
        self._at += count
        return self._data[self._at - count:self._at]

    def number(self, code):
        return struct.unpack(">" + code, self.take(struct.calcsize(">" + code)))[0]

    def is_at_end(self):
        return self._at == len(self._data)

    def table(self):
        inner = Reader(self.take(self.number("I")))
        table = {}
        while not inner.is_at_end():
            name = _text(inner.take(inner.number("B")))
            table[name] = inner.field()
        return table

    def field(self):
        kind = chr(self.number("B"))
        if kind == "t":
            return self.number("B") != 0
        if kind == "I":
            return self.number("i")
        if kind == "d":
            return self.number("d")
        if kind == "S":
            return _text(self.take(self.number("I")))
        if kind == "V":
            return None
        if kind == "F":
            return self.table()
        if kind == "A":
            inner = Reader(self.take(self.number("I")))
            items = []
            while not inner.is_at_end():
                items.append(inner.field())
            return items
        if kind == "x":
            return {"$x": self.take(self.number("I")).hex()}
        if kind == "D":
            return {"$D": [self.number("B"), self.number("i")]}
        return {f"${kind}": self.number(_FIXED_FIELDS[kind])}


def encode_arguments(arguments, values):
    """Arguments that are not named have their default."""
    unknown = set(values) - {name for name, _ in arguments}
    if unknown:
        raise ValueError(f"no such argument: {', '.join(sorted(unknown))}")
    encoded, bits = bytearray(), []

    def flush_bits():
        if bits:
            encoded.append(sum(bit << position for position, bit in enumerate(bits)))
            bits.clear()

    for name, kind in arguments:
        value = values.get(name, default_of(kind))
        if kind == "b":
            bits.append(bool(value))
            continue
        flush_bits()
        if kind == "s":
            encoded += bytes([len(_raw(value))]) + _raw(value)
        elif kind == "S":
            encoded += _long(_raw(value))
        elif kind == "F":
            encoded += encode_table(value)
        else:
            encoded += struct.pack(">" + kind, value)
    flush_bits()
    return bytes(encoded)


def decode_arguments(arguments, reader):
    values, bit_count = {}, 0
    for name, kind in arguments:
        if kind == "b":
            if bit_count % 8 == 0:
                octet = reader.number("B")
            values[name] = bool(octet >> (bit_count % 8) & 1)
            bit_count += 1
            continue
        bit_count = 0
        if kind == "s":
            values[name] = _text(reader.take(reader.number("B")))
        elif kind == "S":
            values[name] = _text(reader.take(reader.number("I")))
        elif kind == "F":
            values[name] = reader.table()
        else:
            values[name] = reader.number(kind)
    return values


def encode_frame(kind, channel, payload, end=FRAME_END):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + bytes([end])


def encode_method(name, values):
    (class_id, method_id), arguments = BY_NAME[name]
    return struct.pack(">HH", class_id, method_id) + encode_arguments(arguments, values)


def decode_method(payload):
    reader = Reader(payload)
    name, arguments = BY_ID[reader.number("H"), reader.number("H")]
    values = decode_arguments(arguments, reader)
    if not reader.is_at_end():
        raise ValueError(f"{name} has trailing bytes")
    return name, values


def encode_header(properties, body_size, class_id=60, weight=0):
    present = [pair for pair in PROPERTIES if pair[0] in properties]
    if len(present) != len(properties):
        raise ValueError(f"unknown property among {', '.join(properties)}")
    flags = sum(1 << (15 - PROPERTIES.index(pair)) for pair in present)
    return struct.pack(">HHQH", class_id, weight, body_size, flags) + encode_arguments(
        present, properties)


def decode_header(payload):
    reader = Reader(payload)
    class_id, weight, body_size, flags = (reader.number(code) for code in "HHQH")
    if (class_id, weight) != (60, 0):
        raise ValueError(f"content header of class {class_id}, weight {weight}")
    present = [pair for place, pair in enumerate(PROPERTIES) if flags >> (15 - place) & 1]
    properties = decode_arguments(present, reader)
    if not reader.is_at_end():
        raise ValueError("content header has trailing bytes")
    return properties, body_size
