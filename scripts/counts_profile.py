"""What a profile of callgrind says: the functions and the lines in which the instructions are. What
a line calls is not counted with it, what the compiler inlined into it is counted where it was
written."""

import re
from collections import Counter
from pathlib import Path

# How the compiler spells what everybody knows by a shorter name.
LONG_NAMES = [
    (re.compile(r"std::basic_string_view<char, std::char_traits<char> >"), "std::string_view"),
    (re.compile(r"std::(__cxx11::)?basic_string<char, std::char_traits<char>, "
                r"std::allocator<char> >"), "std::string"),
    (re.compile(r"std::span<std::byte const, 18446744073709551615ul>"), "wire::Bytes"),
    (re.compile(r"eventail::"), ""),
]


def shortened(function):
    for long, short in LONG_NAMES:
        function = long.sub(short, function)
    return function if len(function) <= 90 else function[:87] + "..."


class Names:
    """A name is written out once, as "(7) name", and then called "(7)"."""

    def __init__(self):
        self.known = {}

    def read(self, text):
        number, name = re.fullmatch(r"(\(\d+\))(?: (.*))?", text).groups()
        if name is not None:
            self.known[number] = name
        return self.known[number]


def read_profile(text):
    """@return instructions by function, and by (file, line)"""
    functions, lines = Counter(), Counter()
    files, names = Names(), Names()
    file = function = ""
    line = 0
    is_call = False
    for row in text.splitlines():
        key, equals, value = row.partition("=")
        if equals and key in ("fl", "fi", "fe"):
            file = files.read(value)
        elif equals and key in ("cfi", "cfl"):
            files.read(value)
        elif equals and key == "fn":
            function = names.read(value)
        elif equals and key == "cfn":
            names.read(value)
        elif equals and key == "calls":
            is_call = True
        elif match := re.fullmatch(r"([+-]?\d+|\*) (\d+)", row):
            position, instructions = match.groups()
            if position[0] in "+-":
                line += int(position)
            elif position != "*":
                line = int(position)
            # The row after a call is what the callee took.
            if not is_call:
                functions[function] += int(instructions)
                lines[file, line] += int(instructions)
            is_call = False
    return functions, lines


def source_of(file, line):
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()[line - 1].strip()
    except (OSError, IndexError):
        return ""


def to_text(profile, messages, rows=40):
    functions, lines = read_profile(profile)
    text = [f"{sum(functions.values()) / messages:9.1f}  instructions per message", ""]
    for function, instructions in functions.most_common(rows):
        text.append(f"{instructions / messages:9.1f}  {shortened(function)}")
    text.append("")
    for (file, line), instructions in lines.most_common(rows):
        text.append(f"{instructions / messages:9.1f}  {Path(file).name}:{line}  "
                    f"{source_of(file, line)[:70]}")
    return "\n".join(text)
