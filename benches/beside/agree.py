"""Holds the twenty rules against vmalert's replay: the same made-up samples, and the minutes in which each says that
an alert fires.

    python3 benches/beside/agree.py target/release/foghorn [DOMAINS [DAYS]]

Needs `victoria-metrics` and `vmalert` (Debian has both). They listen on loopback alone, on ports that are free, and end
with the script. The samples come from a seed: noise, and an incident or two a day, once without gaps and once with.

A rule reads in MetricsQL as it does here where a minute's value is looked up by `last_over_time(x[1m])`, which finds this minute
and no other, and where

- `for 3m` is `for: 2m`: here it is three bad minutes, there that the first and the last are that far apart;
- ranks are counted: the 90th percentile of 15 values is above 10 % if two of them are;
- `no data for 3 of 5m` is a count of at most two in five minutes;
- sums over codes are series of their own, so that windows over them are windows over samples.

Without gaps both must agree to the minute, but where a value lies within a billionth of its threshold: they reckon in
floats. With gaps they are meant to differ: here what is unknown holds an alert as it was, there it ends it. Every difference
must then have a minute without a sample where its rule looks.
"""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

FOGHORN = os.path.realpath(sys.argv[1])
DOMAINS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
DAYS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
RULES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "rules20.yaml")
START = 29_878_560
MINUTES = DAYS * 1440
# What is compared comes after the longest look back, which is a day and fifteen minutes.
FROM = 1440 + 60
CODES = (200, 206, 304, 404, 499, 500, 502, 503)
# In ten thousandths of a percent.
NOISE = {206: 30_000, 304: 8_000, 404: 6_000, 499: 2_000, 500: 1_500, 502: 1_200, 503: 900}
WHOLE = 1_000_000

X5, X4, X45 = 'c{of="5xx"}', 'c{of="4xx"}', 'c{of="45"}'


def code(number):
    return f'c{{of="{number}"}}'


def now(series, back=""):
    return f"last_over_time({series}[1m]{back})"


# The rule, in MetricsQL; its `for`, in minutes; and how far back it looks.
THEIRS = {
    "Sum5xx": (f"{now(X5)} > 10", 2, 3),
    "Sum4xx": (f"{now(X4)} > 20", 4, 5),
    "Avg5xx10m": (f"avg_over_time({X5}[10m]) > 5", 0, 10),
    "Avg5xx1h": (f"avg_over_time({X5}[1h]) > 2", 0, 60),
    "Max502_5m": (f"max_over_time({code(502)}[5m]) > 15", 0, 5),
    "Min200_5m": (f"min_over_time({code(200)}[5m]) < 50", 0, 5),
    "Q90_500_15m": (f"count_gt_over_time({code(500)}[15m], 10) >= 2", 0, 15),
    "Q50_503_30m": (f"count_gt_over_time({code(503)}[30m], 5) >= 16", 0, 30),
    "Rel1h5xx": (
        f"({now(X5)} > 3 * avg_over_time({X5}[1h])) and ({now(X5)} > 5)",
        1,
        61,
    ),
    "VsYesterday": (f"{now(X5)} - {now(X5, ' offset 1d')} > 10", 2, 1443),
    "Drop200": (f"{now(code(200))} < 0.7 * avg_over_time({code(200)}[1h])", 2, 62),
    "Std404": (f"stddev_over_time({code(404)}[30m]) > 5", 0, 30),
    "Sum404": (f"{now(code(404))} > 15", 9, 10),
    "NoData": (
        f"(count_over_time({X5}[5m]) or 0 * count_over_time({X5}[2h])) <= 2",
        0,
        5,
    ),
    "Jump500": (f"{now(code(500))} - {now(code(500), ' offset 5m')} > 10", 0, 6),
    "Share5of45": (f"({now(X5)} / on(domain) {now(X45)} > 0.8) and on(domain) ({now(X5)} > 5)", 1, 2),
    "Avg206Yday": (
        f"avg_over_time({code(206)}[10m]) > 1.5 * avg_over_time({code(206)}[10m] offset 1d)",
        4,
        1455,
    ),
    "Max5xx10m": (f"max_over_time({X5}[10m]) > 30", 0, 10),
    "KofN5xx": (f"count_gt_over_time({X5}[30m], 5) >= 20", 0, 30),
    "Combo": (f"({now(X5)} > 1) and on(domain) ({now(code(200))} < 90)", 4, 5),
}


def made_up(gaps):
    """The minutes of every domain: for each code its part, or nothing."""
    for number in range(DOMAINS):
        dice = random.Random(number + 1)
        trouble, left = None, 0
        minutes = []
        for at in range(MINUTES):
            if left == 0:
                trouble = None
                if dice.randrange(600) == 0:
                    left = 2 + dice.randrange(60)
                    risen = dice.choice((206, 404, 499, 500, 502, 503, None))
                    trouble = (risen, 30_000 + dice.randrange(500_000))
            else:
                left -= 1
            missing = dice.randrange(2_000) == 0 or (trouble and trouble[0] is None)
            parts, rest = {}, WHOLE
            for of, noise in NOISE.items():
                more = 0
                if trouble and trouble[0] == of:
                    more = trouble[1] // 2 + dice.randrange(trouble[1] // 2)
                parts[of] = min(dice.randrange(noise) + more, rest)
                rest -= parts[of]
            parts[200] = rest
            minutes.append(None if gaps and missing and 0 < at else parts)
        yield f"d{number:03}.example.com", minutes


def selected(parts):
    """What is looked at, by name, in ten thousandths of a percent."""
    values = {str(of): parts[of] for of in CODES}
    values["5xx"] = sum(part for of, part in parts.items() if 500 <= of)
    values["4xx"] = sum(part for of, part in parts.items() if 400 <= of < 500)
    values["45"] = values["5xx"] + values["4xx"]
    return values


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime((START + at) * 60))


def write_lines(data, path):
    with open(path, "w", encoding="utf-8") as file:
        for domain, minutes in data:
            for at, parts in enumerate(minutes):
                if parts is not None:
                    codes = {str(of): f"{parts[of] // 10_000}.{parts[of] % 10_000:04}" for of in CODES}
                    line = {"domain": domain, "minute": stamp(at), "codes": codes}
                    file.write(json.dumps(line) + "\n")


def ours(lines):
    """The minutes in which each alert fires, by rule and domain."""
    command = [FOGHORN, "backtest", RULES, "--data", lines, "--format", "json"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    since, firing = {}, {}
    for line in told.splitlines():
        event = json.loads(line)
        key = (event["rule"], event["domain"])
        minute = time.strptime(event["minute"], "%Y-%m-%dT%H:%M:%SZ")
        at = int(time.mktime(minute) - time.timezone) // 60 - START
        if event["event"] == "fired":
            since[key] = at
        else:
            firing.setdefault(key, set()).update(range(since.pop(key), at))
    for key, at in since.items():
        firing.setdefault(key, set()).update(range(at, MINUTES))
    return firing


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(url, body=None):
    with urllib.request.urlopen(url, data=body, timeout=120) as answer:
        return answer.read()


def until_answers(url):
    for _ in range(200):
        try:
            return call(url)
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def import_into(base, data):
    for domain, minutes in data:
        series = {}
        for at, parts in enumerate(minutes):
            for of, part in selected(parts).items() if parts is not None else ():
                values, stamps = series.setdefault(of, ([], []))
                values.append(part / 10_000)
                stamps.append((START + at) * 60_000)
        lines = [
            json.dumps(
                {
                    "metric": {"__name__": "c", "of": of, "domain": domain},
                    "values": values,
                    "timestamps": stamps,
                }
            )
            for of, (values, stamps) in series.items()
        ]
        call(f"{base}/api/v1/import", "\n".join(lines).encode())
    call(f"{base}/internal/force_flush")


def write_rules(path):
    rules = []
    for name, (expression, hold, _) in THEIRS.items():
        rules.append({"alert": name, "expr": f"max({expression}) by (domain)", "for": f"{hold}m"})
    groups = {"groups": [{"name": "g", "interval": "1m", "rules": rules}]}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(groups, file)


def theirs(base, folder):
    write_rules(os.path.join(folder, "rules.yml"))
    command = [
        "vmalert",
        f"-rule={folder}/rules.yml",
        f"-datasource.url={base}",
        f"-remoteWrite.url={base}",
        "-remoteWrite.flushInterval=200ms",
        f"-replay.timeFrom={stamp(0)}",
        f"-replay.timeTo={stamp(MINUTES - 1)}",
        # Else a chunk's last minute is judged again with the next one.
        "-replay.maxDatapointsPerQuery=1000000",
        "-replay.rulesDelay=300ms",
        # The default is five minutes.
        "-datasource.queryStep=1m",
        "-replay.disableProgressBar",
        f"-httpListenAddr=127.0.0.1:{free_port()}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2_000:])
    call(f"{base}/internal/force_flush")
    match = urllib.parse.quote('{__name__="ALERTS",alertstate="firing"}')
    told = call(f"{base}/api/v1/export?match[]={match}&start=0").decode()
    firing = {}
    for line in told.splitlines():
        series = json.loads(line)
        key = (series["metric"]["alertname"], series["metric"]["domain"])
        at = {stamp // 60_000 - START for stamp in series["timestamps"]}
        firing.setdefault(key, set()).update(at)
    return firing


def is_near(rule, minutes, at):
    """Whether what a rule compares lies within a billionth of its threshold, of this or a minute of its hold."""
    values = lambda of, length, end: [selected(minutes[m])[of] / 1e4 for m in range(end - length + 1, end + 1)]
    average = lambda of, length, end: sum(values(of, length, end)) / length

    def pairs(end):
        one = selected(minutes[end])
        point = {of: value / 1e4 for of, value in one.items()}
        match rule:
            case "Avg5xx10m":
                yield average("5xx", 10, end), 5
            case "Avg5xx1h":
                yield average("5xx", 60, end), 2
            case "Rel1h5xx":
                yield point["5xx"], 3 * average("5xx", 60, end)
            case "Drop200":
                yield point["200"], 0.7 * average("200", 60, end)
            case "VsYesterday":
                yield point["5xx"] - values("5xx", 1, end - 1440)[0], 10
            case "Jump500":
                yield point["500"] - values("500", 1, end - 5)[0], 10
            case "Avg206Yday":
                yield average("206", 10, end), 1.5 * average("206", 10, end - 1440)
            case "Std404":
                of = values("404", 30, end)
                mean = sum(of) / 30
                yield (sum((value - mean) ** 2 for value in of) / 30) ** 0.5, 5
            case "Share5of45":
                yield point["5xx"] / max(point["45"], 1e-9), 0.8

    hold = THEIRS[rule][1]
    return any(abs(a - b) < 1e-9 for end in range(at - hold, at + 1) for a, b in pairs(end))


def compare(data, gaps, folder):
    base = f"http://127.0.0.1:{free_port()}"
    storage = os.path.join(folder, "storage-gaps" if gaps else "storage")
    log = open(os.path.join(folder, "victoria.log"), "w", encoding="utf-8")
    server = subprocess.Popen(
        [
            "victoria-metrics",
            f"-storageDataPath={storage}",
            f"-httpListenAddr={base.removeprefix('http://')}",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
            "-search.maxPointsPerTimeseries=1000000",
            "-search.disableCache",
        ],
        stdout=log,
        stderr=log,
    )
    try:
        until_answers(f"{base}/health")
        import_into(base, data)
        their = theirs(base, folder)
    finally:
        server.terminate()
        server.wait()
        log.close()
    lines = os.path.join(folder, "samples.jsonl")
    write_lines(data, lines)
    our = ours(lines)
    by_domain = dict(data)
    both = unexplained = 0
    print(f"{'with' if gaps else 'without'} gaps: {DOMAINS} domains, {DAYS} days, from minute {FROM} on")
    print(f"  {'rule':12} {'both fire':>9} {'only here':>9} {'only there':>10}  because of")
    for rule, (_, _, reach) in THEIRS.items():
        counts, causes = [0, 0, 0], {}
        for domain, minutes in data:
            a, b = our.get((rule, domain), set()), their.get((rule, domain), set())
            a, b = ({at for at in of if FROM <= at} for of in (a, b))
            counts = [
                count + more
                for count, more in zip(counts, (len(a & b), len(a - b), len(b - a)))
            ]
            for at in sorted(a ^ b):
                # An alert that is held stays held until a minute is known again.
                looked, begin = by_domain[domain], max(0, at - reach + 1)
                held = at
                while at in a and held in a and 0 < held:
                    held -= 1
                begin = min(begin, held - reach)
                if any(looked[m] is None for m in range(max(0, begin), at + 1)):
                    cause = "a gap"
                elif is_near(rule, looked, at):
                    cause = "a tie"
                else:
                    cause = "NOTHING KNOWN"
                    unexplained += 1
                    if unexplained <= 5:
                        print(f"  {rule} {domain} {stamp(at)}: {'only here' if at in a else 'only there'}")
                causes[cause] = causes.get(cause, 0) + 1
        both += counts[0]
        told = ", ".join(f"{cause} ({count})" for cause, count in sorted(causes.items()))
        print(f"  {rule:12} {counts[0]:9} {counts[1]:9} {counts[2]:10}  {told}")
    return both, unexplained


def main():
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [compare(list(made_up(gaps)), gaps, folder) for gaps in (False, True)]
    if any(unexplained for _, unexplained in outcomes) or not all(both for both, _ in outcomes):
        raise SystemExit("they differ")
    print("they agree")


if __name__ == "__main__":
    main()
