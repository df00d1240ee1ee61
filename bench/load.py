"""Runs bench/load against a server."""

import json
import signal
import subprocess

from servers import BenchError, placed
from store import tool


def command(server, members, draw, **options):
    """OPTIONS are those of bench/load."""
    words = [str(tool("load")), "--members", str(members), "--draw", draw,
             "--pid", str(server.worker)]
    for name, value in options.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    return [*words, str(server.port)]


def figures(output, what):
    """What load printed; none of it counts when an answer was not right."""
    found = json.loads(output)
    if found["failed"] or found["wrong"] or not found["requests"]:
        raise BenchError(f"{what}: of {found['requests']} requests"
                         f" {found['failed']} failed and {found['wrong']}"
                         " had the wrong answer")
    if not found["cpu_seconds"]:
        raise BenchError("this kernel has no /proc/PID/schedstat")
    found["cpu"] = found["cpu_seconds"] / found["requests"] * 1e6
    found["rate"] = found["requests"] / found["seconds"]
    return found


def measure(server, members, draw, cpu, what, **options):
    done = subprocess.run(command(server, members, draw, **options),
                          capture_output=True, text=True, check=False,
                          preexec_fn=placed(cpu, False))
    if done.returncode != 0:
        raise BenchError(f"{what}: {done.stderr.strip()};"
                         f" {server.complaints()[-300:]}")
    return figures(done.stdout, what)


class Running:
    """Load that runs until stop(), which returns its figures, the wrong
    answers among them."""

    def __init__(self, server, members, draw, cpu, real_time, **options):
        self.process = subprocess.Popen(
            command(server, members, draw, seconds=0, **options),
            stdout=subprocess.PIPE, text=True,
            preexec_fn=placed(cpu, real_time))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=20)
        return json.loads(output)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
