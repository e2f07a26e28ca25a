"""One live minute of ten thousand domains by the twenty rules, beside Prometheus.

    python3 benches/beside/live.py [DOMAINS [RULE_EVALUATIONS]]

Needs Debian's `prometheus`, or another that PROMETHEUS names, and the Rust toolchain. It listens on loopback alone, on a port that
is free, and ends with the script.

Prometheus is given, by remote write, the samples that `benches/service.rs` makes up: the minutes that its rules look back upon (the
last hour, and the quarter of an hour a day ago), and sums over codes as series of their own, so that a rule never adds up codes
within a window; that is the cheapest way there is to write them. Then it evaluates its rules every ten seconds, and says itself how
long that took. What Foghorn takes is printed by `cargo bench --bench service`, of which `ONLY=live` is run.
"""

import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

DOMAINS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
EVALUATIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 6
PROMETHEUS = os.environ.get("PROMETHEUS", "prometheus")
HERE = os.path.dirname(os.path.realpath(__file__))
CODES = (200, 206, 301, 304, 404, 499, 502, 504)
SHARES = (1_000, 60, 30, 120, 40, 12, 3, 1)
MASK = (1 << 64) - 1
# How many series go into one request.
SERIES_MAX = 2_000


def code(number):
    return f'c{{of="{number}"}}'


X5, X4, X45 = code("5xx"), code("4xx"), code("45")
RULES = {
    "Sum5xx": (f"{X5} > 10", 2),
    "Sum4xx": (f"{X4} > 20", 4),
    "Avg5xx10m": (f"avg_over_time({X5}[10m]) > 5", 0),
    "Avg5xx1h": (f"avg_over_time({X5}[1h]) > 2", 0),
    "Max502_5m": (f"max_over_time({code(502)}[5m]) > 15", 0),
    "Min200_5m": (f"min_over_time({code(200)}[5m]) < 50", 0),
    "Q90_500_15m": (f"quantile_over_time(0.9, {code(500)}[15m]) > 10", 0),
    "Q50_503_30m": (f"quantile_over_time(0.5, {code(503)}[30m]) > 5", 0),
    "Rel1h5xx": (f"({X5} > 3 * avg_over_time({X5}[1h])) and {X5} > 5", 1),
    "VsYesterday": (f"{X5} - {X5} offset 1d > 10", 2),
    "Drop200": (f"{code(200)} < 0.7 * avg_over_time({code(200)}[1h])", 2),
    "Std404": (f"stddev_over_time({code(404)}[30m]) > 5", 0),
    "Sum404": (f"{code(404)} > 15", 9),
    "NoData": (f"count_over_time({X5}[5m]) <= 2", 0),
    "Jump500": (f"{code(500)} - {code(500)} offset 5m > 10", 0),
    "Share5of45": (f"({X5} / on(domain) {X45} > 0.8) and on(domain) ({X5} > 5)", 1),
    "Avg206Yday": (
        f"avg_over_time({code(206)}[10m]) > 1.5 * avg_over_time({code(206)}[10m] offset 1d)",
        4,
    ),
    "Max5xx10m": (f"max_over_time({X5}[10m]) > 30", 0),
    "KofN5xx": (f"sum_over_time({code('5xx-over-5')}[30m]) >= 20", 0),
    "Combo": (f"({X5} > 1) and on(domain) ({code(200)} < 90)", 4),
}


def below(seed, ends):
    """SplitMix64, as the benchmark has it."""
    numbers = []
    for end in ends:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        mixed = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        numbers.append((mixed ^ (mixed >> 31)) % end)
    return numbers


def values(number, at):
    """What a domain has in a minute, by the name of its series."""
    size = 20 << (number % 10)
    drawn = below((number << 32) ^ at, [2 + share * size // 400 for share in SHARES])
    counts = [1 + share * size // 100 + more for share, more in zip(SHARES, drawn)]
    total = sum(counts)
    percent = {str(of): count * 100 / total for of, count in zip(CODES, counts)}
    percent["500"] = percent["503"] = 0.0
    percent["5xx"] = percent["502"] + percent["504"]
    percent["4xx"] = percent["404"] + percent["499"]
    percent["45"] = percent["5xx"] + percent["4xx"]
    percent["5xx-over-5"] = float(5 < percent["5xx"])
    return percent


def varint(number):
    out = bytearray()
    while 0x7F < number:
        out.append(0x80 | number & 0x7F)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def label(name, value):
    return field(1, field(1, name.encode()) + field(2, value.encode()))


def timeseries(of, domain, samples):
    """A series of remote write 0.1.0."""
    body = label("__name__", "c") + label("domain", domain) + label("of", of)
    for stamp, value in samples:
        body += field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(stamp))
    return field(1, body)


def snappy(plain):
    """Snappy's block format, in literals alone."""
    out = [varint(len(plain))]
    for begin in range(0, len(plain), 1 << 16):
        piece = plain[begin : begin + (1 << 16)]
        out.append(bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece)
    return b"".join(out)


def write(base, series):
    request = urllib.request.Request(
        f"{base}/api/v1/write",
        data=snappy(b"".join(series)),
        headers={
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        },
    )
    urllib.request.urlopen(request, timeout=300).read()


def feed(base, now, minutes):
    """Writes these minutes, which end with the present one at 0, of all domains."""
    series, count = [], 0
    for number in range(DOMAINS):
        by_name = {}
        for back in minutes:
            for of, value in values(number, 10_000 - back).items():
                by_name.setdefault(of, []).append(((now - back * 60) * 1_000, value))
        for of, samples in by_name.items():
            series.append(timeseries(of, f"d{number:05}.example.com", samples))
            count += len(samples)
            if len(series) == SERIES_MAX:
                write(base, series)
                series = []
    if series:
        write(base, series)
    return count


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def metric(text, name):
    found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def write_files(folder):
    rules = "".join(
        f"      - alert: {name}\n        expr: '{expression}'\n        for: {hold}m\n"
        for name, (expression, hold) in RULES.items()
    )
    with open(os.path.join(folder, "rules.yml"), "w", encoding="utf-8") as file:
        file.write(f"groups:\n  - name: g\n    interval: 10s\n    rules:\n{rules}")
    with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
        # The first evaluations see an empty database; those that count come later.
        file.write(f"rule_files: ['{folder}/rules.yml']\n")


def measure(base, child):
    """What the evaluations took, in seconds, and the memory, in MiB."""
    took, seen = [], None
    while len(took) < EVALUATIONS:
        time.sleep(1)
        text = get(f"{base}/metrics")
        last = metric(text, "prometheus_rule_group_last_evaluation_timestamp_seconds")
        if seen is not None and last != seen:
            took.append(metric(text, "prometheus_rule_group_last_duration_seconds"))
            failed = metric(text, "prometheus_rule_evaluation_failures_total")
            if failed:
                raise SystemExit(f"{failed} evaluations failed")
        seen = last
    with open(f"/proc/{child.pid}/status", encoding="utf-8") as file:
        resident = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1_024
    return sorted(took), resident


def prometheus(folder):
    write_files(folder)
    base = f"http://127.0.0.1:{free_port()}"
    log = open(os.path.join(folder, "log"), "w", encoding="utf-8")
    child = subprocess.Popen(
        [
            PROMETHEUS,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={base.removeprefix('http://')}",
            "--web.enable-remote-write-receiver",
        ],
        stdout=log,
        stderr=log,
    )
    try:
        for _ in range(300):
            try:
                get(f"{base}/-/ready")
                break
            except OSError:
                time.sleep(0.1)
        begin = time.time()
        now = int(begin) // 60 * 60
        count = feed(base, now, range(1440 + 15, 1440 - 1, -1))
        # Half an hour at a time: what is an hour older than the newest sample of all is refused.
        count += feed(base, now, range(60, 30, -1))
        count += feed(base, now, range(30, -1, -1))
        told = f"{count} samples fed in {time.time() - begin:.0f} s"
        took, resident = measure(base, child)
        middle = took[len(took) // 2]
        print(f"prometheus: {DOMAINS} domains × 20 rules, evaluated {len(took)} times ({told})")
        print(f"  least / middle / most {took[0]:.2f} / {middle:.2f} / {took[-1]:.2f} s, {resident:.0f} MiB")
    finally:
        child.terminate()
        child.wait()
        log.close()


def foghorn():
    command = os.environ.get("SERVICE_BENCH", "cargo bench --bench service").split()
    told = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=os.path.join(HERE, "..", ".."),
        env={**os.environ, "ONLY": "live", "DOMAINS": str(DOMAINS)},
    ).stdout
    print("foghorn: the same minute, least / middle / most of 20")
    for line in told.splitlines():
        if line.startswith(("live minute", "memory")):
            print(f"  {line.strip()}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        prometheus(folder)
    foghorn()


if __name__ == "__main__":
    main()
