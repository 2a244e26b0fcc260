"""A mail server for the tests: STARTTLS, a password, and one address it refuses.

Debian's python3-aiosmtpd. Arguments: the folder with server.pem, server.key,
where it writes `port` when it listens, and each mail it took as a line of JSON
to `mails`. `later@…` is deferred until there is a file `emptied`.
"""
import json
import os
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

folder = sys.argv[1]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown"):
            return "550 no such user here"
        if address.startswith("later") and not os.path.exists(f"{folder}/emptied"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = {
            "tls": session.ssl is not None,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": envelope.content.decode(),
        }
        with open(f"{folder}/mails", "a") as mails:
            mails.write(json.dumps(mail) + "\n")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, given):
    right = LoginPassword(b"wardlight", b"the password")
    # Not handled: the server answers what is wrong itself.
    return AuthResult(success=given == right, handled=False)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
controller = Controller(
    Handler(),
    hostname="127.0.0.1",
    port=int(sys.argv[2]),
    tls_context=context,
    require_starttls=True,
    authenticator=authenticate,
    auth_required=True,
)
controller.start()
with open(f"{folder}/port", "w") as port:
    port.write("listens")
while True:
    time.sleep(60)
