# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as Markdown: medians, ratios, their geometric means and worst cases."""
import math
import statistics

PEERS = {"openvino": "OpenVINO", "onnxruntime": "ORT"}
BUSY_LIMIT = 1.1  # of the ratio beside busy processes
DISTURBED = 0.1  # scatter of ratios beyond which a case says nothing


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def round_ratios(case, precision, peer):
    """Halftone's time over the peer's in each round; empty where one is missing."""
    rounds = case["roundMs"]
    own, other = rounds.get(f"halftone {precision}"), rounds.get(f"{peer} {precision}")
    return [a / b for a, b in zip(own, other)] if own and other else []


def ratio(case, precision, peer):
    """The median over the rounds: what slows the machine for a while slows all engines of a round. None where missing."""
    ratios = round_ratios(case, precision, peer)
    return statistics.median(ratios) if ratios else None


def scatter(case, precision, peer):
    """Half the distance of the quartiles of the rounds' ratios, relative: what a repetition may differ by."""
    low, middle, high = statistics.quantiles(round_ratios(case, precision, peer), n=4)
    return (high - low) / 2 / middle


def figure(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row(cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def table(head, rows):
    return "\n".join([row(head), row(["---"] * len(head)), *map(row, rows)])


def order(case):
    return case["threads"], case["batch"]


def latency_table(cases, precision):
    head = ["model", "batch", "threads", "Halftone ms", "OpenVINO ms", "ORT ms", "/OpenVINO", "/ORT"]
    if precision == "int8":
        head += ["OpenVINO's file", "SQNR dB H / OV / ORT"]
    rows = []
    for case in sorted(cases, key=order):
        cells = [case["model"], case["batch"], case["threads"]]
        cells += [figure(case["medianMs"].get(f"{engine} {precision}")) for engine in ("halftone", *PEERS)]
        for peer in PEERS:
            value = ratio(case, precision, peer)
            cells.append("-" if value is None else f"{value:.3f} ±{100 * scatter(case, precision, peer):.0f} %"
                         + (" **!**" if value > 1.05 else ""))
        if precision == "int8":
            cells.append(case["openvinoFile"] or "-")
            cells.append(" / ".join(figure(case["sqnrDb"].get(f"{engine} int8")) for engine in ("halftone", *PEERS)))
        rows.append(cells)
    return table(head, rows)


def summary_table(cases, precision):
    """Geometric means for each setting and over all, with the worst case against each peer."""
    settings = sorted({order(case) for case in cases})
    groups = [(f"{threads} threads, batch {batch}", [case for case in cases if order(case) == (threads, batch)])
              for threads, batch in settings]
    for threads in sorted({case["threads"] for case in cases}):
        groups.append((f"{threads} threads", [case for case in cases if case["threads"] == threads]))
    groups.append(("all", cases))
    rows = []
    for name, group in groups:
        cells = [name, len(group)]
        for peer in PEERS:
            ratios = [(value, case) for case in group if (value := ratio(case, precision, peer)) is not None]
            if not ratios:
                cells += ["-", "-"]
                continue
            worst, where = max(ratios, key=lambda pair: pair[0])
            cells.append(f"{geometric_mean([value for value, _ in ratios]):.3f}")
            cells.append(f"{worst:.3f} {where['model']} batch {where['batch']}, {where['threads']} threads")
        rows.append(cells)
    return table([precision, "cases", "/OpenVINO", "worst", "/ORT", "worst"], rows)


def busy_table(cases, precision):
    """Beside busy processes: what an inference took in the mean and in the median of its turn, medians of rounds."""
    rows = []
    for case in sorted(cases, key=lambda case: (case["model"], case["busy"])):
        cells = [case["model"], case["busy"]]
        for statistic in ("mean", "median"):
            figures = {"roundMs": case[statistic + "Ms"]}
            cells += [figure(statistics.median(figures["roundMs"].get(f"{engine} {precision}") or [math.nan]))
                      for engine in ("halftone", *PEERS)]
            ratios = [ratio(figures, precision, peer) for peer in PEERS]
            cells += ["-" if value is None else f"{value:.2f}" + (" **!**" if value > BUSY_LIMIT else "") for value in ratios]
        rows.append(cells)
    engines = ["Halftone ms", *(f"{name} ms" for name in PEERS.values()), *(f"/{name}" for name in PEERS.values())]
    return table(["model", "busy", *engines, *("median: " + name for name in engines)], rows)


def busy_document(results):
    parts = [heading(results, "Halftone and its peers beside busy processes")]
    for precision in ("fp32", "int8"):
        chosen = [case for case in results["cases"] if f"halftone {precision}" in case["meanMs"]]
        if chosen:
            parts += [f"## {precision}: ms an inference, ratios Halftone / peer", busy_table(chosen, precision)]
    return "\n\n".join(parts) + "\n"


def load_table(loads):
    rows = []
    for load in loads:
        for label, figures in load["engines"].items():
            stages = ", ".join(f"{stage} {figure(ms)}" for stage, ms in figures["stages"].items())
            rows.append([load["model"], load["threads"], label, figure(figures["loadMs"]), stages])
    return table(["model", "threads", "engine", "file to first inference, ms", "stages, ms"], rows)


def disturbances(case):
    return [f"the {precision} rounds against {name} scatter by {100 * scatter(case, precision, peer):.0f} %; measure it again"
            for precision in ("fp32", "int8") for peer, name in PEERS.items()
            if round_ratios(case, precision, peer) and scatter(case, precision, peer) > DISTURBED]


def heading(results, title):
    machine = results["machine"]
    return (f"# {title}\n\n{machine['cpu']}, {machine['cpus']} CPUs"
            + (f", ONEDNN_MAX_CPU_ISA={machine['maxIsa']}" if machine["maxIsa"] else "")
            + f"; {', '.join(f'{name} {version}' for name, version in results['versions'].items())}; "
            f"{results['finished']}")


def document(results):
    parts = [heading(results, "Halftone against its peers")]
    cases = results["cases"]
    for precision in ("fp32", "int8"):
        chosen = [case for case in cases if f"halftone {precision}" in case["roundMs"]]
        if chosen:
            parts += [f"## {precision}: medians of rounds, ratios Halftone / peer", latency_table(chosen, precision),
                      summary_table(chosen, precision)]
    warnings = [f"- {case['model']}, batch {case['batch']}, {case['threads']} threads: {message}" for case in cases
                for message in case["disagreements"]
                + [f"{label} did not sleep between its turns" for label in case["restless"]] + disturbances(case)]
    if warnings:
        parts += ["## Warnings", "\n".join(warnings)]
    if results["loads"]:
        parts += ["## Loading", load_table(results["loads"])]
    return "\n\n".join(parts) + "\n"
