"""
Notices by e-mail, on the standard library alone: plain text and HTML, from templates that a host may replace.

What people wrote (names, reasons) reaches a mail inert: on one line, with marks that turn text around spelled out, and
escaped in HTML; no header can be begun or ended by it (CWE-93). Mails that come twice have one ``Message-ID``.

Headers are not left to ``EmailMessage``: it decodes what looks encoded already, so that an agent called
``=?utf-8?q?x=0D=0ABcc:_eve@evil.example?=`` writes a header (CVE-2024-6923), and where it folds a long name it drops
the quotes, so that a comma begins another recipient.
"""

import re
from collections.abc import Callable
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime
from html import escape
from smtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from string import Template
from typing import Final, Self

import attrs

from grantkit.errors import InvalidInput
from grantkit.inputs import instance_of
from grantkit.telling import Notice, inert

# No quoting, no comments, no routes, one @: what a header could misread is no address here (RFC 5321 allows more).
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"(?!.*=\?)(?=[^@]{{1,64}}@.{{1,253}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*"
)
_LINK: Final = re.compile(r"https?://[\x21-\x7e]+")
_PLAIN: Final = re.compile(r"[\x20-\x7e]*")
_PLAIN_NAME: Final = re.compile(rf"(?:{_ATOM}| )*")  # what needs no quotes in front of an address
_FULL: Final = 552  # a mailbox that is full today: RFC 5321, 4.5.3.1.10, has it tried again
_FOR_GOOD: Final = frozenset(range(500, 600)) - {_FULL}  # RFC 5321, 4.2.1: trying again will not help
_OK: Final = 250
_LONGEST_WORD: Final = 60  # a longer one would leave the first line of a header empty
_SHOWN: Final = 200  # of what a server says, so many characters

# Bodies go over seven bits, which every server on the way can carry, and are still legible in a queue.
_UTF_8: Final = Charset("utf-8")
_UTF_8.body_encoding = QP

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
            value = "" if self.html is None and field == "html" else getattr(self, field)
            if type(value) is not str:
                raise InvalidInput(field=f"templates.{field}", code="wrong_type", wants="a str")
            template = Template(value)
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
        timeout: float = 30,
    ) -> None:
        """
        Set up a notifier; nothing is connected yet.

        Args:
            connect: Gives a connected server, with a timeout, encrypted and signed in as the host wants it:
                ``lambda: smtplib.SMTP("localhost", timeout=10)``.
            sender: The address that mails come from.
            domain: What stands behind the ``@`` of each ``Message-ID``: a name of the host's own.
            letter: Makes the letter of a notice; :class:`Templates` by default.
            reject: Called with a notice and why, where trying again will not help: the server refuses the address or
                the mail for good (5xx; a filter that dislikes a reason does), it is no address, or there is none. When
                it returns, the notice counts as told; what it raises means "not yet". Without it such a refusal is
                raised: the notice waits, and with it all that comes after it at that tenant (``delivery.lag`` shows
                it). A reader without an address is told nothing.
            timeout: How many seconds to wait for an answer, where *connect* set nothing: not for ever.

        Raises:
            InvalidInput: If *sender* or *domain* is malformed.
        """
        self._connect = connect
        self._sender = _address("sender", sender)
        _address("domain", f"x@{domain}")
        self._domain = domain
        self._letter = Templates() if letter is None else letter
        self._reject = reject
        self._timeout = timeout
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
        address = notice.to.address
        if address is None:
            if self._reject is not None:
                self._reject(notice, "the reader has no address")
            return
        try:
            _address("reader.address", address)
        except InvalidInput as error:
            if self._reject is None:
                raise
            self._reject(notice, str(error))
            return
        message = self.message(notice)
        try:
            self._send(message, address)
        except (SMTPRecipientsRefused, SMTPDataError) as refused:
            why = _refusal(refused, address)
            if self._reject is None or why is None:
                raise
            self._reject(notice, why)

    def message(self, notice: Notice) -> Message:
        """
        Return the mail of *notice*.

        Raises:
            InvalidInput: If the reader's address is none, or what makes letters made something else.
        """
        letter = self._letter(notice)
        instance_of("letter", letter, Letter)
        made: Message = _body("plain", letter.text)
        if letter.html is not None:
            made = MIMEMultipart("alternative", None, [made, _body("html", letter.html)])
        made["From"] = self._sender
        made["To"] = _recipient(notice.to.name or "", _address("reader.address", notice.to.address))
        made["Subject"] = _encoded("Subject", _one_line(letter.subject), _PLAIN).encode()
        made["Date"] = format_datetime(notice.at)
        made["Message-ID"] = f"<{notice.id}@{self._domain}>"
        made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday note is owed to it
        return made

    def _send(self, message: Message, address: str) -> None:
        server = self._connected()
        try:
            server.send_message(message, self._sender, [address])
        except (SMTPRecipientsRefused, SMTPResponseException):
            raise  # an answer: the connection is in order
        except OSError:  # of which every other SMTPException is one
            self.close()
            raise

    def _connected(self) -> SMTP:
        """Return a server that answers: one hangs up on a connection that it finds idle, and some say 421 before."""
        # Asked before the mail, and not tried twice after it: the first one may have been taken.
        if self._server is not None and not _answers(self._server):
            self.close()
        if self._server is None:
            server = self._connect()
            if server.sock is not None and server.sock.gettimeout() is None:
                server.sock.settimeout(self._timeout)
            self._server = server
        return self._server


def _answers(server: SMTP) -> bool:
    try:
        return server.noop()[0] == _OK
    except (SMTPException, OSError):
        return False


def _refusal(refused: SMTPRecipientsRefused | SMTPDataError, address: str) -> str | None:
    """Return what a server said that refuses an address, or a mail, for good; ``None`` where it may take it later."""
    if isinstance(refused, SMTPDataError):
        what, code, said = "mail", refused.smtp_code, refused.smtp_error
    else:
        what, (code, said) = "address", refused.recipients.get(address, (0, b""))
    if code not in _FOR_GOOD:
        return None
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    return f"the server refused the {what} for good ({code} {_one_line(words)[:_SHOWN]})"


def _body(kind: str, text: str) -> MIMENonMultipart:
    made = MIMENonMultipart("text", kind)
    made.set_payload(text, _UTF_8)
    return made


def _one_line(text: str) -> str:
    return " ".join(inert(text).split())


def _encoded(name: str, text: str, plain: re.Pattern[str]) -> Header:
    """Return a header of *text*, encoded where it is more than plain, or looks encoded: as such it would be decoded."""
    foldable = all(len(word) <= _LONGEST_WORD for word in text.split())
    is_plain = foldable and "=?" not in text and plain.fullmatch(text) is not None
    return Header(text, "us-ascii" if is_plain else "utf-8", header_name=name)


def _recipient(name: str, address: str) -> str:
    header = _encoded("To", _one_line(name), _PLAIN_NAME)
    header.append(f"<{address}>", "us-ascii")
    return header.encode()


def _address(field: str, value: str | None) -> str:
    if type(value) is not str or not _ADDRESS.fullmatch(value):
        wants = "an address such as ana@acme.example: ASCII, one @, and nothing around it"
        raise InvalidInput(field=field, code="bad_text", wants=wants)
    return value
