"""The mutations of a C++ source that scripts/mutants tries: one operator, condition or statement
changed at a time. Found in the text, as clang-format leaves it: a binary operator has a space on
each side, which the brackets of templates and the signs of pointers have not.
"""

import re
from dataclasses import dataclass

SWAPPED = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&",
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "<<": ">>", ">>": "<<",
    "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=",
}
STEPS = {"++": "--", "--": "++"}
TRUTHS = {"true": "false", "false": "true"}

_OPERATOR = re.compile(r"(?<= )(" + "|".join(sorted(map(re.escape, SWAPPED), key=len, reverse=True))
                       + r")(?=[ \n])")
_STEP = re.compile(r"\+\+|--")
_TRUTH = re.compile(r"\b(true|false)\b")
_NEGATION = re.compile(r"!(?=[\w(])")
_CONDITION = re.compile(r"\b(if|while) (?=\()")
# A call, an assignment, a step: no declaration, which has a space between type and name.
_STATEMENT = re.compile(r"(?:\+\+|--|\*)?[A-Za-z_][\w:]*(?:(?:\.|->)\w+|\[[^\]]*\]|\(\))*"
                        r"(?: (?:[-+|&^*/]|<<|>>)?= .*|\(.*\)|);|continue;")
# To leave these out changes how fast it is, not what it does.
_ONLY_FASTER = re.compile(r"\b(reserve|shrink_to_fit)\(")
_NO_STATEMENT = re.compile(r"(?:return|using|break|goto|default|public|private|protected)\b")

# Text that never runs: comments, literals, directives.
_NO_CODE = re.compile(r"""
      //[^\n]*
    | /\*.*?\*/
    | R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    | ^[ ]*\#(?:\\\n|[^\n])*
    | ^[ ]*(?:requires|template)\b[^\n]*
    """, re.VERBOSE | re.DOTALL | re.MULTILINE)
_ASSERTION = re.compile(r"\b(?:static_assert|assert|EXPECT|noexcept|requires|alignas)(?=\()")


@dataclass(frozen=True, order=True)
class Mutation:
    """Replaces `old`, which begins at this offset of the file, by `new`."""

    path: str
    start: int
    old: str
    new: str
    line: int
    source: str  # that line

    def apply(self, text):
        end = self.start + len(self.old)
        assert text[self.start:end] == self.old
        return text[:self.start] + self.new + text[end:]

    def __str__(self):
        old = " ".join(self.old.split())
        return f"{self.path}:{self.line}: `{old}` -> `{self.new}`"


def end_of_brackets(text, start):
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i + 1
    return len(text)


def masked(text):
    """The text with blanks for all that must not be changed; lines and offsets stay."""
    def blank(part):
        return re.sub(r"[^\n]", " ", part)
    text = _NO_CODE.sub(lambda match: blank(match[0]), text)
    for match in _ASSERTION.finditer(text):
        end = end_of_brackets(text, match.end())
        text = text[:match.start()] + blank(text[match.start():end]) + text[end:]
    return text


def _conditions(code):
    for match in _CONDITION.finditer(code):
        begin, end = match.end() + 1, end_of_brackets(code, match.end()) - 1
        condition = code[begin:end]
        # One that declares a name cannot go.
        if re.search(r"[^=!<>]=[^=]|;", condition) or not condition.strip():
            continue
        yield begin, end, "false"
        if match[1] == "if":
            yield begin, end, "true"


def _statements(code):
    begin = 0
    before = "{"
    for line in code.splitlines(keepends=True):
        stripped = line.strip()
        if (before[-1] in "{};:)" and _STATEMENT.fullmatch(stripped)
                and not _NO_STATEMENT.match(stripped) and not _ONLY_FASTER.search(stripped)):
            start = begin + line.index(stripped)
            yield start, start + len(stripped), "{}"
        before = stripped or before
        begin += len(line)


def mutations_of(path, text):
    """All mutations of a file, in the order of the text."""
    code = masked(text)
    found = []
    for pattern, changed in ((_OPERATOR, SWAPPED), (_STEP, STEPS), (_TRUTH, TRUTHS)):
        found += [(match.start(), match.end(), changed[match[0]])
                  for match in pattern.finditer(code)]
    found += [(match.start(), match.end(), "") for match in _NEGATION.finditer(code)]
    found += _conditions(code)
    found += _statements(code)
    lines = text.splitlines()
    mutations = set()
    for start, end, new in found:
        line = text.count("\n", 0, start) + 1
        mutations.add(Mutation(path, start, text[start:end], new, line, lines[line - 1].strip()))
    return sorted(mutations)
