#!/usr/bin/env python3
"""Pictures of every HTML mail that the tests keep, as a phone (360 px) and a desktop (800 px) show it, light and dark,
two dots a pixel.

    docs/pictures.py FOLDER [NAME ...]      all, or those of these names: notice-request digest
    docs/pictures.py FOLDER report.html     a file that `pairdesk report --out` wrote; report.html@600 is its upper 600 px

Needs chromium (Debian: apt-get install chromium). The mails are those of tests/it/snapshots, so run
INSTA_UPDATE=always cargo test --test it compose:: first when a template has changed.
"""

import email
import email.policy
import pathlib
import shutil
import subprocess
import sys
import tempfile

WIDTHS = (360, 800)
SNAPSHOTS = pathlib.Path(__file__).resolve().parent.parent / "tests/it/snapshots"


def pages():
    """The HTML part of each mail, by name."""
    for file in sorted(SNAPSHOTS.glob("it__compose__*.snap")):
        # A head of insta's, the envelope, and then the mail.
        mail = file.read_text().split("\nenvelope: ", 1)[1].split("\n", 1)[1]
        html = email.message_from_string(mail, policy=email.policy.default).get_body(["html"])
        if html:
            yield file.stem.removeprefix("it__compose__"), html.get_content()


def files(names):
    """The HTML files among the names, by their names without the ending: (page, how much of its height)."""
    for file, _, height in (name.partition("@") for name in names):
        if file.endswith(".html"):
            yield pathlib.Path(file).stem, (pathlib.Path(file).read_text(), int(height or 10**6))


def headless(browser, folder, *options):
    """Runs the browser without a window, and gives what it prints."""
    usual = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files"]
    command = [browser, *usual, f"--user-data-dir={folder}/profile", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


def heights(browser, folder, names):
    """How high each page is at each width, found in one run."""
    frames = "".join(
        f"<iframe src={name}.html style='width:{width}px;height:100px;border:0'></iframe>" for name in names for width in WIDTHS
    )
    script = "onload=()=>document.title=[...document.querySelectorAll('iframe')].map(f=>f.contentDocument.documentElement.scrollHeight)"
    pathlib.Path(folder, "all.html").write_text(f"{frames}<script>{script}</script>")
    found = headless(browser, folder, "--dump-dom", f"file://{folder}/all.html").split("<title>")[1].split("<")[0]
    return dict(zip([(name, width) for name in names for width in WIDTHS], map(int, found.split(","))))


def main():
    to = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)
    to.mkdir(parents=True, exist_ok=True)
    browser = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("chromium is not installed")
    wanted = {name: (html, 10**6) for name, html in pages() if not sys.argv[2:] or name in sys.argv[2:]}
    wanted.update(files(sys.argv[2:]))
    with tempfile.TemporaryDirectory() as folder:
        for name, (html, _) in wanted.items():
            pathlib.Path(folder, f"{name}.html").write_text(html)
        for (name, width), height in heights(browser, folder, wanted).items():
            height = min(height, wanted[name][1])
            # A window is never narrower than 500 px, but a frame in it is; the picture is as wide as was asked for.
            frame = f"<iframe src={name}.html style='width:{width}px;height:{height}px;border:0;display:block'></iframe>"
            pathlib.Path(folder, "frame.html").write_text(f"<body style='margin:0'>{frame}")
            for mode, scheme in (("light", 1), ("dark", 0)):
                file = to / f"{name}-{width}-{mode}.png"
                options = [f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={width},{height}"]
                options.append("--force-device-scale-factor=2")
                headless(browser, folder, *options, f"--screenshot={file}", f"file://{folder}/frame.html")
                print(file)


main()
