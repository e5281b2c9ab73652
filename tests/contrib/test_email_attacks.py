"""Mails under attack: by what people are called and write, and by servers that misbehave in every way."""

import smtplib
import socket
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP as WIRE
from email.utils import getaddresses
from threading import Thread

import attrs
import pytest

from grantkit import AccessRules, Agent, Elapsed, InvalidInput, SupportAccess
from grantkit.contrib.email import EmailNotifier, Letter, Templates
from grantkit.stores import MemoryStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock

RULES = AccessRules.from_data(
    {
        "flows": {"access": {"start": {"by": ["approvers", "vendor:*"]}}},
        "notices": {"requested": ["tenant:admin"]},
    }
)
ADMINS = ["m-ana", "m-bob", "m-cy"]
HEADERS = ["Content-Type", "MIME-Version", "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]


class Admins:
    """Three of them, and nobody else."""

    def members(self, tenant, role, scope):
        return [Reader(side="member", id=each, name="Ana", address=f"{each}@acme.example") for each in ADMINS]

    def agents(self, team):
        return []

    def person(self, tenant, side, id):
        return None


class Kept(list):
    """Keeps notices."""

    tell = list.append


def asked(name="Kim", reason="The sync is off"):
    access = SupportAccess(MemoryStore(), rules=RULES, clock=FakeClock("2027-03-03T12:00:00Z"))
    kim = Agent("a-kim", teams={"support"}, name=name)
    access.request("acme", by=kim, ends=Elapsed(hours=4), reason=reason)
    return access


def send(access, mails):
    return access.delivery.notify("mail", mails, directory=Admins())


def notice_of(access, **reader):
    send(access, kept := Kept())
    return attrs.evolve(kept[0], to=attrs.evolve(kept[0].to, **reader))


def mailer(connect=smtplib.SMTP, **more):
    return EmailNotifier(connect, sender="help@vendor.example", domain="vendor.example", **more)


def sent(notice, **more):
    """Return the bytes of a mail, and what a reader of mail makes of them that trusts none of our own."""
    raw = mailer(**more).message(notice).as_bytes(policy=WIRE)
    return raw, message_from_bytes(raw)


def shown(header):
    return " ".join(str(make_header(decode_header(header.replace("\r\n", "")))).split())


NAMES = {
    "encoded_header": "=?utf-8?q?x=0D=0ABcc:_eve@evil.example?=",
    "encoded_body": "=?utf-8?q?x=0D=0A=0D=0AUntil:_never?=",
    "encoded_in_base64": "=?utf-8?b?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
    "encoded_bidi": "=?utf-8?b?4oCu?= gnp.exe",
    "encoded_twice": "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0D=0ABcc:_x=3F=3D?=",
    "encoded_within": "Kim=?utf-8?q?=0D=0ABcc:_eve?=Kim",
    "recipient": "eve@evil.example, <m-eve@evil.example>",
    "recipients_over_lines": "E v, <eve@evil.example>, " * 7 + "E",
    "quotes_over_lines": 'A"b\\c ' + "word, " * 30 + "E",
    "comment": "(" + "c" * 150,
    "group": "all: eve@evil.example;",
    "one_word": "x" * 199,
    "long_and_foreign": "山" * 199,
    "mixed": "Böb “the” Builder, <eve@evil.example>, Esq.",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_writes_no_header_whoever_bears_it(name):
    """[N6] A mail has its own headers and one recipient, and shows a name as it is, encoded or quoted as it may be."""
    for notice in (notice_of(asked(name)), notice_of(asked(), name=name)):
        raw, found = sent(notice)
        assert sorted(HEADERS) == sorted(found.keys())
        assert b"\r\n\r\n" not in raw[: raw.index(b"Auto-Submitted")]
        addresses = getaddresses([found["To"].replace("\r\n", "")])
        assert [(notice.to.name, "m-ana@acme.example")] == [(shown(said), where) for said, where in addresses]
        assert notice.headline == shown(found["Subject"])
        assert b": \r\n" not in raw, "no header begins with an empty line"
        assert max(map(len, raw.split(b"\r\n"))) < 998


def test_every_server_on_the_way_can_carry_a_mail():
    """[N6] A mail is made of seven bits and short lines, however long and foreign a reason is, and loses none of it."""
    reason = "Ä “山” " * 500
    raw, found = sent(notice_of(asked(reason=reason)))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    text, html = (part.get_payload(decode=True).decode() for part in found.get_payload())
    assert f"Why: {reason.strip()}" in text
    assert reason.strip() in html


@pytest.mark.parametrize(
    "odd",
    [
        "a..b@c.example",
        ".a@c.example",
        "a.@c.example",
        "a@c..example",
        "a@c-.example",
        "a@c.example.",
        "=?utf-8?q?x=0D=0ABcc=3A_eve?=@c.example",
        f"{'a' * 65}@c.example",
        f"a@{'b' * 64}.example",
    ],
    ids=["dots", "first", "last", "domain_dots", "dash", "root", "encoded", "long_name", "long_label"],
)
def test_an_address_that_mail_programs_read_apart_is_none(odd):
    """[N6] An address that one program would refuse, or decode, is refused by name before anything is made of it."""
    with pytest.raises(InvalidInput, match=r"reader\.address"):
        mailer().message(notice_of(asked(), address=odd))


def test_what_goes_wrong_in_a_letter_is_no_address_that_is_refused():
    """[N6] An error of the host's own letters is raised, and waits: it is not taken for an address that is none."""
    rejected = []

    def fails(notice):
        raise InvalidInput(field="host", code="unknown", wants="something else")

    for letter, field in ((fails, "host"), (str, "letter")):
        mails = mailer(letter=letter, reject=lambda notice, why: rejected.append(why))
        assert [field] == [each.error.field for each in send(asked(), mails).failed]
    assert [] == rejected


@pytest.mark.parametrize("wrong", [5, b"$headline", None])
def test_a_template_is_text(wrong):
    """Whatever else is given for a template is refused when it is given, and only HTML may be left out."""
    for field in ("subject", "text") if wrong is None else ("subject", "text", "html"):
        with pytest.raises(InvalidInput, match=rf"templates\.{field}"):
            Templates(**{field: wrong})


class Scripted:
    """A mail server that answers as it is told: by verb, a reply, a list of them in turn, or ``None`` for silence."""

    def __init__(self, **replies):
        self.replies, self.mails, self.connections = replies, [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def connect(self, timeout=2):
        return smtplib.SMTP("127.0.0.1", self.port, timeout=timeout)

    def reply(self, verb, otherwise):
        found = self.replies.get(verb, otherwise)
        if isinstance(found, list):
            return found.pop(0) if found else otherwise
        return found

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, connection.makefile("rb") as lines:
                self.talk(connection, lines)

    def talk(self, connection, lines):
        connection.sendall(b"220 here\r\n")
        for line in lines:
            verb = line.split()[0].decode().lower()
            answer = self.reply(verb, "250 fine")
            if verb == "data":
                connection.sendall(b"354 go on\r\n")
                self.mails.append(b"".join(iter(lines.readline, b".\r\n")))
                answer = self.reply("taken", "250 taken")
            if answer is None:
                continue
            connection.sendall(f"{answer}\r\n".encode())
            if answer.startswith("421") or verb == "quit":
                return


@contextmanager
def scripted(**replies):
    server = Scripted(**replies)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join()


def test_a_reason_that_a_filter_refuses_silences_nobody():
    """[N6] A mail that is refused for good goes to the host, with the server's words; what comes after it is sent."""
    rejected = []
    with scripted(taken=["554 5.7.1 looks like\x1b[2J spam"]) as server:
        access = asked()
        with mailer(server.connect) as mails:
            assert [smtplib.SMTPDataError] == [type(each.error) for each in send(access, mails).failed]
        server.mails.clear()
        server.replies["taken"] = ["554 5.7.1 looks like\x1b[2J spam"]
        with mailer(server.connect, reject=lambda notice, why: rejected.append((notice.to.id, why))) as mails:
            assert () == send(access, mails).failed
    why = "the server refused the mail for good (554 5.7.1 looks like[U+001B][2J spam)"
    assert [("m-ana", why)] == rejected
    assert 3 == len(server.mails)


@pytest.mark.parametrize("verb", ["rcpt", "taken"])
@pytest.mark.parametrize("answer", ["450 greylisted", "452 too much", "552 mailbox full", "421 closing"])
def test_what_may_pass_later_waits_and_is_nobodys_to_reject(verb, answer):
    """[N6] A refusal for now, which a full mailbox is as well, is no end: the next run sends it, and each mail once."""
    with scripted(**{verb: [answer]}) as server:
        access = asked()
        with mailer(server.connect, reject=lambda notice, why: pytest.fail(why)) as mails:
            assert 1 == len(send(access, mails).failed)
            server.mails.clear()
            assert () == send(access, mails).failed
    assert 3 == len(server.mails)


def test_a_refused_mail_costs_no_connection():
    """[N6] A server that refuses one mail has answered: the others go over the same connection."""
    with scripted(rcpt=["550 no such user"]) as server:
        with mailer(server.connect, reject=lambda notice, why: None) as mails:
            assert () == send(asked(), mails).failed
        assert (1, 2) == (server.connections, len(server.mails))


def test_a_server_that_says_goodbye_to_an_idle_connection_costs_no_mail():
    """[N6] Between two mails a server may say 421 and hang up: the next one goes over a new connection, and at once."""
    with scripted(noop=["421 4.4.2 idle for too long"]) as server:
        with mailer(server.connect) as mails:
            assert () == send(asked(), mails).failed
        assert (2, 3) == (server.connections, len(server.mails))


def test_a_mail_that_may_have_been_taken_is_not_sent_twice_in_one_run():
    """[N6] Where a server has a mail and is slow to say so, that is an error: the run does not send it once more."""
    with scripted(taken=["250 taken", None]) as server:
        access = asked()
        with mailer(lambda: server.connect(timeout=0.05)) as mails:
            assert 1 == len(send(access, mails).failed)
            assert 2 == len(server.mails)
            assert () == send(access, mails).failed
        ids = [message_from_bytes(each)["Message-ID"] for each in server.mails]
    assert (4, 3) == (len(ids), len(set(ids))), "the repeat can be told by its id"


def test_no_server_is_waited_for_without_end():
    """[N6] Where a connection comes without a time-out, it gets one: a server that falls silent holds up no job."""
    with scripted(mail=None) as server:
        with mailer(lambda: server.connect(timeout=None), timeout=0.05) as mails:
            (failed,) = send(asked(), mails).failed
        assert isinstance(failed.error, OSError)
        assert "timed out" in str(failed.error)


def test_a_letter_of_plain_text_alone_is_one_part():
    """A letter without HTML is a mail of one part, of the same headers."""
    _, found = sent(notice_of(asked()), letter=lambda notice: Letter(subject="Hä", text="Hö\n"))
    assert ("text/plain", "Hä") == (found.get_content_type(), shown(found["Subject"]))
    assert "Hö" == found.get_payload(decode=True).decode().strip()
