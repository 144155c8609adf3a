"""What came out: medians, spreads and ratios; as JSON and as tables in Markdown."""

import json
import os
import platform
from statistics import median

from runner.peers import OURS


class Row:
    """A series of a workload with the figures of its runs."""

    def __init__(self, workload, series, runs):
        self.series = series
        self.runs = runs
        self.values = {m.key: [m.of(run) for run in runs] for m in workload.metrics}

    def median(self, metric):
        return median(self.values[metric.key])


class Result:
    """The rows of one workload."""

    def __init__(self, workload, rows):
        self.workload = workload
        self.rows = rows
        self.metric = workload.metrics[0]

    def ratio(self, row, other):
        """How many times better than `other` the row is."""
        mine, theirs = row.median(self.metric), other.median(self.metric)
        if self.metric.is_lower_better:
            mine, theirs = theirs, mine
        return mine / theirs if theirs else float("nan")

    def find(self, contender):
        """The first row of a contender, or nothing."""
        return next((row for row in self.rows if row.series.contender == contender), None)


def as_json(results, machine):
    """Everything, each run of each row; a row on a line."""
    workloads = []
    for result in results:
        rows = ",\n   ".join(compact(row_as_json(result, row)) for row in result.rows)
        workloads.append(f'{compact(result.workload.name)}: {{"title": '
                         f'{compact(result.workload.title)}, "compared": '
                         f'{compact(result.metric.key)}, "rows": [\n   {rows}]}}')
    return (f'{{"machine": {compact(machine)},\n "workloads": {{\n  '
            + ",\n  ".join(workloads) + "}}\n")


def row_as_json(result, row):
    entry = {"label": row.series.label, "contender": row.series.contender,
             "options": row.series.options,
             "medians": {key: rounded(median(values)) for key, values in row.values.items()},
             "runs": {key: [rounded(value) for value in values]
                      for key, values in row.values.items()}}
    if row.series.contender == OURS:
        entry["times_better_than"] = {
            other.series.label: rounded(result.ratio(row, other))
            for other in result.rows if other.series.contender != OURS}
    return entry


def rounded(value):
    """To five digits that count."""
    return float(f"{value:.5g}")


def compact(value):
    return json.dumps(value, ensure_ascii=False)


def number(value, digits):
    if digits == 0:
        return f"{value:,.0f}"
    # Three digits that count, of small figures.
    while 0 < abs(value) < 10 ** (1 - digits) and digits < 4:
        digits += 1
    return f"{value:.{digits}f}"


def as_markdown(results, machine):
    """A table for each workload; the last column compares our first row with every other one."""
    lines = [machine["text"], ""]
    for result in results:
        workload = result.workload
        has_others = any(row.series.contender != OURS for row in result.rows)
        heads = [workload.title]
        heads += [workload.metrics[0].title, "lowest … highest"]
        heads += [metric.title for metric in workload.metrics[1:]]
        heads += ["eventail is … times better"] if has_others else []
        lines += ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
        for row in result.rows:
            lines.append("| " + " | ".join(cells_of(result, row, has_others)) + " |")
        lines.append("")
    return "\n".join(lines)


def cells_of(result, row, has_others):
    first, *more = result.workload.metrics
    values = row.values[first.key]
    cells = [row.series.label, number(row.median(first), first.digits),
             f"{number(min(values), first.digits)} … {number(max(values), first.digits)}"]
    cells += [number(row.median(metric), metric.digits) for metric in more]
    if has_others:
        ours = result.find(OURS)
        is_other = row.series.contender != OURS
        cells.append(number(result.ratio(ours, row), 2) if is_other else "")
    return cells


def machine_description(runs):
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    load = os.getloadavg()[0]
    text = (f"{os.cpu_count()} cores of {model}, Linux {platform.release()}; medians of "
            f"{runs} interleaved runs; load before the run {load:.1f}.")
    return {"text": text, "processor": model, "cores": os.cpu_count(), "runs": runs,
            "load_before": round(load, 2), "kernel": platform.release()}
