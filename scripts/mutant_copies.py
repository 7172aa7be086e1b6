"""Finds the mutants of a Rust file, and writes a file that holds them all: each is a copy of its function's body.

An environment variable chooses the copy that runs. So a crate is built once for all its mutants.
"""

import dataclasses
import re

VARIABLE = "COMFYCHECK_MUTANT"
# What is replaced by what. Operators have spaces around them, unlike generic arguments and references.
CHANGES = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" && ", " || "), (r"(?<![=(,{]) \|\| ", " && "), (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" \+= ", " -= "),
    (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r"(?<=[( ])!(?=[a-z(])", ""), (r"\.any\(", ".all("), (r"\.all\(", ".any("),
    (r"\.min\(", ".max("), (r"\.max\(", ".min("), (r"\.is_some\(", ".is_none("), (r"\.is_none\(", ".is_some("),
    (r"\.is_empty\(\)", ".is_empty() == false"), (r"\.skip\(1\)", ".skip(0)"), (r"\.rev\(\)", ""),
]
NUMBER = re.compile(r"(?<![\w.])([0-9][0-9_]*)(?![\w.])")
# Comments, strings and characters.
TEXTS = re.compile(r"""//[^\n]*|/\*.*?\*/|\bb?r(#*)".*?"\1|"(?:[^"\\]|\\.)*"|'(?:[^'\\\n]|\\(?:x..|u\{[^}]*\}|.))'""", re.DOTALL)
FUNCTION = re.compile(r"\b(const\s+)?(?:async\s+)?(?:unsafe\s+)?fn\s+\w+")
# A private constant: only its own file and child modules can use it.
CONSTANT = re.compile(r"const (\w+): .*;\s*")
# Asked by each function that has mutants.
SELECTOR = f"""
pub(crate) fn mutant() -> usize {{
    static CHOSEN: std::sync::LazyLock<usize> =
        std::sync::LazyLock::new(|| std::env::var("{VARIABLE}").map_or(0, |number| number.parse().unwrap()));
    *CHOSEN
}}
"""


@dataclasses.dataclass
class Mutant:
    """A change of one place, and the bodies of functions that are copied for it: none if the crate is built for this mutant alone."""

    file: str
    start: int
    end: int
    new: str
    text: str
    bodies: list[tuple[int, int]]

    @property
    def place(self):
        return f"{self.file}:{self.text.count(chr(10), 0, self.start) + 1}"

    @property
    def change(self):
        first = self.text.rfind("\n", 0, self.start) + 1
        last = self.text.find("\n", self.end)
        before, after = self.text[first : self.start], self.text[self.end : last]
        return f"{(before + self.text[self.start : self.end] + after).strip()} => {(before + self.new + after).strip()}"

    def within(self, start, end):
        """A part of the file, with the change. A constant's change is its declaration in the part, which hides the one outside."""
        if start <= self.start < end:
            return self.text[start : self.start] + self.new + self.text[self.end : end]
        return self.change.rpartition(" => ")[2] + self.text[start:end]


def mutants(file, text, below):
    """Each mutant of a file. The text below is that of its child modules, which see its constants."""
    code = TEXTS.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    bodies = list(functions(code))
    places = list(lines(code))
    for start, end in places:
        found = [(match, new) for pattern, new in CHANGES for match in re.compile(pattern).finditer(code, start, end)]
        found += [(match, str(int(match.group().replace("_", "")) + 1)) for match in NUMBER.finditer(code, start, end)]
        constant = CONSTANT.fullmatch(code, start, end)
        for match, new in found:
            around = [body for body in bodies if body[0] <= match.start() < body[1]]
            if constant and constant.group(1) not in below:
                around = users(constant.group(1), code, bodies, places[-1][1])
            yield Mutant(file, match.start(), match.end(), new, text, around)


def users(constant, code, bodies, end):
    """The bodies that use a constant: none if something else does, such as a test."""
    uses = [match.start() for match in re.finditer(rf"\b{constant}\b", code)][1:]
    users = [body for body in bodies if body[1] <= end and any(body[0] <= use < body[1] for use in uses)]
    return users if all(any(body[0] <= use < body[1] for body in users) for use in uses) else []


def lines(code):
    """The ranges of lines that can change: no attribute, no import, no test."""
    start = 0
    test = False
    for line in code.splitlines(keepends=True):
        if test and not line.rstrip().endswith(";"):
            return
        test = line.startswith("#[cfg(test)]")
        if not line.strip().startswith(("#[", "use ")):
            yield start, start + len(line)
        start += len(line)


def functions(code):
    """The insides of the bodies of functions that can be copied: none is in another."""
    after = 0
    for match in FUNCTION.finditer(code):
        start = body_of(code, match.end())
        if match.start() < after or start is None:
            continue
        after = closed(code, start)
        # A constant function cannot read a variable. Two bodies have two types behind one `impl`.
        if not match.group(1) and not re.search(r"->[^>]*\bimpl ", code[match.end() : start]):
            yield start, after - 1


def body_of(code, at):
    """Where the body of a function begins whose signature goes on here."""
    depth = 0
    for place in range(at, len(code)):
        if code[place] in "([":
            depth += 1
        elif code[place] in ")]":
            depth -= 1
        elif depth == 0 and code[place] in "{;":
            return place + 1 if code[place] == "{" else None
    return None


def closed(code, at):
    """The place behind the brace that closes what is open here."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(code, at):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.end()
    raise ValueError("a brace is not closed")


def copies(text, numbered):
    """A file with the copies for mutants, which have numbers, and the range of bytes of each copy."""
    written = ""
    ranges = []
    done = 0
    for body in sorted({body for _, mutant in numbered for body in mutant.bodies}):
        written += text[done : body[0]] + " match crate::mutant() {\n"
        for number, mutant in numbered:
            if body in mutant.bodies:
                start = len(written.encode())
                written += f"{number} => {{ {mutant.within(*body)} }}\n"
                ranges.append((start, len(written.encode()), number))
        done = body[1]
        written += f"_ => {{ {text[body[0] : body[1]]} }}\n}} "
    return written + text[done:], ranges
