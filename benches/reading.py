"""Reads mails as many programs do: Python's email package and mail-parser-reply.

Standard input has a line "id, tab, path" for each mail; standard output gets one JSON object a line, standard error the
seconds that it took.
"""

import email
import html
import json
import re
import sys
import time
from email import policy

from mailparser_reply import EmailReplyParser

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs", "ja"]
TAG = re.compile(r"<[^>]*>")


def read(path):
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file, policy=policy.default)
    part = mail.get_body(("plain", "html"))
    text = part.get_content() if part else ""
    if part and part.get_content_type() == "text/html":
        text = html.unescape(TAG.sub("", text))
    reply = EmailReplyParser(languages=LANGUAGES).parse_reply(text=text)
    return {
        "subject": str(mail["subject"]),
        "from": str(mail["from"]),
        "to": str(mail["to"]),
        "date": str(mail["date"]),
        "message_id": str(mail["message-id"]),
        "text": text,
        "reply": reply,
        "attachments": [[a.get_filename(), len(a.get_payload(decode=True) or b"")] for a in mail.iter_attachments()],
    }


begin = time.perf_counter()
failed = 0
for line in sys.stdin:
    name, path = line.rstrip("\n").split("\t")
    try:
        found = read(path)
    except Exception as error:  # what it cannot read is counted, and takes its time, too
        failed += 1
        found = {"error": repr(error)}
    print(json.dumps({"id": name, **found}))
print(time.perf_counter() - begin, failed, file=sys.stderr)
