#!/usr/bin/env python3
"""Surge monitor and its peers on simulated count series that the project draws itself.

    python benchmarks/surges.py [--series 10] [--jobs 2] [--json OUT]

Six families of station: ordinary negative binomial, Poisson, heavy tails, a weekly rhythm, long gaps without looks,
and poor imagery (clumped partial views, a recall that is known only roughly). Each has season, drift, parked cars that
make neighbouring looks agree, past surges and level shifts. Methods see the same looks. For each: false alarms a
station-year at its own default; the share of four-week surges to 3, 5 and 10 times the level found at the threshold
that gives 0.2 false alarms a year in that family; how often p < 0.05 and p < 0.01 come on quiet looks, over 0.05 and
0.01. Peers see counts divided by exposure, as their users would give them.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from scipy.stats import nbinom, norm

from yardwatch.surges import monitor

RATIOS = (3, 5, 10)
MATCHED_PER_YEAR = 0.2
ONE_EVENT_DAYS = 30.0
HISTORY_DAYS, TEST_DAYS = 900.0, 730.0
BUDGET = 0.2


@dataclass(frozen=True)
class Family:
    """How a kind of station behaves and is looked at; rates a year, levels in cars."""

    name: str
    looks_per_year: float = 40.0
    noise: str = "negative binomial"
    weekly: float = 0.0
    gaps: bool = False
    partial: float = 0.1
    recall_sd: float = 0.05


FAMILIES = (
    Family("ordinary"),
    Family("poisson", noise="poisson"),
    Family("heavy tails", noise="heavy"),
    Family("weekly rhythm", looks_per_year=90.0, weekly=0.6),
    Family("long gaps", looks_per_year=50.0, gaps=True),
    Family("poor imagery", partial=0.5, recall_sd=0.15),
)


@dataclass(frozen=True, eq=False)
class Simulated:
    """Looks of one station; ``surged[k]`` are the counts with the last surge at k times the level."""

    day: np.ndarray
    visible: np.ndarray
    quiet: np.ndarray
    surged: dict[int, np.ndarray]
    during: np.ndarray
    recall: float = 0.9
    false_positives: float = 0.3


class Watcher(Protocol):
    """What every method is reduced to: looks in, a score (larger is more surge-like) and an alarm out."""

    def step(
        self, day: float, count: int, visible: float, recall: float, false_positives: float
    ) -> tuple[float, Any]: ...


def draw(family: Family, seed: int) -> Simulated:
    """One station of a family."""
    rng = np.random.default_rng([FAMILIES.index(family), seed])
    days = np.arange(HISTORY_DAYS + TEST_DAYS)
    shown = rng.random(len(days)) < family.looks_per_year / 365.25
    if family.gaps:
        for start in rng.uniform(0, HISTORY_DAYS, 3):
            shown[(days >= start) & (days < start + rng.uniform(60, 150))] = False
    day = days[shown] + rng.uniform(0.1, 0.4, int(shown.sum()))
    base = math.exp(rng.uniform(math.log(3), math.log(25)))
    drift = np.cumsum(rng.normal(0, 0.1 / math.sqrt(365.25), len(days)))[shown]
    season = rng.uniform(0, 0.4) * np.cos(2 * np.pi * (day - rng.uniform(0, 365)) / 365.25)
    week = family.weekly * np.where(day.astype(int) % 7 >= 5, -1.0, 0.4)
    log_level = math.log(base) + drift + season + week + _agreeing(day, rng)
    for _ in range(rng.poisson(0.6)):
        log_level = log_level + np.where(day > rng.uniform(100, 600), rng.uniform(0.3, 0.7) * rng.choice([-1, 1]), 0)
    past = rng.uniform(0, HISTORY_DAYS - 90, rng.poisson(0.6))
    for start in past:
        log_level = log_level + np.where((day >= start) & (day < start + 28), math.log(4), 0)
    onset = HISTORY_DAYS + rng.uniform(60, TEST_DAYS - 60)
    during = (day >= onset) & (day < onset + 28)
    visible = np.where(rng.random(len(day)) < family.partial, np.clip(rng.beta(3, 2, len(day)), 0.15, 1), 1.0)
    size = math.exp(rng.uniform(math.log(1.5), math.log(8)))

    def counted(ratio: float) -> np.ndarray:
        again = np.random.default_rng([seed, int(ratio * 10)])
        mean = np.exp(log_level) * np.where(during, ratio, 1.0)
        cars = again.poisson(mean * _noise(family.noise, size, again, len(day)))
        seen = np.where(visible < 1, again.beta(4 * visible, 4 * (1 - visible) + 1e-9), 1.0)
        recall = np.clip(0.9 * np.exp(again.normal(0, family.recall_sd, len(day))), 0.2, 1)
        return np.asarray(again.binomial(again.binomial(cars, seen), recall) + again.poisson(0.3, len(day)))

    return Simulated(day, visible, counted(1), {k: counted(k) for k in RATIOS}, during)


def _agreeing(day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Log noise that neighbouring looks share: parked cars are still there tomorrow."""
    sd, fade_days = rng.uniform(0.1, 0.4), rng.uniform(7, 25)
    noise = np.zeros(len(day))
    for i in range(1, len(day)):
        keep = math.exp(-(day[i] - day[i - 1]) / fade_days)
        noise[i] = keep * noise[i - 1] + rng.normal(0, sd * math.sqrt(1 - keep**2))
    return noise


def _noise(kind: str, size: float, rng: np.random.Generator, looks: int) -> np.ndarray:
    """Mean-one multiplier of the Poisson mean."""
    if kind == "poisson":
        return np.ones(looks)
    if kind == "heavy":
        return np.asarray(np.exp(rng.standard_t(4, looks) * 0.4 - 0.12))
    return rng.gamma(size, 1 / size, looks)


class Peer:
    """A common method on counts divided by exposure: ``rule(earlier values, value)`` gives the tail probability."""

    def __init__(self, rule: Callable[[np.ndarray, float], float], p_alarm: float) -> None:
        self.rule, self.p_alarm = rule, p_alarm
        self.values: list[float] = []
        self.last_alarm_day = -1e9

    def step(self, day: float, count: int, visible: float, recall: float, false_positives: float) -> tuple[float, Any]:
        value = max(count - false_positives, 0.0) / (visible * recall)
        p = self.rule(np.array(self.values), value) if len(self.values) >= 9 else 1.0
        self.values.append(value)
        fresh = p < self.p_alarm and day - self.last_alarm_day > ONE_EVENT_DAYS
        if p < self.p_alarm:
            self.last_alarm_day = day
        return -math.log10(max(p, 1e-300)), "surge" if fresh else None


def z_score(earlier: np.ndarray, value: float) -> float:
    """Rolling mean and standard deviation of the last 20 looks; alarm above 3."""
    window = earlier[-20:]
    return float(norm.sf((value - window.mean()) / max(window.std(ddof=1), 0.5)))


def median_mad(earlier: np.ndarray, value: float) -> float:
    """Rolling median and median absolute deviation of the last 20 looks; alarm above 3.5 (Iglewicz and Hoaglin)."""
    window = earlier[-20:]
    middle = float(np.median(window))
    return float(norm.sf(0.6745 * (value - middle) / max(float(np.median(np.abs(window - middle))), 0.5)))


def ears_c2(earlier: np.ndarray, value: float) -> float:
    """EARS C2 (Hutwagner et al. 2003): seven looks, two looks of guard; alarm above 3."""
    window = earlier[-9:-2]
    return float(norm.sf((value - window.mean()) / max(window.std(ddof=1), 0.5)))


def plain_nb(earlier: np.ndarray, value: float) -> float:
    """Negative binomial by moments on all history."""
    mean, variance = float(earlier.mean()) + 0.05, float(earlier.var(ddof=1))
    size = mean**2 / max(variance - mean, 0.02 * mean)
    return float(nbinom.sf(math.ceil(value) - 1, size, size / (size + mean)))


METHODS: dict[str, Callable[[], Watcher]] = {
    "yardwatch": lambda: monitor(BUDGET),
    "plain negative binomial": lambda: Peer(plain_nb, BUDGET * 0.7 / 40),
    "rolling z-score": lambda: Peer(z_score, float(norm.sf(3))),
    "rolling median / MAD": lambda: Peer(median_mad, float(norm.sf(3.5))),
    "EARS C2": lambda: Peer(ears_c2, float(norm.sf(3))),
}


def looked(watcher: Watcher, station: Simulated, counts: np.ndarray, index: Sequence[int]) -> list[tuple[float, Any]]:
    """Scores and alarms of some looks."""
    exposure = (station.recall, station.false_positives)
    return [watcher.step(station.day[i], int(counts[i]), station.visible[i], *exposure) for i in map(int, index)]


def one_station(job: tuple[str, int, int]) -> dict[str, Any]:
    """One method on one station: quiet to its end, and from the onset on with surges of each size."""
    method, family, seed = job
    station, watcher = draw(FAMILIES[family], seed), METHODS[method]()
    during, looks = np.flatnonzero(station.during), len(station.day)
    onset = int(during[0]) if len(during) else looks
    started = time.process_time()
    said = looked(watcher, station, station.quiet, range(onset))
    found = {}
    for ratio in RATIOS if len(during) else ():
        found[ratio] = max(s for s, _ in looked(copy.deepcopy(watcher), station, station.surged[ratio], during))
    said += looked(watcher, station, station.quiet, range(onset, looks))
    spent_ms = 1000 * (time.process_time() - started) / (looks + len(found) * len(during))
    test = station.day >= HISTORY_DAYS
    alarms = sum(said[i][1] == "surge" for i in np.flatnonzero(test))
    scores = np.array([score for score, _ in said])
    return {"day": station.day[test], "score": scores[test], "alarms": alarms, "best": found, "ms": spent_ms}


def events(records: Sequence[dict[str, Any]], threshold: float) -> int:
    """Exceedances of a threshold, those within 30 days of each other as one."""
    total = 0
    for record in records:
        last = -1e9
        for day in record["day"][record["score"] >= threshold]:
            total += day - last > ONE_EVENT_DAYS
            last = day
    return total


def summary(records: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Figures of one method on one family."""
    years = len(records) * TEST_DAYS / 365.25
    scores = np.concatenate([record["score"] for record in records])
    levels = np.unique(scores)
    threshold = next((x for x in levels if events(records, x) / years <= MATCHED_PER_YEAR), levels[-1])
    figures = {"false_alarms_per_year": sum(r["alarms"] for r in records) / years}
    for ratio in RATIOS:
        best = [record["best"][ratio] for record in records if ratio in record["best"]]
        figures[f"x{ratio}"] = float(np.mean([b >= threshold for b in best]))
    for level in (0.05, 0.01):
        figures[f"p<{level}"] = float((10.0**-scores < level).mean() / level)
    return figures | {"ms_per_look": float(np.mean([record["ms"] for record in records]))}


def main() -> None:
    """Run every method on every family, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=10, help="stations a family")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    jobs = [(m, f, s) for m in METHODS for f in range(len(FAMILIES)) for s in range(asked.series)]
    with ProcessPoolExecutor(asked.jobs) as pool:
        done = dict(zip(jobs, pool.map(one_station, jobs, chunksize=4), strict=True))
    result: dict[str, Any] = {"series_per_family": asked.series, "methods": {}}
    print(f"{'method':24}{'family':15}{'false/yr':>9}{'x3':>6}{'x5':>6}{'x10':>6}{'p<.05':>7}{'p<.01':>7}{'ms':>7}")
    for method in METHODS:
        rows = {}
        for index, family in enumerate(FAMILIES):
            rows[family.name] = summary([done[method, index, seed] for seed in range(asked.series)])
        rows["all"] = {key: float(np.mean([row[key] for row in rows.values()])) for key in rows["ordinary"]}
        result["methods"][method] = rows
        for name, row in rows.items():
            shares = "".join(f"{row[f'x{k}']:6.2f}" for k in RATIOS)
            calibration = f"{row['p<0.05']:7.2f}{row['p<0.01']:7.2f}{row['ms_per_look']:7.2f}"
            print(f"{method:24}{name:15}{row['false_alarms_per_year']:9.2f}{shares}{calibration}")
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1))
        print(f"written: {asked.json}")


if __name__ == "__main__":
    main()
