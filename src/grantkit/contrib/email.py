"""
Notices by e-mail, on the standard library alone: plain text and HTML, from templates that a host may replace.

What people wrote (names, reasons) reaches a mail inert: on one line, with marks that turn text around spelled out, and
escaped in HTML; no header can be begun or ended by it (CWE-93). Mails that come twice have one ``Message-ID``.
"""

import re
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from html import escape
from smtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected
from string import Template
from typing import Final, Self

import attrs

from grantkit.errors import InvalidInput
from grantkit.inputs import instance_of
from grantkit.telling import Notice, inert

# No quoting, no comments, no routes, one @: what a header could misread is no address here (RFC 5321 allows more).
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
_LINK: Final = re.compile(r"https?://[\x21-\x7e]+")
_FOR_GOOD: Final = range(500, 600)  # RFC 5321, 4.2.1: trying again will not help

SUBJECT: Final = "$headline"
TEXT: Final = """\
$headline

$facts

$how
$page
"""
HTML: Final = """\
<!DOCTYPE html>
<html lang="en">
<body style="font-family: sans-serif">
<p><strong>$headline</strong></p>
<table cellpadding="4">
$facts
</table>
<p>$how</p>
<p>$page</p>
</body>
</html>
"""


@attrs.frozen(kw_only=True)
class Letter:
    """
    A mail, before it has headers.

    Attributes:
        subject: The subject, on one line.
        text: The body as plain text.
        html: The body as HTML; ``None`` for a mail of plain text alone.
    """

    subject: str
    text: str
    html: str | None = None


@attrs.frozen(kw_only=True)
class Templates:
    """
    Makes letters by :class:`string.Template`: ``$headline``, ``$facts``, ``$how``, ``$page``, ``$tenant``, ``$name``.

    In ``html`` everything that is put in is escaped; ``$facts`` are rows of a table there, and ``$page`` is a link if
    it is one.

    Attributes:
        subject: For the subject.
        text: For the plain text.
        html: For the HTML; ``None`` for none.
    """

    subject: str = SUBJECT
    text: str = TEXT
    html: str | None = HTML

    def __attrs_post_init__(self) -> None:
        known = {"headline", "facts", "how", "page", "tenant", "name"}
        for field in ("subject", "text", "html"):
            template = Template(getattr(self, field) or "")
            if not template.is_valid() or not known.issuperset(template.get_identifiers()):
                wants = "a template of $" + ", $".join(sorted(known))
                raise InvalidInput(field=f"templates.{field}", code="unknown", wants=wants)

    def __call__(self, notice: Notice) -> Letter:
        """Return the letter that says what *notice* does."""
        page = notice.page or ""
        plain = {
            "headline": notice.headline,
            "how": notice.how,
            "page": page,
            "tenant": notice.tenant,
            "name": inert(notice.to.name or notice.to.id),
        }
        facts = "\n".join(f"{label}: {text}" for label, text in notice.facts)
        rows = "\n".join(
            f"<tr><td>{escape(label)}</td><td>{escape(text)}</td></tr>" for label, text in notice.facts
        )
        link = f'<a href="{escape(page)}">{escape(page)}</a>' if _LINK.fullmatch(page) else escape(page)
        escaped = {name: escape(text) for name, text in plain.items()} | {"facts": rows, "page": link}
        return Letter(
            subject=" ".join(Template(self.subject).substitute(plain, facts="").split()),
            text=Template(self.text).substitute(plain, facts=facts).rstrip() + "\n",
            html=None if self.html is None else Template(self.html).substitute(escaped),
        )


class EmailNotifier:
    """
    A :class:`~grantkit.ports.Notifier` that sends mails by SMTP.

    Use it as a context manager around one run: it keeps one connection, makes another after a failure, and closes it in
    the end. It is for one thread.
    """

    def __init__(
        self,
        connect: Callable[[], SMTP],
        *,
        sender: str,
        domain: str,
        letter: Callable[[Notice], Letter] | None = None,
        reject: Callable[[Notice, str], object] | None = None,
    ) -> None:
        """
        Set up a notifier; nothing is connected yet.

        Args:
            connect: Gives a connected server, with a timeout, encrypted and signed in as the host wants it:
                ``lambda: smtplib.SMTP("localhost", timeout=10)``.
            sender: The address that mails come from.
            domain: What stands behind the ``@`` of each ``Message-ID``: a name of the host's own.
            letter: Makes the letter of a notice; :class:`Templates` by default.
            reject: Called with a notice and why, where a reader can never be reached there: the server refuses the
                address for good (a reply of 5xx), it is no address, or there is none. When it returns, the notice
                counts as told. Without it such a refusal is raised, so that the notice waits and ``delivery.lag`` shows
                it; a reader without an address is told nothing.

        Raises:
            InvalidInput: If *sender* or *domain* is malformed.
        """
        self._connect = connect
        self._sender = _address("sender", sender)
        _address("domain", f"x@{domain}")
        self._domain = domain
        self._letter = Templates() if letter is None else letter
        self._reject = reject
        self._server: SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one; the next mail makes another."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (SMTPException, OSError):
                server.close()

    def tell(self, notice: Notice) -> None:
        """
        Send the mail of *notice*; returning means that the server has taken it.

        Raises:
            SMTPException: If the server would not take it, now or ever.
            OSError: If it could not be reached, or was too slow.
            InvalidInput: If the reader's address is none, and nobody was named to reject to.
        """
        instance_of("notice", notice, Notice)
        if notice.to.address is None:
            if self._reject is not None:
                self._reject(notice, "the reader has no address")
            return
        try:
            message = self.message(notice)
        except InvalidInput as error:
            if self._reject is None:
                raise
            self._reject(notice, str(error))
            return
        try:
            self._send(message, notice.to.address)
        except SMTPRecipientsRefused as refused:
            code, _ = refused.recipients.get(notice.to.address, (0, b""))
            if self._reject is None or code not in _FOR_GOOD:
                raise
            self._reject(notice, f"the server refused the address for good ({code})")

    def message(self, notice: Notice) -> EmailMessage:
        """
        Return the mail of *notice*.

        Raises:
            InvalidInput: If the reader's address is none.
        """
        letter = self._letter(notice)
        address = _address("reader.address", notice.to.address)
        name = " ".join(inert(notice.to.name or "").split())
        made = EmailMessage(policy=WIRE)
        made["From"] = Address(addr_spec=self._sender)
        made["To"] = Address(display_name=name, addr_spec=address)
        made["Subject"] = " ".join(inert(letter.subject).split())
        made["Date"] = format_datetime(notice.at)
        made["Message-ID"] = f"<{notice.id}@{self._domain}>"
        made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday note is owed to it
        made.set_content(letter.text)
        if letter.html is not None:
            made.add_alternative(letter.html, subtype="html")
        return made

    def _send(self, message: EmailMessage, address: str) -> None:
        kept = self._server is not None
        try:
            self._give(message, address)
        except SMTPServerDisconnected:
            self.close()
            if not kept:
                raise
            self._give(message, address)  # a server may hang up on a connection that it finds idle
        except OSError:  # of which every SMTPException is one
            self.close()
            raise

    def _give(self, message: EmailMessage, address: str) -> None:
        if self._server is None:
            self._server = self._connect()
        self._server.send_message(message, self._sender, [address])


def _address(field: str, value: str | None) -> str:
    if type(value) is not str or not _ADDRESS.fullmatch(value):
        wants = "an address such as ana@acme.example: ASCII, one @, and nothing around it"
        raise InvalidInput(field=field, code="bad_text", wants=wants)
    return value
