#!/usr/bin/env python3
"""Pictures of every HTML mail that the tests keep, as a phone (360 px) and a desktop (800 px) show it, light and dark.

    docs/pictures.py FOLDER [NAME ...]      all, or those of these names: notice-request digest

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

SNAPSHOTS = pathlib.Path(__file__).resolve().parent.parent / "tests/it/snapshots"


def pages():
    """The HTML part of each mail, by name."""
    for file in sorted(SNAPSHOTS.glob("it__compose__*.snap")):
        # A head of insta's, the envelope, and then the mail.
        mail = file.read_text().split("\nenvelope: ", 1)[1].split("\n", 1)[1]
        html = email.message_from_string(mail, policy=email.policy.default).get_body(["html"])
        if html:
            yield file.stem.removeprefix("it__compose__"), html.get_content()


def picture(browser, html, width, dark, to):
    """A picture of the whole page. The frame has the width, since a window may not be so narrow."""
    with tempfile.TemporaryDirectory() as folder:
        page, frame = pathlib.Path(folder, "page.html"), pathlib.Path(folder, "frame.html")
        page.write_text(html)
        # The height is not known before: the frame takes that of the page and tells it by the title.
        frame.write_text(
            f"<body style='margin:0'><iframe id=f src=page.html style='width:{width}px;height:100px;border:0;display:block'>"
            "</iframe><script>f.onload=()=>{const h=f.contentDocument.documentElement.scrollHeight;"
            "f.style.height=h+'px';document.title=h}</script>"
        )
        options = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files"]
        options += [f"--user-data-dir={folder}/profile", f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
        dom = subprocess.run([*options, "--dump-dom", f"file://{frame}"], capture_output=True, text=True, timeout=60).stdout
        height = int(dom.split("<title>")[1].split("<")[0])
        subprocess.run(
            [*options, f"--window-size={max(width, 500)},{height}", f"--screenshot={to}", f"file://{frame}"],
            capture_output=True, timeout=60, check=True,
        )
    if width < 500 and shutil.which("convert"):
        subprocess.run(["convert", to, "-crop", f"{width}x{height}+0+0", "+repage", to], check=True)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
    folder.mkdir(parents=True, exist_ok=True)
    browser = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("chromium is not installed")
    for name, html in pages():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        for width in (360, 800):
            for dark in (False, True):
                to = folder.resolve() / f"{name}-{width}-{'dark' if dark else 'light'}.png"
                picture(browser, html, width, dark, to)
                print(to)


main()
