"""Notices by e-mail, sent to a real mail server on this machine."""

import json
import smtplib
import socket
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import attrs
import pytest
from aiosmtpd.controller import Controller

from grantkit import AccessRules, Agent, InvalidInput, Member, OpenEnded, Scope, SupportAccess
from grantkit.contrib.email import EmailNotifier, Templates
from grantkit.stores import MemoryStore
from grantkit.telling import Reader
from grantkit.testing import FakeClock

RULES = Path(__file__).parents[1] / "data" / "rules"
RITA, MAX = Agent("a-rita", teams={"support"}, name="Rita"), Agent("a-max", teams={"support"}, name="Max")
NILS = Agent("a-nils", teams={"product-engineering"}, name="Nils")
CARLA = Member("m-carla", tenant="oak", roles={"authorized-contact"}, name="Carla")
ADMINS = {"m-ana": "Ana", "m-bob": "Böb “the” Builder, Esq.", "m-cy": "山田"}
BREAKS = "\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"


class People:
    """Whoever is asked for, with an address of their own."""

    def __init__(self, **addresses):
        self.addresses = addresses

    def reader(self, side, ident, name=None):
        address = self.addresses.get(ident, f"{ident}@example.com")
        return Reader(side=side, id=ident, name=name or ident.partition("-")[2].title(), address=address)

    def members(self, tenant, role, scope):
        return [self.reader("member", ident, name) for ident, name in ADMINS.items()]

    def agents(self, team):
        return [self.reader("agent", f"a-{team}")]

    def person(self, tenant, side, id):
        return self.reader(side, id)


class Inbox:
    """What a mail server does with what comes: it keeps it, or refuses by rule."""

    def __init__(self):
        self.mails, self.refuse, self.drop = [], {}, 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # its name for it
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # likewise
        if self.drop:
            self.drop -= 1
            server.transport.abort()
            return "421 gone"
        self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=default)))
        return "250 OK"

    def take(self):
        came, self.mails = self.mails, []
        return came


class OnAnyPort(Controller):
    """Finds a port that is free, where its own looks for itself at port 0."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(scope="module")
def server():
    controller = OnAnyPort(Inbox(), hostname="127.0.0.1", port=0)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def inbox(server):
    found = server.handler
    found.__init__()
    return found


@pytest.fixture
def mail(server, inbox):
    with notifier(server) as found:
        yield found


def notifier(server, **more):
    connect = lambda: smtplib.SMTP("127.0.0.1", server.port, timeout=2)  # noqa: E731  # as a host writes it
    return EmailNotifier(connect, sender="help@vendor.example", domain="vendor.example", **more)


def access_by(rules):
    document = json.loads((RULES / f"{rules}.json").read_text())
    return SupportAccess(
        MemoryStore(), rules=AccessRules.from_data(document), clock=FakeClock("2027-03-03T12:00:00Z")
    )


def ask(access, reason="The sync is off", name="Kim", tenant="acme"):
    kim = Agent("a-kim", teams={"product-support"}, name=name)
    return access.request(tenant, by=kim, flow="ask", reason=reason, tickets=["T-1"])


def send(access, mail, **people):
    return access.delivery.notify("mail", mail, directory=People(**people))


def test_all_admins_get_the_request_by_mail(inbox, mail):
    """[J2] Every admin gets a mail of the request with the agent's name: text and HTML, one stable id, nothing lost."""
    access = access_by("jobber")
    ask(access)
    assert 3 == send(access, mail).told
    mails = inbox.take()
    assert [f"{ident}@example.com" for ident in ADMINS] == [address for address, _ in mails]
    assert [*ADMINS.values()] == [found["To"].addresses[0].display_name for _, found in mails]
    _, first = mails[0]
    assert "Kim (a-kim) asks for support access to acme" == first["Subject"]
    assert ("help@vendor.example", "auto-generated") == (first["From"], first["Auto-Submitted"])
    assert "Wed, 03 Mar 2027 12:00:00 +0000" == first["Date"]
    assert first["Message-ID"].endswith("@vendor.example>")
    assert 3 == len({found["Message-ID"] for _, found in mails})
    text = first.get_body(["plain"]).get_content()
    for line in ("Why: The sync is off", "Tickets: T-1", "Who: Kim (a-kim) of team product-support"):
        assert line in text.splitlines()
    assert "<td>The sync is off</td>" in first.get_body(["html"]).get_content()


def test_the_vendors_team_gets_a_mail_with_the_reason(inbox, mail):
    """[P7] When support is switched on, the vendor's team gets a mail with the reason."""
    access = access_by("project-platform")
    emil = Member("m-emil", tenant="delta", roles={"admin"}, name="Emil")
    given = {"ends": OpenEnded(), "reason": "The shop is down", "word": "Support"}
    access.grant("delta", by=emil, scope=Scope.only("project:42"), **given)
    send(access, mail)
    ((address, found),) = inbox.take()
    assert "a-support@example.com" == address
    assert "Why: The shop is down" in found.get_body(["plain"]).get_content()


def activated(access):
    case = {"ends": OpenEnded(), "reason": "Import hangs", "tickets": ["T-1"]}
    consent = access.consent(
        "oak", by=CARLA, flow="approval", channel="email", reference="<7@oak.example>", **case
    )
    return access.activate("oak", by=RITA, under=consent.id, **case)


def test_the_contact_gets_a_mail_of_who_gained_access_and_why(inbox, mail):
    """[R6] On activation the contact who approved gets a mail: who gained access, and why."""
    access = access_by("resolver")
    activated(access)
    send(access, mail)
    mails = dict(inbox.take())
    found = mails["m-carla@example.com"]
    assert "Rita (a-rita) took up support access to oak" == found["Subject"].strip()
    for line in ("Why: Import hangs", "Who: Rita (a-rita) of team support", "Agreed to by: Carla (m-carla)"):
        assert line in found.get_body(["plain"]).get_content().splitlines()


def test_the_contact_gets_a_mail_of_each_addition(inbox, mail):
    """[R7] Each colleague who is added is a mail of its own to the contact."""
    access = access_by("resolver")
    grant = activated(access)
    send(access, mail)
    inbox.take()
    for who, team in ((MAX, "support"), (NILS, "product-engineering")):
        access.delegate("oak", grant.id, by=RITA, to=who, as_team=team, reason="Knows the importer")
    send(access, mail)
    subjects = [
        found["Subject"].strip() for address, found in inbox.take() if address == "m-carla@example.com"
    ]
    assert [
        "Rita (a-rita) added Max (a-max) of team support to support access at oak",
        "Rita (a-rita) added Nils (a-nils) of team product-engineering to support access at oak",
    ] == subjects


@pytest.mark.parametrize("ending", BREAKS, ids=[f"U{ord(each[-1]):04X}-{len(each)}" for each in BREAKS])
def test_no_line_break_begins_a_header_or_a_line_of_ours(ending, server, inbox):
    """[N6] Whatever breaks a line, in a name or a reason, begins no header and no line that looks like ours."""
    hostile = f"x{ending}Bcc: eve@evil.example{ending}{ending}Until: never"
    access = access_by("jobber")
    try:
        ask(access, reason=hostile)
    except InvalidInput:  # most do not even get in
        ask(access)
    with pytest.raises(InvalidInput):
        Reader(side="member", id="m-eve", name=hostile)
    templates = Templates(subject=f"$headline{ending}Bcc: eve@evil.example")
    with notifier(server, letter=templates) as other:
        send(access, other)
    for address, found in inbox.take():
        assert address.endswith("@example.com")
        assert "Bcc" not in found
        assert [] == [
            line
            for line in found.get_body(["plain"]).get_content().splitlines()
            if line.startswith(("Bcc", "Until: n"))
        ]


def test_foreign_text_is_inert_in_every_part(server, inbox):
    """[N6] Markup in a reason is escaped in HTML; a bidirectional mark, where one comes that far, is spelled out."""
    access = access_by("jobber")
    with pytest.raises(InvalidInput, match="reason"):
        ask(access, reason="invoice\u202egnp.exe")  # it does not even get in
    ask(access, reason="<script>alert(1)</script> & \u200b")
    turned = attrs.evolve(Templates(), subject="$headline \u202egnp.exe")
    with notifier(server, letter=turned) as mail:
        send(access, mail)
    _, found = inbox.take()[0]
    text, html = (found.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert "Why: <script>alert(1)</script> & [U+200B]" in text
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt; &amp; [U+200B]</td>" in html
    assert "Kim (a-kim) asks for support access to acme [U+202E]gnp.exe" == found["Subject"].strip()


ODD = {
    "two": "a@b.example, c@d.example",
    "at": "a@b@c.example",
    "display": "Ana <a@b.example>",
    "space": "a b@c.example",
    "nothing": "@b.example",
    "no_domain": "a@",
    "umlaut": "ä@b.example",
    "quoted": '"a b"@c.example',
    "dash": "a@-b.example",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_address_is_refused_before_anything_is_sent(odd, server, inbox, mail):
    """[N6] What is no plain address is a typed error, and waits; with `reject` it goes to the host instead."""
    access = access_by("jobber")
    ask(access)
    people = {"m-ana": odd, "m-bob": odd, "m-cy": odd}
    failed = access.delivery.notify("mail", mail, directory=People(**people)).failed
    assert ["reader.address"] == [each.error.field for each in failed]
    assert [] == inbox.take()
    rejected = []
    with notifier(server, reject=lambda notice, why: rejected.append((notice.to.id, why))) as other:
        assert () == access.delivery.notify("mail", other, directory=People(**people)).failed
    assert [*ADMINS] == [ident for ident, _ in rejected]


def test_an_address_that_is_refused_for_good_waits_or_goes_to_the_host(server, inbox, mail):
    """[N6] A 5xx to an address delays that notice and loses nothing; with `reject` the host has it instead."""
    access = access_by("jobber")
    ask(access)
    inbox.refuse["m-bob@example.com"] = "550 no such user"
    progress = send(access, mail)
    assert (["m-ana@example.com"], 1) == ([address for address, _ in inbox.take()], len(progress.failed))
    rejected = []
    with notifier(server, reject=lambda notice, why: rejected.append((notice.to.id, why))) as other:
        assert () == send(access, other).failed
    assert [("m-bob", "the server refused the address for good (550 no such user)")] == rejected
    assert ["m-cy@example.com"] == [address for address, _ in inbox.take()], "nobody is told twice"


def test_an_address_that_is_refused_for_now_waits_also_with_reject(server, inbox):
    """[N6] A 4xx is no end: the notice waits, whoever would take refusals, and is sent when the server takes it."""
    access = access_by("jobber")
    ask(access)
    inbox.refuse["m-ana@example.com"] = "450 greylisted"
    with notifier(server, reject=lambda notice, why: pytest.fail(why)) as other:
        assert [smtplib.SMTPRecipientsRefused] == [type(each.error) for each in send(access, other).failed]
        inbox.refuse.clear()
        assert () == send(access, other).failed
    assert [f"{ident}@example.com" for ident in ADMINS] == [address for address, _ in inbox.take()]


def test_a_server_that_hangs_up_delays_and_loses_nothing(inbox, mail):
    """[N6] A server that hangs up in the middle of a mail gets it again in the next run, and each reader one mail."""
    access = access_by("jobber")
    ask(access)
    inbox.drop = 1
    assert 1 == len(send(access, mail).failed)
    assert () == send(access, mail).failed
    assert [f"{ident}@example.com" for ident in ADMINS] == [address for address, _ in inbox.take()]


def test_a_connection_that_was_idle_is_made_anew(inbox, mail):
    """[N6] A server may hang up between two mails: the next one is sent over a new connection, at once."""
    access = access_by("jobber")
    ask(access)
    send(access, mail)
    mail._server.sock.shutdown(socket.SHUT_RDWR)
    ask(access, tenant="globex")
    assert () == send(access, mail).failed
    assert 6 == len(inbox.take())


def test_a_server_that_is_away_or_slow_is_an_error_in_time(server, inbox):
    """[N6] Where nobody answers, or nobody in time, the run ends with that error, and nothing is lost."""
    access = access_by("jobber")
    ask(access)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        slow = EmailNotifier(
            lambda: smtplib.SMTP("127.0.0.1", port, timeout=0.05),
            sender="help@vendor.example",
            domain="vendor.example",
        )
        assert [True] == [isinstance(each.error, OSError) for each in send(access, slow).failed]
    away = EmailNotifier(
        lambda: smtplib.SMTP("127.0.0.1", port, timeout=0.05),
        sender="help@vendor.example",
        domain="vendor.example",
    )
    assert [ConnectionRefusedError] == [type(each.error) for each in send(access, away).failed]
    with notifier(server) as mail:
        assert 3 == send(access, mail).told
    assert 3 == len(inbox.take())


def test_one_connection_serves_a_run(server, inbox):
    """[N6] Mails of one run go over one connection, which is closed when the notifier is."""
    made = []

    def connect():
        made.append(smtplib.SMTP("127.0.0.1", server.port, timeout=2))
        return made[-1]

    access = access_by("jobber")
    ask(access)
    with EmailNotifier(connect, sender="help@vendor.example", domain="vendor.example") as mail:
        send(access, mail)
    assert (1, None, 3) == (len(made), made[0].sock, len(inbox.take()))
    mail.close()


def test_a_reader_without_an_address_is_told_nothing(server, inbox):
    """[N6] Nobody can mail to no address: it counts as told, and goes to `reject` where the host wants to know."""
    access, rejected = access_by("jobber"), []
    ask(access)
    people = People(**dict.fromkeys(ADMINS))
    with notifier(server) as mail:
        assert 3 == access.delivery.notify("mail", mail, directory=people).told
    with notifier(server, reject=lambda notice, why: rejected.append(why)) as mail:
        access.delivery.notify("chat", mail, directory=people)
    assert (["the reader has no address"] * 3, []) == (rejected, inbox.take())


def test_templates_are_the_hosts_to_replace(server, inbox):
    """[N6] A host may say it in its own words, without HTML, or make letters itself."""
    access = access_by("jobber")
    ask(access)
    own = Templates(subject="[$tenant] $headline", text="Hallo $name,\n$facts\n$page", html=None)
    with notifier(server, letter=own) as mail:
        access.delivery.notify(
            "mail", mail, directory=People(), page=lambda tenant, about: "https://desk.example/?a=1&b=2"
        )
    _, found = inbox.take()[0]
    assert ("[acme] Kim (a-kim) asks for support access to acme", False) == (
        found["Subject"],
        found.is_multipart(),
    )
    assert found.get_content().splitlines()[:2] == ["Hallo Ana,", "When: Wed 3 Mar 2027, 12:00 UTC"]
    with notifier(server) as mail:
        access.delivery.notify(
            "again", mail, directory=People(), page=lambda tenant, about: "https://desk.example/?a=1&b=2"
        )
    html = inbox.take()[0][1].get_body(["html"]).get_content()
    assert '<a href="https://desk.example/?a=1&amp;b=2">' in html
    with notifier(server) as mail:
        access.delivery.notify(
            "third", mail, directory=People(), page=lambda tenant, about: 'javascript:alert("x")'
        )
    html = inbox.take()[0][1].get_body(["html"]).get_content()
    assert "<p>javascript:alert(&quot;x&quot;)</p>" in html


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("sender", {"sender": "help"}),
        ("domain", {"domain": "vendor example"}),
        ("domain", {"domain": "v>\r\nBcc: x@y.example"}),
    ],
    ids=["sender", "domain", "break"],
)
def test_what_is_no_sender_is_refused(what, wrong):
    """A sender and a domain are checked when the notifier is made, and named in the error."""
    with pytest.raises(InvalidInput, match=what):
        EmailNotifier(smtplib.SMTP, **({"sender": "a@b.example", "domain": "b.example"} | wrong))


@pytest.mark.parametrize("wrong", ["$", "$secret", "${headline.tenant}"])
def test_a_template_that_asks_for_something_else_is_refused(wrong):
    """A template may name what a letter has, and nothing else: a slip of the pen shows when it is made."""
    with pytest.raises(InvalidInput, match=r"templates\.text"):
        Templates(text=wrong)


def test_a_notice_is_all_that_is_sent(mail):
    """What is no notice is refused by name."""
    with pytest.raises(InvalidInput, match="notice"):
        mail.tell("hello")
