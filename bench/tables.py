"""Figures of a run, as medians, and as tables for a terminal or a document."""

import os
import platform
import statistics
from pathlib import Path


def median(values):
    return statistics.median(values)


def spread(values):
    """Half of the distance between the quartiles."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2


def percentiles(values):
    ordered = sorted(values) or [0.0]

    def at(part):
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    return {"count": len(values), "p50": at(0.5), "p99": at(0.99),
            "max": ordered[-1]}


def summary(row):
    """The figures of ROW; each ratio is to the plain measured beside it."""
    def of(name):
        return [figures[name] for figures in row.rounds]

    ratios = [mine / base["cpu"]
              for mine, base in zip(of("cpu"), row.bases)]
    return {
        "row": row.name,
        "cpu_us": median(of("cpu")), "cpu_us_spread": spread(of("cpu")),
        "ratio": median(ratios), "ratio_spread": spread(ratios),
        "rate": median(of("rate")), "rate_spread": spread(of("rate")),
        "p50_us": median(of("p50")), "p99_us": median(of("p99")),
        "rounds": row.rounds,
    }


def machine():
    cpu = next((line.partition(":")[2].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return {"cpu": cpu, "cores": os.cpu_count(),
            "kernel": platform.release()}


def machine_text(found):
    return (f"{found['cpu']}, {found['cores']} cores, Linux"
            f" {found['kernel']}")


def mebibytes(count):
    return f"{count / 2 ** 20:,.1f}"


def markdown(head, lines):
    """HEAD and LINES are lists of cells; all but the first are numbers."""
    bars = ["|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in [head]]
                     + bars
                     + ["| " + " | ".join(cells) + " |" for cells in lines])


def text(head, lines):
    """The same for a terminal."""
    widths = [max(len(cells[i]) for cells in [head, *lines])
              for i in range(len(head))]
    return "\n".join(
        "  ".join([cells[0].ljust(widths[0])]
                  + [cell.rjust(width)
                     for cell, width in zip(cells[1:], widths[1:])])
        for cells in [head, *lines])


def run_cells(run):
    """The table of bench/run. A row that could not run is empty."""
    head = ["", "CPU µs/request", "× plain", "requests/s", "p50 µs",
            "p99 µs", "memory MiB"]
    measured = {line["row"]: line for line in run["rows"]}
    lines = []
    for name in run["order"]:
        line = measured.get(name)
        if line is None:
            lines.append([name, "not measured", *[""] * 5])
            continue
        lines.append([
            name,
            f"{line['cpu_us']:.1f} ± {line['cpu_us_spread']:.1f}",
            f"{line['ratio']:.2f} ± {line['ratio_spread']:.2f}",
            f"{line['rate']:,.0f}", f"{line['p50_us']:,.0f}",
            f"{line['p99_us']:,.0f}", mebibytes(line["memory"])])
    return head, lines


def skipped_text(run):
    """A line for each row that could not run."""
    return [f"{name} was not measured: {why}"
            for name, why in run["skipped"].items()]


def import_cells(imports):
    head = ["members", "seconds", "ids/s", "bytes/id on disk",
            "peak memory MiB"]
    return head, [[
        f"{one['members']:,}", f"{one['seconds']:.2f}",
        f"{one['members'] / one['seconds']:,.0f}",
        f"{one['bytes'] / one['members']:,.1f}", mebibytes(one["memory"])]
        for one in imports]


def growth_cells(growth):
    head = ["members", "CPU µs/request", "× plain", "lookup ns",
            "import s", "import ids/s", "bytes/id on disk"]
    return head, [[
        f"{one['members']:,}",
        f"{one['cpu_us']:.1f} ± {one['cpu_us_spread']:.1f}",
        f"{one['ratio']:.2f} ± {one['ratio_spread']:.2f}",
        f"{one['lookup_ns']:.0f}" if one.get("lookup_ns") else "",
        f"{one['import']['seconds']:.2f}",
        f"{one['members'] / one['import']['seconds']:,.0f}",
        f"{one['import']['bytes'] / one['members']:,.1f}"]
        for one in growth["sizes"]]


def during_text(during):
    options = during["options"]
    nice = f" at nice {options['nice']}" if options["nice"] else ""
    cores = ("the worker on one core and the import on another"
             if options["apart"] else "worker and import on all cores")
    first = ("before all others" if during["real_time"]
             else "at ordinary priority")
    return (f"{machine_text(during['machine'])}; list of"
            f" {options['members']:,}, {options['rate']:,} requests/s over"
            f" {options['connections']} connections, {options['times']}"
            f" imports{nice}; {cores}, client and back ends {first}")


def during_cells(during):
    head = ["", "idle", "during the import", "ratio"]
    idle, busy = during["idle"], during["busy"]
    lines = [[f"{name} µs", f"{idle[key]:,.0f}", f"{busy[key]:,.0f}",
              f"{busy[key] / idle[key]:.2f}"]
             for name, key in [("p50", "p50"), ("p99", "p99"),
                               ("p99.9", "p999"), ("longest", "max")]]
    lines += [[name, f"{idle[key]:,}", f"{busy[key]:,}", ""]
              for name, key in [("requests", "requests"),
                                ("failed", "failed"),
                                ("wrong variant", "wrong")]]
    lines.append(["worker's private memory, MiB",
                  mebibytes(during["memory_before"]),
                  mebibytes(during["memory_after"]), ""])
    lines.append(["`list add` to another list, longest ms",
                  f"{during['add_idle']['max']:.1f}",
                  f"{during['add_busy']['max']:.1f}", ""])
    lines.append([f"`list add`, times ({during['add_idle']['count']} and"
                  f" {during['add_busy']['count']}), p50 ms",
                  f"{during['add_idle']['p50']:.1f}",
                  f"{during['add_busy']['p50']:.1f}", ""])
    return head, lines


def commit_text(commit):
    options = commit["options"]
    return (f"{machine_text(commit['machine'])}; {options['times']} adds to a"
            f" list of {options['members']:,}; of {commit['seen']:,} requests"
            f" right after, to {options['workers']} workers,"
            f" {commit['late']} had the old answer")


def commit_cells(commit):
    head = ["", "p50 ms", "p99 ms", "longest ms"]
    return head, [[name, *(f"{commit[key][part]:.2f}"
                           for part in ("p50", "p99", "max"))]
                  for name, key in [("`grayctl list add`, the whole program",
                                     "add"),
                                    ("`grayctl list has`, which only reads",
                                     "has"),
                                    ("one fsync of 4 KiB in that folder",
                                     "fsync")]]
