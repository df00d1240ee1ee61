"""Conditions: a parser, and three-valued evaluation.

A parsed condition is a function of a Request that gives (truth, doubts):
truth is True, False or None for unknown; doubts are those of the tests that
made it unknown, in their order.
"""

import operator
import re
from typing import NamedTuple

import values

TOKEN = re.compile(rb"""\s*(?: (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
                             | (?P<sign>[()\[\],]|[<>!]=|[<>=])
                             | (?P<word>@?[\w.:/+-]+))""", re.X)
ORDERS = {b"=": operator.eq, b"!=": operator.ne, b"<": operator.lt,
          b"<=": operator.le, b">": operator.gt, b">=": operator.ge}
BLOCK_ORDERS = {b"=": values.within,
                b"!=": lambda *test: not values.within(*test)}
BLOCK_ORDERS.update({word: values.beside(ORDERS[word])
                     for word in (b"<", b"<=", b">", b">=")})
PARTS = {b"starts": bytes.startswith, b"ends": bytes.endswith,
         b"contains": bytes.__contains__}
SUBJECT_MAX = 4096

TRUE = (True, ())
FALSE = (False, ())


class Doubt(NamedTuple):
    """Why a test is unknown; `pending` is the (list, attribute) to ask."""
    cause: str
    pending: tuple = None


class Request(NamedTuple):
    attributes: dict   # name: bytes
    answers: dict      # (list, attribute): "yes", "no", "pending", a cause
    now: int


def parse(text, rule=""):
    """A condition's text; RULE is whose it is."""
    parser = Parser(text.encode(), rule)
    found = parser.either()
    if parser.kind is not None:
        raise SyntaxError(f"after the condition: {parser.word}")
    return found


class Parser:
    def __init__(self, text, rule):
        self.rest = text.rstrip()
        self.rule = rule
        self.kind = self.word = None
        self.step()

    def step(self):
        """Goes to the next token; gives the one it leaves."""
        left = self.word
        if not self.rest:
            self.kind = self.word = None
            return left
        match = TOKEN.match(self.rest)
        if not match:
            raise SyntaxError(f"at {self.rest}")
        self.kind, self.word = match.lastgroup, match[match.lastgroup]
        self.rest = self.rest[match.end():]
        return left

    def skip(self, word):
        """Whether WORD is next; then goes past it."""
        found = self.kind != "text" and self.word == word
        if found:
            self.step()
        return found

    def need(self, word):
        if not self.skip(word):
            raise SyntaxError(f"{word} is missing before {self.word}")

    # --- the grammar, from the top

    def either(self):
        return self.joined(self.both, b"or", True)

    def both(self):
        return self.joined(self.negated, b"and", False)

    def joined(self, operand, word, decisive):
        operands = [operand()]
        while self.skip(word):
            operands.append(operand())
        return operands[0] if len(operands) == 1 \
            else lambda request: kleene(operands, decisive, request)

    def negated(self):
        if not self.skip(b"not"):
            return self.atom()
        inner = self.atom()

        def test(request):
            truth, doubts = inner(request)
            return (None if truth is None else not truth), doubts
        return test

    def atom(self):
        if self.skip(b"("):
            inner = self.either()
            self.need(b")")
            return inner
        word = self.step().decode()
        special = {"true": self.true, "has": self.has, "now": self.now}
        return special[word]() if word in special else self.test(word)

    def true(self):
        return lambda request: TRUE

    def has(self):
        return value_test(self.step().decode(), lambda value: True)

    def now(self):
        order, when = ORDERS[self.step()], values.time(self.step())
        return lambda request: (order(request.now, when), ())

    def test(self, attribute):
        word = self.step()
        if word in (b"in", b"not"):
            return self.membership(attribute, word == b"not")
        if word in PARTS:
            part, wanted = PARTS[word], unquoted(self.step())
            return value_test(attribute, lambda value: part(value, wanted))
        if word == b"matches":
            return regex_test(attribute, unquoted(self.step()), self.rule)
        return value_test(attribute, self.comparison(word))

    def membership(self, attribute, negated):
        if negated:
            self.need(b"in")
        if not self.skip(b"["):
            return list_test(attribute, self.step()[1:].decode(), negated)
        equals = [self.comparison(b"=")]
        while self.skip(b","):
            equals.append(self.comparison(b"="))
        self.need(b"]")
        return value_test(attribute, lambda value: negated != any(
            equal(value) for equal in equals))

    def comparison(self, word):
        """A function of a value: whether it is what operator and literal ask."""
        reader, literal = read_literal(self.kind, self.step())
        order = (BLOCK_ORDERS if reader is values.address else ORDERS)[word]

        def test(value):
            found = reader(value)
            return found is not None and order(found, literal)
        return test


def unquoted(token):
    quote = token[:1]
    return token[1:-1].replace(quote * 2, quote)


def read_literal(kind, token):
    """(the reader for values to compare with, the literal's own value)"""
    if kind == "text":
        return values.text, unquoted(token)
    if values.TIME.fullmatch(token):
        return values.time, values.time(token)
    if values.NUMBER.fullmatch(token):
        return values.number, values.number(token)
    if token.startswith(b"v"):
        return values.version, values.version(token)
    return values.address, values.block(token)


# --- tests

def kleene(operands, decisive, request):
    """and (DECISIVE is False) and or (True) of three values."""
    doubts = ()
    for operand in operands:
        truth, more = operand(request)
        if truth is decisive:
            return decisive, ()
        doubts += more
    return (None, doubts) if doubts else (not decisive, ())


def value_test(attribute, test):
    """A test of a value; without the attribute it is false."""
    def outcome(request):
        value = request.attributes.get(attribute)
        return TRUE if value and test(value) else FALSE
    return outcome


def list_test(attribute, name, negated):
    def outcome(request):
        if not request.attributes.get(attribute):
            return FALSE
        answer = request.answers[name, attribute]
        if answer in ("yes", "no"):
            return TRUE if (answer == "yes") != negated else FALSE
        return None, (list_doubt(answer, name, attribute),)
    return outcome


def list_doubt(answer, name, attribute):
    if answer == "pending":
        return Doubt(f"live:{name}", (name, attribute))
    return Doubt("store" if answer == "store" else f"{answer}:{name}")


def regex_test(attribute, pattern, rule):
    """Classes like \\d are ASCII's, as PCRE2 has them."""
    regex = re.compile(pattern.decode(), re.ASCII)

    def outcome(request):
        value = request.attributes.get(attribute)
        if not value:
            return FALSE
        if len(value) > SUBJECT_MAX:
            return None, (Doubt(f"regex:{rule}"),)
        return TRUE if regex.search(value.decode()) else FALSE
    return outcome
