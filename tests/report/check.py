"""Looks at a report of `foghorn backtest` in a real browser: all charts are drawn, they zoom, what names
say is never run, and nothing is asked for over the network.

    python3 tests/report/check.py target/debug/foghorn FOLDER

FOLDER is where the report and pictures of it are left. Needs Debian's `chromium`, or another that
CHROMIUM names.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from datetime import datetime, timedelta, timezone

FOGHORN, FOLDER = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
HOSTILE = "</script><script>document.body.dataset.hacked='yes'</script>"
START = datetime(2026, 11, 21, tzinfo=timezone.utc)
MINUTES = 2 * 1440
OUTAGE = range(600, 660)

RULES = """\
rules:
  - {name: origin-5xx, when: 5xx > 10% given requests >= 50 for 3m, severity: critical}
  - {name: slow-burn, when: avg(5xx over 5m) > 4% for 10m}
"""


def samples():
    for at in range(MINUTES):
        for domain in ("www.example.com", "calm.example.com", HOSTILE):
            bad = 30 if at in OUTAGE and domain != "calm.example.com" else at % 3
            yield {
                "domain": domain,
                "minute": (START + timedelta(minutes=at)).strftime("%Y-%m-%dT%H:%M:00Z"),
                "codes": {"200": 100 - bad, "502": bad},
                "counts": {"200": 10 * (100 - bad), "502": 10 * bad},
            }


def silent():
    """Writes a report of a domain that goes silent, whose rule compares no value."""
    with open("silent.yaml", "w") as file:
        file.write("rules:\n  - {name: gone, when: no data for 10m}\n")
    with open("silent.jsonl", "w") as file:
        for sample in samples():
            at = sample["minute"]
            if sample["domain"] == "www.example.com" or at < "2026-11-21T12" and sample["domain"] != HOSTILE:
                file.write(json.dumps(sample) + "\n")
    subprocess.run([FOGHORN, "backtest", "silent.yaml", "--data", "silent.jsonl", "--report", "silent.html"],
                   check=True, capture_output=True)
    return f"file://{FOLDER}/silent.html"


def browse(*arguments):
    with tempfile.TemporaryDirectory() as profile:
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
            "--virtual-time-budget=3000", *arguments,
        ]
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()


def pixels(path):
    """Yields the red, green and blue of each pixel of a PNG of 8 bits without interlacing."""
    data = open(path, "rb").read()
    at, packed, width, kind = 8, b"", 0, 0
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if name == b"IHDR":
            width, _, depth, kind = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and kind in (2, 6)
        elif name == b"IDAT":
            packed += body
        at += 12 + length
    size = 3 if kind == 2 else 4
    raw, stride = zlib.decompress(packed), width * size
    before = bytearray(stride)
    for row in range(len(raw) // (stride + 1)):
        start = row * (stride + 1)
        how, line = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride):
            left = line[i - size] if i >= size else 0
            up, corner = before[i], before[i - size] if i >= size else 0
            if how == 1:
                line[i] = (line[i] + left) & 255
            elif how == 2:
                line[i] = (line[i] + up) & 255
            elif how == 3:
                line[i] = (line[i] + (left + up) // 2) & 255
            elif how == 4:
                guess = left + up - corner
                near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
                line[i] = (line[i] + near[2]) & 255
        for i in range(0, stride, size):
            yield line[i], line[i + 1], line[i + 2]
        before = line


def reddish(path):
    return sum(1 for red, green, blue in pixels(path) if red > 180 and green < 150 and blue < 150)


def body_of(dom):
    return dict(re.findall(r'data-(\w+)="([^"]*)"', re.search(r"<body[^>]*>", dom).group(0)))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    with open("rules.yaml", "w") as file:
        file.write(RULES)
    with open("samples.jsonl", "w") as file:
        file.writelines(json.dumps(sample) + "\n" for sample in samples())
    subprocess.run([FOGHORN, "backtest", "rules.yaml", "--data", "samples.jsonl", "--report", "report.html"],
                   check=True, capture_output=True)
    url = f"file://{FOLDER}/report.html"

    dom = browse("--dump-dom", url)
    said = body_of(dom)
    first = int(START.timestamp()) // 60
    assert said["charts"] == "3", said
    assert int(said["points"]) == 3 * 3 * MINUTES, said
    assert said["range"] == f"{first}-{first + MINUTES}", said
    assert "hacked" not in said, "a name was run as a program"
    canvases = re.findall(r"<canvas[^>]*>", dom)
    assert len(canvases) == 7, len(canvases)
    assert all('data-drawn="yes"' in canvas for canvas in canvases), canvases
    drawn = browse("--dump-dom", silent())
    assert len(re.findall(r'<canvas[^>]*data-drawn="yes"', drawn)) == 3, "a chart of alerts alone"
    assert dom.count('class="link"') == dom.count("<td>2026-"), "every alert leads to its time"

    outage = f"#from={first + OUTAGE.start - 30}&to={first + OUTAGE.stop + 30}"
    said = body_of(browse("--dump-dom", url + outage))
    assert said["range"] == f"{first + 570}-{first + 690}", said

    whole, near = "whole.png", "near.png"
    for picture, place in ((whole, url), (near, url + outage)):
        browse("--window-size=900,1000", f"--screenshot={FOLDER}/{picture}", place)
    # An hour of two days is a narrow mark; of two hours it is half of what is drawn.
    far, close = reddish(whole), reddish(near)
    assert far > 50, far
    assert close > 5 * far, (far, close)
    print(f"the report is drawn: {len(canvases)} charts, {far} and {close} pixels of an outage")


main()
