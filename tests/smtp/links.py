"""The links of a mail, as Python's email package reads its two parts.

A mail on standard input; a line of JSON on standard output.
"""
import email
import email.policy
import html
import json
import re
import sys

mail = email.message_from_string(sys.stdin.read(), policy=email.policy.default)
shown = mail.get_body(("html",)).get_content()
links = re.findall(r'(?:href|src)="([^"]*)"', shown)
read = {
    "subject": mail["subject"],
    "defects": [str(defect) for defect in mail.defects],
    "html": [html.unescape(link) for link in links],
    "text": re.findall(r"https?://\S+", mail.get_body(("plain",)).get_content()),
}
print(json.dumps(read))
