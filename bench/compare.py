"""Rows measured in turn, one beside the other."""

import sys
import time
import urllib.request

import load
from servers import BenchError, address, device

WARM_UP = 0.2
BETWEEN = 0.05  # starting a measurement, about


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1,
                        help="of each measurement")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--no-pin", action="store_true",
                        help="let the kernel choose the CPUs")
    parser.add_argument("--json", metavar="FILE",
                        help="write all rounds there")


def say(what):
    print(what, file=sys.stderr, flush=True)


def ask(bench, row, number):
    """What the row answers to identity NUMBER."""
    url = f"http://127.0.0.1:{bench.servers[row.server].port}/"
    request = urllib.request.Request(url, headers={
        "X-Device-Id": device(number), "X-Real-IP": address(number)})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()
    except OSError as error:
        return str(error)


def check(bench, row):
    """A row must do what its name says before it is measured."""
    got = tuple(ask(bench, row, number) for number in row.span)
    right = (set(got) <= {"stable", "gray"} if row.expect == "any"
             else got == row.expected)
    if not right:
        raise BenchError(f"answers {got}, not {row.expected};"
                         f" {bench.servers[row.server].complaints()[-300:]}")


def ready_rows(bench, wanted):
    """The rows that can run, and why the others cannot."""
    bench.start(wanted, lambda name: say(f"starting {name}"))
    ready, skipped = [], {}
    for row in wanted:
        try:
            if row.server in bench.skipped:
                raise BenchError(bench.skipped[row.server])
            check(bench, row)
            ready.append(row)
        except BenchError as error:
            skipped[row.name] = " ".join(str(error).split())
            say(f"not measured: {row.name}: {skipped[row.name]}")
    if wanted[0] not in ready:
        raise BenchError("plain proxy_pass does not work: nothing to compare")
    return ready, skipped


def measure(bench, row, options, number):
    return load.measure(
        bench.servers[row.server], row.members, row.ids, bench.other_cpu,
        row.name, seconds=options.seconds, warm_up=WARM_UP,
        connections=options.connections, expect=row.expect, seed=number + 1)


def measure_pair(bench, plain, row, options, number):
    """One round of ROW, and of plain right before or after it: a machine that
    is slower for a while is so for both."""
    found = {}
    for one in (plain, row) if number % 2 == 0 else (row, plain):
        found[one.name] = measure(bench, one, options, number)
    row.rounds.append(found[row.name])
    row.bases.append(found[plain.name])
    plain.rounds.append(found[plain.name])


def measure_all(bench, ready, skipped, options):
    """All rounds. A row that fails in one moves from READY to SKIPPED."""
    plain = ready[0]
    each = 2 * (options.seconds + WARM_UP + BETWEEN)
    total = (len(ready) - 1) * options.rounds * each
    say(f"{len(ready)} rows, {options.rounds} rounds of {options.seconds:g} s,"
        f" each beside plain: about {total / 60:.0f} minutes")
    began = time.monotonic()

    for number in range(options.rounds):
        turn = number % max(1, len(ready) - 1)
        for row in ready[1 + turn:] + ready[1:1 + turn]:
            try:
                measure_pair(bench, plain, row, options, number)
            except BenchError as error:
                skipped[row.name] = " ".join(str(error).split())
                ready.remove(row)
                say(f"not measured: {row.name}: {skipped[row.name]}")
        progress(began, number + 1, options.rounds)
    if not plain.rounds:
        raise BenchError("nothing was measured beside plain proxy_pass")
    plain.bases = plain.rounds[1:] + plain.rounds[:1]


def progress(began, done, rounds):
    left = (time.monotonic() - began) / done * (rounds - done) / 60
    end = "\r" if sys.stderr.isatty() and done < rounds else "\n"
    print(f"round {done}/{rounds}, {left:.1f} minutes left ", end=end,
          file=sys.stderr, flush=True)
