# SPDX-License-Identifier: MIT
"""The scenario format: from lines of a file to statements. README.md beside this file describes it.

scenario.hpp is the same parser for the C++ side; a verb that is added here is added there.
"""

from pathlib import Path


class FormatError(Exception):
    """A scenario file that says something the format does not know."""


class Shape:
    """What may follow a verb. The C++ side (scenario.hpp) has the same table."""

    def __init__(self, least=0, most=0, *, text=False, call=False, names=False, joins_group=False,
                 binds=False, must_bind=False, body=None, clauses=()):
        self.least, self.most = least, most      # how many words
        self.text = text                         # the rest of the line is one text
        self.call = call                         # the words are a coroutine's name and arguments
        self.names = names                       # 'as NAME' may follow
        self.joins_group = joins_group           # 'in GROUP' may follow
        self.binds = binds or must_bind          # '-> VARIABLE' may follow
        self.must_bind = must_bind               # '-> VARIABLE' must follow
        self.body = body                         # None, 'block' or 'calls'
        self.clauses = clauses                   # verbs that follow with a block: one, or 'except's


MANY = 1000
CALL = Shape(1, MANY, call=True, names=True)     # a line of gather, settle, race, as_completed

SHAPES = {
    'log': Shape(1, 1, text=True),
    'return': Shape(0, 1, text=True),
    'fail': Shape(1, 1, text=True),
    'defer': Shape(1, 1, text=True),
    'sleep': Shape(1, 1),
    'yield': Shape(),
    'advance': Shape(1, 1),
    'await': Shape(1, MANY, call=True, names=True, binds=True),
    'spawn': Shape(1, MANY, call=True, names=True, joins_group=True),
    'join': Shape(1, 1, binds=True),
    'cancel': Shape(1, 1),
    'look': Shape(1, 1, must_bind=True),
    'set': Shape(1, 1),
    'clear': Shape(1, 1),
    'wait': Shape(1, 1, binds=True),
    'notify': Shape(2, 2),
    'reset': Shape(1, 1),
    'abort': Shape(1, 1),
    'acquire': Shape(1, 1),
    'release': Shape(1, 1),
    'with': Shape(1, 1, body='block'),
    'put': Shape(2, 2),
    'get': Shape(1, 1, must_bind=True),
    'try_put': Shape(2, 2, must_bind=True),
    'try_get': Shape(1, 1, must_bind=True),
    'task_done': Shape(1, 1),
    'assign': Shape(2, 2),
    'read': Shape(1, 1, must_bind=True),
    'for': Shape(3, MANY, body='block'),
    'loop': Shape(body='block'),
    'if': Shape(3, 3, body='block'),
    'try': Shape(body='block', clauses=('except', 'finally')),
    'except': Shape(1, MANY, body='block'),
    'finally': Shape(body='block'),
    'timeout': Shape(1, 1, names=True, body='block'),
    'move_on': Shape(1, 1, names=True, must_bind=True, body='block'),
    'reschedule': Shape(2, 2),
    'group': Shape(1, 1, body='block'),
    'shield': Shape(body='block'),
    'gather': Shape(binds=True, body='calls'),
    'settle': Shape(binds=True, body='calls'),
    'race': Shape(binds=True, body='calls'),
    'as_completed': Shape(body='calls', must_bind=True, clauses=('each',)),
    'each': Shape(body='block'),
}
CLAUSES = ('except', 'finally', 'each')
EXCEPT = {'except'}
ERROR_KINDS = ('error', 'timeout', 'cancelled', 'group', 'misuse', 'broken')

# Kind of shared object -> how many numbers its declaration takes.
OBJECTS = {'event': 0, 'mutex': 0, 'condition': 0, 'semaphore': 1, 'bounded': 1, 'barrier': 1,
           'queue': 1, 'lifo': 1, 'priority': 1, 'var': 0}


class Statement:
    """One line with what is indented below it."""

    def __init__(self, where, verb):
        self.where, self.verb = where, verb
        self.words, self.name, self.group, self.bind = [], None, None, None
        self.body, self.clauses = [], []


class Scenario:
    """A parsed file."""

    def __init__(self, path):
        self.path = path
        self.departs = None           # the reason, if Patio departs from asyncio here
        self.records = {}             # 'asyncio' and 'patio' -> list of lines, if it departs
        self.objects = {}             # name -> (kind, number)
        self.coroutines = {}          # name -> (parameter names, statements)

    def complaint(self):
        """What is wrong with its departure as written, or None."""
        if self.departs is None:
            return "records a trace without 'departs:'" if self.records else None
        if not self.departs:
            return "'departs:' gives no reason"
        if not self.records.get('asyncio') or not self.records.get('patio'):
            return "a departure records both traces, 'asyncio:' and 'patio:'"
        if self.records['asyncio'] == self.records['patio']:
            return 'both records are the same, so nothing departs'
        return None


class Parser:
    """Reads a file into a Scenario; every complaint names file and line."""

    def __init__(self, path):
        self.scenario = Scenario(path)
        self.lines = []               # (number, depth, text)
        for number, raw in enumerate(Path(path).read_text().splitlines(), 1):
            text = raw.strip()
            if not text or text.startswith('#'):
                continue
            indent = len(raw) - len(raw.lstrip(' '))
            if indent % 2 or raw.lstrip(' ').startswith('\t'):
                raise FormatError(f'{path}:{number}: indent by two spaces')
            self.lines.append((number, indent // 2, text))
        self.at = 0

    def complain(self, number, text):
        raise FormatError(f'{self.scenario.path}:{number}: {text}')

    def parse(self):
        while self.at < len(self.lines):
            number, depth, text = self.lines[self.at]
            if depth:
                self.complain(number, 'nothing to be indented under')
            self.at += 1
            self.top_level(number, text)
        if 'main' not in self.scenario.coroutines:
            self.complain(0, "there is no 'async main'")
        return self.scenario

    def top_level(self, number, text):
        word, _, rest = text.partition(' ')
        words = rest.split()
        if text == 'departs:':
            self.scenario.departs = ' '.join(self.record())
        elif text in ('asyncio:', 'patio:'):
            self.scenario.records[text[:-1]] = self.record()
        elif word == 'async' and words:
            self.scenario.coroutines[words[0]] = (words[1:], self.block(1, number))
        elif word in OBJECTS and words:
            self.declare(number, word, words)
        else:
            self.complain(number, f"unknown line '{text}'")

    def declare(self, number, kind, words):
        wanted = 2 if kind == 'var' else 1 + OBJECTS[kind]
        if len(words) != wanted:
            self.complain(number, f"'{kind}' takes a name and {wanted - 1} more")
        value = words[1] if wanted == 2 else None
        if OBJECTS[kind]:
            if not value.isdecimal() or int(value) < (0 if kind == 'semaphore' else 1):
                self.complain(number, f"'{value}' is no size for a {kind}")
            value = int(value)
        self.scenario.objects[words[0]] = (kind, value)

    def record(self):
        """The indented lines of a reason or a recorded trace, as they are."""
        lines = []
        while self.at < len(self.lines) and self.lines[self.at][1]:
            lines.append(self.lines[self.at][2])
            self.at += 1
        return lines

    def block(self, depth, opened_at, calls=False):
        statements = []
        while self.at < len(self.lines) and self.lines[self.at][1] >= depth:
            number, its_depth, text = self.lines[self.at]
            if its_depth > depth:
                self.complain(number, 'indented too far')
            self.at += 1
            statement = self.statement(number, text, depth, calls)
            if statement.verb in CLAUSES:
                if not statements or not self.fits(statements[-1], statement.verb):
                    self.complain(number, f"'{statement.verb}' follows nothing it belongs to")
                statements[-1].clauses.append(statement)
            else:
                statements.append(statement)
        if not statements and not calls:
            self.complain(opened_at, 'needs an indented block')
        for statement in statements:
            if not calls and SHAPES[statement.verb].clauses and not statement.clauses:
                wanted = ' or '.join(SHAPES[statement.verb].clauses)
                self.complain(opened_at, f"'{statement.verb}' needs '{wanted}' after it")
        return statements

    @staticmethod
    def fits(owner, clause):
        """Whether this clause may follow: one clause only, but any number of 'except's."""
        so_far = {each.verb for each in owner.clauses}
        return clause in SHAPES[owner.verb].clauses and (not so_far or {clause} == so_far == EXCEPT)

    def statement(self, number, text, depth, calls):
        verb, _, rest = text.partition(' ')
        where = f'{self.scenario.path}:{number}'
        if calls:
            shape, statement, words = CALL, Statement(where, 'await'), text.split()
        elif verb not in SHAPES:
            self.complain(number, f"unknown verb '{verb}'")
        else:
            shape, statement, words = SHAPES[verb], Statement(where, verb), rest.split()
        if shape.text:
            words = [rest] if rest else []
        else:
            words = self.suffixes(shape, statement, words)
        if not shape.least <= len(words) <= shape.most:
            self.complain(number, f"'{text}' has the wrong number of words")
        if shape.must_bind and statement.bind is None:
            self.complain(number, f"'{verb}' needs '-> VARIABLE'")
        statement.words = words
        if shape.body:
            statement.body = self.block(depth + 1, number, shape.body == 'calls')
        if verb == 'for' and words[1] != '=':
            self.complain(number, "write 'for VARIABLE = VALUE...'")
        if verb == 'if' and words[1] != 'is':
            self.complain(number, "write 'if VALUE is VALUE'")
        if verb == 'except' and not all(kind in ERROR_KINDS for kind in words):
            self.complain(number, f"'except' knows {', '.join(ERROR_KINDS)}")
        return statement

    @staticmethod
    def suffixes(shape, statement, words):
        """Takes '-> VARIABLE', 'in GROUP' and 'as NAME' off the end of the words."""
        if shape.binds and len(words) >= 2 and words[-2] == '->':
            statement.bind, words = words[-1], words[:-2]
        if shape.joins_group and len(words) >= 2 and words[-2] == 'in':
            statement.group, words = words[-1], words[:-2]
        if shape.names and len(words) >= 2 and words[-2] == 'as':
            statement.name, words = words[-1], words[:-2]
        return words
