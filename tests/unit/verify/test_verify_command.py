"""``python -m grantkit.verify``: one line and an exit status, whatever the files hold."""

import io
import json
import os
import subprocess
import sys

import pytest

from grantkit import verify as verify_module
from grantkit.errors import ChainBroken
from grantkit.verify import main
from unit.verify.exports import before_erasures, chained_anew, changed, exported, heads, spelled

USAGE = "usage: python -m grantkit.verify [-h] [--progress] ledger.jsonl [head.json]"


@pytest.fixture
def files(tmp_path):
    """Lay out an export and the last head of it, as a customer has them."""
    ledger, head = tmp_path / "ledger.jsonl", tmp_path / "head.json"
    ledger.write_bytes(b"".join(exported()))
    head.write_text(json.dumps(heads()[-1].to_data()), encoding="utf-8")
    return ledger, head


def run(*arguments, **more):
    """Run the command as its user does."""
    command = [sys.executable, "-m", "grantkit.verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **more)


def told(capsys, *arguments):
    """Run the command in this process; return its exit status, what it prints and what it complains of."""
    status = main([*map(str, arguments)])
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return status, found.out, found.err


# --- as its user runs it ----------------------------------------------------------------------------------------------


def test_a_sound_ledger_exits_with_0(files):
    """Run as a customer runs it, a sound ledger with its head exits with 0, and one line says what is proven."""
    done = run(*files)

    said = b"acme: 24 events, 4 texts erased; nothing up to event 24 has changed\n"
    assert (0, said, b"") == (done.returncode, done.stdout, done.stderr)


def test_a_broken_ledger_exits_with_1(files):
    """Run as a customer runs it, a changed ledger exits with 1, and one line names the first bad event."""
    ledger, head = files
    ledger.write_bytes(ledger.read_bytes().replace(b"gr_2", b"gr_3", 1))
    done = run(ledger, head)

    said = b"acme: broken at event 4: its hash is not that of its bytes (line 6)\n"
    assert (1, said, b"") == (done.returncode, done.stdout, done.stderr)


def test_a_missing_ledger_exits_with_2(tmp_path):
    """Run as a customer runs it, a ledger that is not there exits with 2, and nothing is said of any record."""
    done = run(tmp_path / "not here.jsonl")

    assert (2, b"") == (done.returncode, done.stdout)
    assert b"No such file or directory" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_module_takes_no_store_and_no_framework(files):
    """Checking loads no database driver, no network and no framework: it runs where the vendor's code does not."""
    names = {"sqlite3", "socket", "asyncio", "sqlalchemy", "hypothesis", "grantkit.testing"}
    code = f"import sys, grantkit.verify; print(sorted({names} & set(sys.modules)))"
    # Without what measures the coverage of the child: that brings a database driver of its own.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60, env=env)

    assert [] == json.loads(done.stdout.decode().replace("'", '"'))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")  # noqa: PTH110
def test_a_verdict_that_cannot_be_written_is_none(files):
    """A sound ledger does not exit with 0 if nobody could be told."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        command = [sys.executable, "-m", "grantkit.verify", *map(str, files)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)

    assert 2 == done.returncode
    assert b"the verdict could not be written" in done.stderr
    assert b"Traceback" not in done.stderr


# --- what it says -----------------------------------------------------------------------------------------------------


def test_without_a_head_no_more_is_said_than_is_known(files, capsys):
    """Without a head the verdict says that it is consistent, and what it would take to know more."""
    said = (
        "acme: 24 events, 4 texts erased; internally consistent, no more: "
        "give a head to know that none was cut off or rewritten\n"
    )
    assert (0, said, "") == told(capsys, files[0])


def test_an_older_head_vouches_for_what_was_then(files, capsys):
    """A head taken earlier vouches for what stood then, and the verdict says up to where."""
    ledger, head = files
    head.write_text(json.dumps(heads()[2].to_data()), encoding="utf-8")

    said = f"acme: 24 events, 4 texts erased; nothing up to event {heads()[2].seq} has changed\n"
    assert (0, said, "") == told(capsys, ledger, head)


def test_a_ledger_forged_from_end_to_end_passes_for_want_of_a_head(files, capsys):
    """A ledger rewritten and chained anew exits with 0 without a head, and with 1 with the head of the true one."""
    ledger, head = files
    lines = list(exported())
    lines[-1] = changed(lines[-1], ("entry", "at"), lambda _: "2027-03-04T06:21:00.000000Z")
    ledger.write_bytes(b"".join(chained_anew(lines)))

    assert 0 == told(capsys, ledger)[0]
    why = "it, or one before it, is not the one that the head was taken of (line 27)"
    assert (1, f"acme: broken at event 24: {why}\n", "") == told(capsys, ledger, head)


def test_a_ledger_that_was_cut_off_is_found_with_a_head(files, capsys):
    """A ledger that ends too soon exits with 0 without a head, and with 1 with a later one."""
    ledger, head = files
    ledger.write_bytes(b"".join(before_erasures()[:-1]))

    assert 0 == told(capsys, ledger)[0]
    why = "it is missing: the head says that there are 24"
    assert (1, f"acme: broken at event 20: {why}\n", "") == told(capsys, ledger, head)


FAKE = "reason\n\x1b[2Jacme: 24 events; nothing up to event 24 has changed"


def test_a_forged_ledger_cannot_write_the_verdict(files, capsys):
    """A name of a text that holds another verdict does not get it printed: there is one line, of plain letters."""
    ledger, _ = files
    place = next(place for place, line in enumerate(exported()) if b'"seq":4,' in line)
    lines = list(exported())
    lines[place] = changed(lines[place], ("entry", "texts"), lambda texts: {**texts, FAKE: "0" * 64})
    ledger.write_bytes(b"".join(chained_anew(lines)))

    status, out, _ = told(capsys, ledger)
    assert 1 == status
    assert out.startswith("acme: broken at event 4: ")
    assert all(" " <= each <= "~" for each in out[:-1])


def test_whatever_is_said_of_a_record_is_one_line_of_plain_letters(files, capsys, monkeypatch):
    """Whatever the reason for a verdict quotes, it moves no cursor, begins no line and fakes no other verdict."""

    def broken(*_):
        raise ChainBroken(tenant="acme", seq=4, what=f"its {FAKE} é\u202e is missing")

    monkeypatch.setattr(verify_module, "check", broken)
    quoted = "reason??[2Jacme: 24 events; nothing up to event 24 has changed"
    assert (1, f"acme: broken at event 4: its {quoted} ?? is missing\n", "") == told(capsys, *files)


# --- what it can't use ------------------------------------------------------------------------------------------------

NO_HEADS = {
    "nothing": b"",
    "no JSON": b"acme",
    "no UTF-8": b"\xff\xfe\x00",
    "depth": b"[" * 100_000,
    "a list": b"[]",
    "less": b'{"tenant":"acme","seq":3}',
    "more": b'{"tenant":"acme","seq":3,"hash":"' + b"0" * 64 + b'","by":"me"}',
    "no hash": b'{"tenant":"acme","seq":3,"hash":""}',
    "a hash of nothing": b'{"tenant":"acme","seq":0,"hash":"' + b"0" * 64 + b'"}',
    "capitals": b'{"tenant":"acme","seq":3,"hash":"' + b"A" * 64 + b'"}',
    "a fraction": b'{"tenant":"acme","seq":3.0,"hash":"' + b"0" * 64 + b'"}',
    "a yes": b'{"tenant":"acme","seq":true,"hash":"' + b"0" * 64 + b'"}',
    "less than nothing": b'{"tenant":"acme","seq":-1,"hash":"' + b"0" * 64 + b'"}',
    "nobody": b'{"tenant":null,"seq":3,"hash":"' + b"0" * 64 + b'"}',
    "somebody else": b'{"tenant":"globex","seq":3,"hash":"' + b"0" * 64 + b'"}',
}


@pytest.mark.parametrize("text", NO_HEADS.values(), ids=NO_HEADS.keys())
def test_what_is_no_head_of_it_exits_with_2(files, capsys, text):
    """A second file that is no head, or one of another tenant, exits with 2 and is named: the ledger is not judged."""
    ledger, head = files
    head.write_bytes(text)
    status, out, err = told(capsys, ledger, head)

    assert (2, "") == (status, out)
    assert err.startswith(f"python -m grantkit.verify: {str(head)!r} is of no use here: pass ")
    assert 1 == err.count("\n")


NO_LEDGERS = {
    "nothing": b"",
    "binary": bytes(range(256)) * 40,
    "a head": json.dumps(heads()[-1].to_data()).encode(),
    "events alone": b"".join(exported()[1:]),
    "text": b"Dear customer,\nnothing has changed.\n",
    "a byte order mark": b"\xef\xbb\xbf" + b"".join(exported()),
    "CRLF": b"".join(exported()).replace(b"\n", b"\r\n"),
    "UTF-16": b"".join(exported()).decode().encode("utf-16"),
    "a later format": spelled({"format": "grantkit-ledger-2", "tenant": "acme"}),
}


@pytest.mark.parametrize("content", NO_LEDGERS.values(), ids=NO_LEDGERS.keys())
def test_what_is_no_ledger_exits_with_2(files, capsys, content):
    """A first file that is no export, or was changed from its first line on, exits with 2 and is named."""
    ledger, head = files
    ledger.write_bytes(content)
    status, out, err = told(capsys, ledger, head)

    assert (2, "") == (status, out)
    assert err.startswith(
        f"python -m grantkit.verify: {str(ledger)!r} is of no use here: pass a file that ledger.export"
    )
    assert 1 == err.count("\n")


def test_a_ledger_of_a_later_grantkit_exits_with_2(files, capsys):
    """A ledger with events of a later version is not called broken: it takes a later grantkit."""
    ledger, _ = files
    lines = [*exported()[:-1], changed(exported()[-1], ("entry", "v"), lambda _: 9)]
    ledger.write_bytes(b"".join(chained_anew(lines)))
    status, out, err = told(capsys, ledger)

    assert (2, "") == (status, out)
    assert "pass it to a later grantkit: event 24 is of version 9" in err


def test_files_that_cannot_be_read_exit_with_2(files, capsys, tmp_path):
    """A folder, a file that is not there, a head that is not there: 2, and what the system says of it."""
    ledger, head = files
    for arguments in ((tmp_path,), (tmp_path / "none",), (ledger, tmp_path), (ledger, tmp_path / "none")):
        status, out, err = told(capsys, *arguments)
        assert (2, "") == (status, out)
        assert err.startswith("python -m grantkit.verify: [Errno ")
    assert head.exists()


@pytest.mark.parametrize(
    "arguments", [[], ["--fast", "ledger.jsonl"], ["a", "b", "c"]], ids=["none", "unknown", "too many"]
)
def test_a_command_line_that_means_nothing_exits_with_2(capsys, arguments):
    """A command line that means nothing exits with 2 and shows how it is used."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert 2 == left.value.code
    assert capsys.readouterr().err.startswith(USAGE)


def test_help_says_what_the_exit_status_means(capsys):
    """Asked for help, it says what it takes and what each exit status means."""
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())

    assert 0 == left.value.code
    assert said.startswith(USAGE)
    assert "0 if nothing is wrong, 1 if the record is broken, 2 if it could not be checked" in said


def test_whoever_interrupts_it_gets_no_verdict(files, capsys, monkeypatch):
    """Interrupted, it says that nothing is known, and does not exit with 0 or 1."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verify_module, "check", interrupted)
    assert (130, "", "python -m grantkit.verify: interrupted, and nothing is known\n") == told(capsys, *files)


# --- how far it is ----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_it_says_how_far_it_is(files, capsys, monkeypatch):
    """On a terminal, a long ledger is counted in one place, which the verdict then takes."""
    monkeypatch.setattr(verify_module, "_EVERY", 10)
    monkeypatch.setattr(sys, "stderr", Terminal())

    assert 0 == main([*map(str, files)])
    assert "10 events\r20 events\r" == sys.stderr.getvalue()
    assert capsys.readouterr().out.startswith("acme: 24 events")


def test_elsewhere_it_says_how_far_it_is_when_asked(files, capsys, monkeypatch):
    """To a file or pipe it counts only when asked, a line at a time, and never among the verdict."""
    monkeypatch.setattr(verify_module, "_EVERY", 10)

    assert "" == told(capsys, *files)[2]
    assert "10 events\n20 events\n" == told(capsys, *files, "--progress")[2]
    assert 1 == told(capsys, *files, "--progress")[1].count("\n")


def test_great_numbers_are_readable(monkeypatch):
    """Long ledgers are counted in thousands that can be told apart."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    verify_module._teller(always=False)(120_000)

    assert "120,000 events\r" == shown.getvalue()
