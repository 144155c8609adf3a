"""How traces are written: one step a line, `CONNECTION[.CHANNEL] WHO WHAT`, where WHO is `>` (sent,
then the answers are awaited), `>>` (sent, nothing awaited) or `<` (received). README.md tells more.
Only text here: what it means on a socket is the player's."""

import json
import re
from dataclasses import dataclass, field

import amqp_codec as codec

FILLER = "x"
LONGEST_LITERAL_BODY = 60
_DECODER = json.JSONDecoder()
_BARE = re.compile(r"[\w.#*+/-]+\Z")
_WHERE = re.compile(r"([a-z])(?:\.(\d+))?\Z")


@dataclass
class Step:
    """An action, and the lines that it caused."""
    line_number: int
    text: str
    expected: list = field(default_factory=list)


@dataclass
class Script:
    title: str
    steps: list = field(default_factory=list)


@dataclass
class Content:
    """A message without its method: properties and a body, None where there are none."""
    properties: dict = None
    body: bytes = None


def split_where(word):
    match = _WHERE.match(word)
    if not match:
        raise ValueError(f"{word!r} is neither a connection nor a channel")
    return match[1], int(match[2] or 0)


def parse_value(text, kind=None):
    if text[:1] in '"[{':
        return json.loads(text)
    if text in ("true", "false"):
        return text == "true"
    if kind in (None, "B", "H", "I", "Q") and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def parse_pairs(text, kinds):
    """`name=value` and bare names, which are true. Values are JSON or one word."""
    pairs, at = {}, 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        match = re.compile(r"([\w-]+)(=?)").match(text, at)
        if not match:
            raise ValueError(f"neither a name nor name=value: {text[at:]!r}")
        name, at = match[1], match.end()
        if not match[2]:
            pairs[name] = True
        elif text[at:at + 1] in '"[{':
            pairs[name], at = _DECODER.raw_decode(text, at)
        else:
            word = re.compile(r"\S*").match(text, at)
            pairs[name], at = parse_value(word[0], kinds.get(name)), word.end()
    return pairs


def format_value(value):
    # A word that reads as a number or a truth value would come back as one where no type is known.
    if isinstance(value, str) and _BARE.match(value):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def format_pairs(arguments, values, omit_defaults=True):
    parts = []
    for name, kind in arguments:
        if name not in values or omit_defaults and values[name] == codec.default_of(kind):
            continue
        value = values[name]
        parts.append(name if value is True else f"{name}={format_value(value)}")
    return " ".join(parts)


def split_content(text):
    """`method arguments | properties | body` in its parts; a bar inside quotes does not count."""
    parts, start, is_quoted, at = [], 0, False, 0
    while at < len(text):
        if is_quoted and text[at] == "\\":
            at += 1
        elif text[at] == '"':
            is_quoted = not is_quoted
        elif text[at] == "|" and not is_quoted:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*parts, text[start:].strip()]


def parse_body(text):
    if text.startswith('"'):
        return json.loads(text).encode("utf-8", "surrogateescape")
    if text.startswith("size="):
        return FILLER.encode() * int(text[len("size="):])
    if text.startswith("hex="):
        return bytes.fromhex(text[len("hex="):])
    raise ValueError(f"{text!r} is no body")


def format_body(body):
    if len(body) > LONGEST_LITERAL_BODY and body == FILLER.encode() * len(body):
        return f"size={len(body)}"
    try:
        return json.dumps(body.decode(), ensure_ascii=False)
    except UnicodeDecodeError:
        return f"hex={body.hex()}"


def parse_method(text):
    """`queue.declare queue=q durable`, or with content `basic.publish … | properties | body`."""
    call, *content = split_content(text)
    name, _, rest = call.partition(" ")
    if name not in codec.BY_NAME:
        raise ValueError(f"no such method: {name}")
    arguments = parse_pairs(rest, dict(codec.BY_NAME[name][1]))
    if not content:
        return name, arguments, Content()
    properties = parse_pairs(content[0], dict(codec.PROPERTIES))
    body = parse_body(content[1]) if len(content) > 1 else None
    return name, arguments, Content(properties, body)


def format_method(name, values, content=None, body_frames=1):
    text = f"{name} {format_pairs(codec.BY_NAME[name][1], values)}".strip()
    if content is None:
        return text
    frames = "" if body_frames == (1 if content.body else 0) else f" in {body_frames} frames"
    properties = format_pairs(codec.PROPERTIES, content.properties, omit_defaults=False)
    return f"{text} | {properties} | {format_body(content.body)}{frames}".replace("|  |", "| |")


def read_scripts(path):
    scripts = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("== "):
            scripts.append(Script(line[3:]))
        elif line.split()[1:2] == ["<"]:
            scripts[-1].steps[-1].expected.append(line)
        else:
            scripts[-1].steps.append(Step(number, line))
    return scripts


def write_recorded(path, scripts):
    """The file again, comments and all, each step followed by what it brought now."""
    answers = {step.line_number: step.expected for script in scripts for step in script.steps}
    lines = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.split()[1:2] == ["<"] and not line.startswith("#"):
            continue
        lines += [line, *answers.get(number, [])]
    path.write_text("\n".join(lines) + "\n")


_REPLY = re.compile(r'reply_code=(\d+) reply_text=("(?:[^"\\]|\\.)*"|\S+)')


def loosened(line):
    """For comparing. A reply text counts with its constant and, where people read it, two words more:
    when a channel is closed, or a command is invalid."""
    def shorten(match):
        words = re.findall(r"[A-Za-z_]+", match[2])
        return f"reply_code={match[1]} {' '.join(words[:3 if match[1] < '500' or match[1] == '503' else 1])}"
    return _REPLY.sub(shorten, line)
