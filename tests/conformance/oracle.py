#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs scenario files on CPython's asyncio in virtual time and prints their traces.

    oracle.py FILE...           print the trace of each file (a header line when there are several)
    oracle.py --check FILE...   run each file several times: the trace must be the same each time,
                                and equal to the file's 'asyncio:' record if it departs

Exit status: 0 fine, 1 a check failed, 2 a file or the command line is wrong.
The format is described in README.md beside this file. Only the standard library is used.
"""

import asyncio
import contextvars
import itertools
import selectors
import sys

sys.dont_write_bytecode = True      # leave no cache beside the sources
from scenario import FormatError, Parser  # noqa: E402

CHECK_RUNS = 5


class ScenarioError(Exception):
    """What `fail` raises."""


class Hang(BaseException):
    """Everybody waits and no timer is armed: a real loop would sleep for ever."""


# --- Virtual time --------------------------------------------------------------------------------

class JumpingSelector(selectors.SelectSelector):
    """Instead of sleeping it moves the loop's clock by the time that it was asked to sleep."""

    loop = None

    def select(self, timeout=None):
        self.loop.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop, on a clock that stands still while anything is ready.

    Times are rounded to nanoseconds, so that 0.1 + 0.2 and 0.3 are the same deadline.
    """

    def __init__(self):
        self.now = 0.0
        selector = JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.now

    def jump(self, seconds):
        if seconds is None:
            raise Hang
        self.now = round(self.now + seconds, 9)

    def call_at(self, when, callback, *args, context=None):
        return super().call_at(round(when, 9), callback, *args, context=context)


# --- Running a scenario --------------------------------------------------------------------------

class Priority:
    """A queue item that compares by the number before its colon only."""

    def __init__(self, text):
        self.text, self.rank = text, int(text.partition(':')[0])

    def __lt__(self, other):
        return self.rank < other.rank


class Returned:
    """What a block gives back when `return` ended it."""

    def __init__(self, value):
        self.value = value


class Frame:
    """One running coroutine of the scenario: the name it logs under, and its variables."""

    def __init__(self, name, variables):
        self.name, self.variables = name, variables


def kind_of(error):
    """Which word after `except` catches this exception, and the text it shows in a trace."""
    if isinstance(error, ScenarioError):
        return 'error', str(error)
    if isinstance(error, TimeoutError):
        return 'timeout', 'timed out'
    if isinstance(error, asyncio.CancelledError):
        return 'cancelled', 'cancelled'
    if isinstance(error, BaseExceptionGroup):
        return 'group', 'group[' + ', '.join(kind_of(e)[1] for e in error.exceptions) + ']'
    if isinstance(error, asyncio.BrokenBarrierError):
        return 'broken', 'broken'
    if isinstance(error, (RuntimeError, ValueError)):      # how asyncio refuses misuse
        return 'misuse', 'misuse'
    raise error


class Interpreter:
    """Runs one scenario; each verb is a method `do_<verb>` that uses asyncio as a user would."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.loop = VirtualLoop()
        self.trace = []
        self.objects = {}
        self.tasks, self.groups, self.deadlines = {}, {}, {}
        self.ended = False

    # The outside.

    def run(self):
        outcome = None
        try:
            with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
                # Failures that nobody looks at are not a part of the trace.
                self.loop.set_exception_handler(lambda loop, context: None)
                try:
                    outcome = 'returned ' + runner.run(self.main())
                except Hang:
                    self.finish('deadlock')
                    raise
                except FormatError:
                    self.ended = True
                    raise
                except BaseException as error:
                    outcome = 'failed ' + kind_of(error)[1]
        except Hang:
            self.finish('deadlock')
        self.finish(outcome)
        return self.trace

    async def main(self):
        for name, (kind, value) in self.scenario.objects.items():
            self.objects[name] = self.make(kind, name, value)
        return await self.call('main', [], 'main')

    @staticmethod
    def make(kind, name, value):
        if kind == 'var':
            return contextvars.ContextVar(name, default=value)
        makers = {'event': asyncio.Event, 'mutex': asyncio.Lock, 'condition': asyncio.Condition,
                  'semaphore': asyncio.Semaphore, 'bounded': asyncio.BoundedSemaphore,
                  'barrier': asyncio.Barrier, 'queue': asyncio.Queue, 'lifo': asyncio.LifoQueue,
                  'priority': asyncio.PriorityQueue}
        return makers[kind]() if value is None else makers[kind](value)

    def finish(self, outcome):
        if not self.ended:
            self.log('(run)', outcome)
            self.ended = True

    def log(self, name, text):
        if not self.ended:
            self.trace.append(f't={self.loop.time():.3f} {name}: {text}')

    # Coroutines and blocks.

    async def call(self, coroutine, arguments, name):
        if coroutine not in self.scenario.coroutines:
            raise FormatError(f"{self.scenario.path}: there is no 'async {coroutine}'")
        parameters, body = self.scenario.coroutines[coroutine]
        if len(parameters) != len(arguments):
            raise FormatError(f"{self.scenario.path}: '{coroutine}' takes {len(parameters)}")
        outcome = await self.block(Frame(name, dict(zip(parameters, arguments))), body)
        return outcome.value if outcome is not None else 'none'

    def called(self, frame, statement):
        words = self.expand_all(frame, statement.words)
        name = self.expand(frame, statement.name) if statement.name else words[0]
        return self.call(words[0], words[1:], name)

    def started(self, frame, statement):
        return [self.called(frame, line) for line in statement.body]

    async def block(self, frame, statements):
        for index, statement in enumerate(statements):
            if statement.verb == 'defer':
                text = self.expand(frame, statement.words[0])
                try:
                    return await self.block(frame, statements[index + 1:])
                finally:
                    self.log(frame.name, text)
            outcome = await getattr(self, 'do_' + statement.verb)(frame, statement)
            if outcome is not None:
                return outcome
        return None

    def expand(self, frame, text):
        for name, value in frame.variables.items():
            text = text.replace('{' + name + '}', value)
        return text

    def expand_all(self, frame, words):
        return [self.expand(frame, word) for word in words]

    def thing(self, frame, statement, table=None):
        name = self.expand(frame, statement.words[0])
        table = self.objects if table is None else table
        if name not in table:
            raise FormatError(f"{statement.where}: there is no '{name}'")
        return table[name]

    def number(self, frame, statement, index=0, convert=float):
        word = self.expand(frame, statement.words[index])
        try:
            return convert(word)
        except ValueError:
            raise FormatError(f"{statement.where}: '{word}' is no number") from None

    def keep(self, frame, statement, value):
        if statement.bind is not None:
            frame.variables[statement.bind] = value

    # Plain verbs.

    async def do_log(self, frame, statement):
        self.log(frame.name, self.expand(frame, statement.words[0]))

    async def do_return(self, frame, statement):
        return Returned(self.expand(frame, statement.words[0]) if statement.words else 'none')

    async def do_fail(self, frame, statement):
        raise ScenarioError(self.expand(frame, statement.words[0]))

    async def do_sleep(self, frame, statement):
        await asyncio.sleep(self.number(frame, statement))

    async def do_yield(self, frame, statement):
        await asyncio.sleep(0)

    async def do_advance(self, frame, statement):
        self.loop.jump(self.number(frame, statement))

    async def do_for(self, frame, statement):
        for value in self.expand_all(frame, statement.words[2:]):
            frame.variables[statement.words[0]] = value
            outcome = await self.block(frame, statement.body)
            if outcome is not None:
                return outcome

    async def do_loop(self, frame, statement):
        outcome = None
        while outcome is None:
            outcome = await self.block(frame, statement.body)
        return outcome

    async def do_if(self, frame, statement):
        left, _, right = self.expand_all(frame, statement.words)
        if left == right:
            return await self.block(frame, statement.body)

    async def do_assign(self, frame, statement):
        self.thing(frame, statement).set(self.expand(frame, statement.words[1]))

    async def do_read(self, frame, statement):
        self.keep(frame, statement, self.thing(frame, statement).get())

    # Tasks.

    async def do_await(self, frame, statement):
        self.keep(frame, statement, await self.called(frame, statement))

    async def do_spawn(self, frame, statement):
        coroutine = self.called(frame, statement)
        name = self.expand(frame, statement.name or statement.words[0])
        if statement.group is None:
            self.tasks[name] = asyncio.create_task(coroutine)
        else:
            try:
                self.tasks[name] = self.groups[statement.group].create_task(coroutine)
            except RuntimeError:
                coroutine.close()
                raise

    async def do_join(self, frame, statement):
        name = self.expand(frame, statement.words[0])
        if name in self.objects:
            await self.objects[name].join()
        else:
            self.keep(frame, statement, await self.thing(frame, statement, self.tasks))

    async def do_cancel(self, frame, statement):
        self.thing(frame, statement, self.tasks).cancel()

    async def do_look(self, frame, statement):
        name = self.expand(frame, statement.words[0])
        if name in self.tasks:
            value = 'done' if self.tasks[name].done() else 'pending'
        else:
            thing = self.thing(frame, statement)
            if isinstance(thing, asyncio.Event):
                value = 'set' if thing.is_set() else 'clear'
            elif isinstance(thing, asyncio.Queue):
                value = str(thing.qsize())
            else:
                value = 'locked' if thing.locked() else 'free'
        self.keep(frame, statement, value)

    # Synchronisation.

    async def do_set(self, frame, statement):
        self.thing(frame, statement).set()

    async def do_clear(self, frame, statement):
        self.thing(frame, statement).clear()

    async def do_wait(self, frame, statement):
        self.keep(frame, statement, str(await self.thing(frame, statement).wait()))

    async def do_notify(self, frame, statement):
        count = self.expand(frame, statement.words[1])
        condition = self.thing(frame, statement)
        if count == 'all':
            condition.notify_all()
        else:
            condition.notify(self.number(frame, statement, 1, int))

    async def do_reset(self, frame, statement):
        await self.thing(frame, statement).reset()

    async def do_abort(self, frame, statement):
        await self.thing(frame, statement).abort()

    async def do_acquire(self, frame, statement):
        await self.thing(frame, statement).acquire()

    async def do_release(self, frame, statement):
        self.thing(frame, statement).release()

    async def do_with(self, frame, statement):
        async with self.thing(frame, statement):
            return await self.block(frame, statement.body)

    # Queues.

    def item(self, queue, text):
        return Priority(text) if isinstance(queue, asyncio.PriorityQueue) else text

    def text(self, item):
        return item.text if isinstance(item, Priority) else item

    async def do_put(self, frame, statement):
        queue = self.thing(frame, statement)
        await queue.put(self.item(queue, self.expand(frame, statement.words[1])))

    async def do_get(self, frame, statement):
        self.keep(frame, statement, self.text(await self.thing(frame, statement).get()))

    async def do_try_put(self, frame, statement):
        queue = self.thing(frame, statement)
        try:
            queue.put_nowait(self.item(queue, self.expand(frame, statement.words[1])))
            self.keep(frame, statement, 'yes')
        except asyncio.QueueFull:
            self.keep(frame, statement, 'no')

    async def do_try_get(self, frame, statement):
        try:
            self.keep(frame, statement, self.text(self.thing(frame, statement).get_nowait()))
        except asyncio.QueueEmpty:
            self.keep(frame, statement, 'none')

    async def do_task_done(self, frame, statement):
        self.thing(frame, statement).task_done()

    # Scopes.

    async def do_try(self, frame, statement):
        if statement.clauses[0].verb == 'finally':
            try:
                outcome = await self.block(frame, statement.body)
            finally:
                await self.block(frame, statement.clauses[0].body)
            return outcome
        try:
            return await self.block(frame, statement.body)
        except FormatError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            kind, frame.variables['error'] = kind_of(error)
            handler = next((c for c in statement.clauses if kind in c.words), None)
            if handler is None:
                raise
        return await self.block(frame, handler.body)

    async def do_timeout(self, frame, statement):
        seconds = self.number(frame, statement)
        async with asyncio.timeout(seconds) as deadline:
            self.deadlines[statement.name] = deadline
            return await self.block(frame, statement.body)

    async def do_move_on(self, frame, statement):
        seconds = self.number(frame, statement)
        outcome, deadline = None, asyncio.timeout(seconds)
        try:
            async with deadline:
                self.deadlines[statement.name] = deadline
                outcome = await self.block(frame, statement.body)
        except TimeoutError:
            if not deadline.expired():
                raise
        self.keep(frame, statement, 'expired' if deadline.expired() else 'finished')
        return outcome

    async def do_reschedule(self, frame, statement):
        if self.expand(frame, statement.words[1]) == 'never':
            when = None
        else:
            when = self.loop.time() + self.number(frame, statement, 1)
        self.thing(frame, statement, self.deadlines).reschedule(when)

    async def do_group(self, frame, statement):
        async with asyncio.TaskGroup() as group:
            self.groups[statement.words[0]] = group
            return await self.block(frame, statement.body)

    async def do_shield(self, frame, statement):
        inner = asyncio.ensure_future(self.block(frame, statement.body))
        self.tasks[f'(shield {id(inner)})'] = inner      # asyncio itself holds it only weakly
        return await asyncio.shield(inner)

    # Several at once.

    async def do_gather(self, frame, statement):
        values = await asyncio.gather(*self.started(frame, statement))
        self.keep(frame, statement, '[' + ', '.join(values) + ']')

    async def do_settle(self, frame, statement):
        values = await asyncio.gather(*self.started(frame, statement), return_exceptions=True)
        texts = [v if isinstance(v, str) else '!' + kind_of(v)[1] for v in values]
        self.keep(frame, statement, '[' + ', '.join(texts) + ']')

    async def do_race(self, frame, statement):
        """asyncio has no race: wait for the first, cancel the others, wait for their end."""
        tasks = [asyncio.create_task(c) for c in self.started(frame, statement)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            winner = next(task for task in tasks if task.done())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.keep(frame, statement, winner.result())

    async def do_as_completed(self, frame, statement):
        for next_one in asyncio.as_completed(self.in_order(self.started(frame, statement))):
            frame.variables[statement.bind] = await next_one
            outcome = await self.block(frame, statement.clauses[0].body)
            if outcome is not None:
                return outcome

    @staticmethod
    def in_order(coroutines):
        """as_completed() puts coroutines into a set; tasks made here start in the order written."""
        return [asyncio.create_task(c) for c in coroutines]


# --- The command line ----------------------------------------------------------------------------

def trace_of(path):
    return Interpreter(Parser(path).parse()).run()


def check(path):
    """Complaints about one file: a trace that varies, or one that is not what the file records."""
    try:
        scenario = Parser(path).parse()
        traces = [Interpreter(scenario).run() for _ in range(CHECK_RUNS)]
    except FormatError as error:
        return [str(error)]
    if any(trace != traces[0] for trace in traces):
        return [f'{path}: asyncio gives different traces in different runs']
    if scenario.complaint():
        return [f'{path}: {scenario.complaint()}']
    if scenario.departs is not None and scenario.records['asyncio'] != traces[0]:
        return [f"{path}: the record under 'asyncio:' is not what asyncio does:", *traces[0]]
    return []


def main(arguments):
    if sys.version_info < (3, 11):
        print('oracle.py needs Python 3.11 or newer, this is', sys.version, file=sys.stderr)
        return 2
    checking = arguments[:1] == ['--check']
    paths = arguments[1:] if checking else arguments
    if not paths or any(path.startswith('-') for path in paths):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if checking:
            complaints = list(itertools.chain.from_iterable(check(path) for path in paths))
            print('\n'.join(complaints) if complaints else f'{len(paths)} scenarios agree')
            return 1 if complaints else 0
        for path in paths:
            if len(paths) > 1:
                print(f'== {path}')
            print('\n'.join(trace_of(path)))
        return 0
    except (FormatError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
