"""How soon the pages can be used on a phone: a slow processor, a slow network, and what a reader waits for.

Times depend on the machine. So each stands beside that of a page without formulae and figures, from the same run.
"""

import gzip
import http.server
import shutil
import statistics
import sys
import threading
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
PLAIN = "book/references"
ROUNDS = 3
# A processor four times slower than this one; 1.6 Mbit/s with 150 ms of delay.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
WATCH = """
window.seen = {lcp: 0, cls: 0, tasks: []};
const watch = (type, each) =>
    new PerformanceObserver(list => list.getEntries().forEach(each)).observe({type, buffered: true});
watch('largest-contentful-paint', entry => seen.lcp = entry.startTime);
watch('layout-shift', entry => { if (!entry.hadRecentInput) seen.cls += entry.value });
watch('longtask', entry => seen.tasks.push([entry.startTime, Math.max(0, entry.duration - 50)]));
"""


class Compressed(http.server.BaseHTTPRequestHandler):
    """Serve the site as a host does: text compressed."""

    def do_GET(self):
        """Answer."""
        path = SITE / self.path.split("?")[0].lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        kind = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
        body, text = path.read_bytes(), path.suffix in kind
        self.send_response(200)
        self.send_header("Content-Type", kind.get(path.suffix, "application/octet-stream"))
        if text:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


def measure(browser, address):
    """Seconds to the largest paint, those for which the page is blocked until then and in all, and its shift."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.add_init_script(WATCH)
    page.goto(address, wait_until="load", timeout=120_000)
    page.wait_for_timeout(3000)
    seen = page.evaluate("seen")
    context.close()
    until_then = sum(blocked for start, blocked in seen["tasks"] if start < seen["lcp"])
    return seen["lcp"] / 1000, until_then / 1000, sum(blocked for _, blocked in seen["tasks"]) / 1000, seen["cls"]


def main(names):
    """Measure pages, or all, and print a table."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    names = names or [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Compressed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        found = {}
        for name in [PLAIN, *names]:
            runs = [measure(browser, f"http://127.0.0.1:{server.server_port}/{name}.html") for _ in range(ROUNDS)]
            found[name] = [statistics.median(values) for values in zip(*runs, strict=True)]
        browser.close()
    head = f"{'page':20} {'largest paint':>16} {'blocked, until then':>16} {'in all':>16} {'shift':>6}"
    print(f"{head}    (s, and as a ratio to {PLAIN})")
    for name, (paint, first, blocked, shift) in found.items():
        ratios = paint / found[PLAIN][0], blocked / max(found[PLAIN][2], 0.05)
        print(f"{name:20} {paint:8.2f} {ratios[0]:7.2f} {first:19.2f} {blocked:8.2f} {ratios[1]:7.2f} {shift:6.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
