"""The statements that more than one line of Python would hide, each in its own place."""

from functools import cache

from grantkit.model import VENDOR

HEAD, STANCE, HELD, CONSENTED, SUSPENDED, INSIDE = range(6)
"""What a row of :func:`facts` is, as its first column says."""

# Each statement says by which index: statistics that were gathered when a table was all but empty make SQLite scan it
# for ever after. Without the index there is an error, and an error denies.
#
# One row for each thing found: its kind, then what that kind has. Instants and sequences are integers, the rest text.
# (?3 is named once more for a statement without holders: SQLite counts the parameters that it was given.)
_HEAD = "SELECT 0, seq, seen_at, cut_off, hash, rules, freeze FROM heads WHERE tenant = ?1 AND ?3 IS NOT NULL"
_STANCE = "SELECT 1, cut_off, 0, 0, agent, '', freeze FROM stances WHERE tenant = ?1 AND agent = ?2"
# What is frozen in the vendor's own record is suspended everywhere; in the same statement, hence the same snapshot.
_SUSPENDED = f"""
SELECT 4, 0, 0, 0, agent, '', NULL FROM stances WHERE tenant = '{VENDOR}' AND agent = ?2 AND freeze IS NOT NULL
"""  # noqa: S608  # a name of our own
# The agent's sessions that are not over: what a flow that wants one entered asks for.
_INSIDE = """
SELECT 5, 0, 0, 0, body, '', NULL FROM sessions INDEXED BY sessions_held
WHERE agent = ?2 AND tenant = ?1 AND over_at > ?3
"""
# Of each holder, everything that is over after ?3, and before that what was over last: one range of one index. SQLite
# must never be trusted with a time (3.40 returns rows past a bound where an IN list meets ANALYZE): the core judges.
_HELD = """
SELECT 2, 0, 0, 0, g.body, '', NULL FROM grants AS g INDEXED BY grants_held
WHERE g.kind = 'grant' AND g.holder = ?{holder} AND g.holder_kind = ?{kind} AND g.tenant = ?1 AND g.over_at >= coalesce(
    (SELECT max(o.over_at) FROM grants AS o INDEXED BY grants_held WHERE o.kind = 'grant'
     AND o.holder = ?{holder} AND o.holder_kind = ?{kind} AND o.tenant = ?1 AND o.over_at <= ?3), ?3)
"""
# Of all holders together, the consents that are not over: what written permissions are found among. A branch for each
# holder would be too many for SQLite, which takes no more than 500 in one statement.
_CONSENTED = """
SELECT 3, 0, 0, 0, c.body, '', NULL FROM (VALUES {holders}) AS h CROSS JOIN grants AS c INDEXED BY grants_held
WHERE c.kind = 'consent' AND c.holder = h.column2 AND c.holder_kind = h.column1 AND c.tenant = ?1 AND c.over_at > ?3
"""


@cache
def facts(holders: int) -> str:
    """
    Return the hot path for so many holders: one statement, hence one snapshot.

    What a grant rests on is not in it: a recursive query costs ten times the rest even where there is nothing to find.

    Parameters: the tenant, the agent, the bound in microseconds, then kind and id of each holder.
    """
    places = [{"kind": 4 + 2 * index, "holder": 5 + 2 * index} for index in range(holders)]
    held = [_HELD.format(**place) for place in places]
    together = ", ".join("(?{kind}, ?{holder})".format(**place) for place in places)
    consented = [_CONSENTED.format(holders=together)] if places else []
    return " UNION ALL ".join([_HEAD, _STANCE, _SUSPENDED, _INSIDE, *held, *consented])


@cache
def tenants(holders: int) -> str:
    """
    Return the statement for the tenants where one of so many holders has a grant that is over after a bound.

    Parameters: the tenant to begin after, the bound in microseconds, the limit, then kind and id of each holder.
    """
    one = """
    SELECT DISTINCT tenant FROM grants INDEXED BY grants_held
    WHERE kind = 'grant' AND holder = ?{holder} AND holder_kind = ?{kind} AND tenant > ?1 AND over_at > ?2
    """
    places = [{"kind": 4 + 2 * index, "holder": 5 + 2 * index} for index in range(holders)]
    return " UNION ".join(one.format(**place) for place in places) + " ORDER BY tenant LIMIT ?3"


GRANTS_OF = """
SELECT body FROM grants INDEXED BY grants_in_order
WHERE kind = 'grant' AND tenant = ? AND consent_seq > ? ORDER BY consent_seq, id LIMIT ?
"""
CONSENTS_OF = """
SELECT body FROM grants INDEXED BY grants_in_order
WHERE kind = 'consent' AND tenant = ? AND consent_seq > ? ORDER BY consent_seq, id LIMIT ?
"""
REQUESTS_OF = """
SELECT body FROM requests INDEXED BY requests_in_order WHERE tenant = ? AND seq > ? ORDER BY seq, id LIMIT ?
"""
# One range of an index each, from where the last page ended, also among many that end at the same instant.
DUE = """
SELECT closes, tenant, id, kind, body FROM grants INDEXED BY grants_due
WHERE ended = 0 AND closes <= ?1 AND (closes, tenant, id) > (?2, ?3, ?4)
ORDER BY closes, tenant, id LIMIT ?5
"""
REQUESTS_DUE = """
SELECT lapses, tenant, id, 'request', body FROM requests INDEXED BY requests_due
WHERE settled = 0 AND lapses <= ?1 AND (lapses, tenant, id) > (?2, ?3, ?4)
ORDER BY lapses, tenant, id LIMIT ?5
"""
ALIVE = """
SELECT body FROM grants INDEXED BY grants_held
WHERE kind = 'grant' AND holder = ? AND holder_kind = ? AND tenant = ? AND over_at > ?
"""
ENTRIES = "SELECT seq, hash, sealed FROM entries WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?"
TEXTS = """
SELECT seq, what, salt, text FROM texts WHERE tenant = ? AND seq BETWEEN ? AND ? ORDER BY seq, what
"""
MADE = "SELECT kind, body FROM grants WHERE tenant = ? AND id = ?"
REQUEST = "SELECT body FROM requests WHERE tenant = ? AND id = ?"
STANCE_OF = "SELECT cut_off, freeze FROM stances WHERE tenant = ? AND agent = ?"
SUSPENDED_OF = "SELECT 1 FROM stances WHERE tenant = ? AND agent = ? AND freeze IS NOT NULL"
INSIDE_OF = """
SELECT body FROM sessions INDEXED BY sessions_held WHERE agent = ? AND tenant = ? AND over_at > ?
"""
SESSION = "SELECT body FROM sessions WHERE tenant = ? AND id = ?"
SESSIONS_OF = """
SELECT body FROM sessions INDEXED BY sessions_in_order WHERE tenant = ? AND seq > ? ORDER BY seq, id LIMIT ?
"""
USAGE = "SELECT body FROM usages WHERE tenant = ? AND grant_id = ? AND agent = ?"
BOUND = "SELECT id FROM links WHERE tenant = ? AND ticket = ?"
UNLINK = "DELETE FROM links WHERE tenant = ? AND id = ?"
PUT_LINK = "INSERT INTO links (tenant, ticket, id) VALUES (?, ?, ?)"
PUT_SESSION = """
INSERT INTO sessions (tenant, id, agent, over_at, seq, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET agent = excluded.agent, over_at = excluded.over_at, seq = excluded.seq,
    body = excluded.body
"""
PUT_USAGE = """
INSERT INTO usages (tenant, grant_id, agent, body) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, grant_id, agent) DO UPDATE SET body = excluded.body
"""
COUNT = """
INSERT INTO tallies (tenant, grant_id, agent, hour, count, last)
SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM heads WHERE tenant = ?1)
ON CONFLICT (tenant, grant_id, agent, hour) DO UPDATE SET count = count + excluded.count,
    last = max(last, excluded.last)
"""
USAGES_OF = """
SELECT body FROM usages WHERE tenant = ? AND (grant_id, agent) > (?, ?) ORDER BY grant_id, agent LIMIT ?
"""
SPENT = "DELETE FROM tallies WHERE tenant = ?1 AND grant_id = ?2 AND agent = ?3 AND hour = ?4 AND count = ?5"
SPEND = """
UPDATE tallies SET count = count - ?5 WHERE tenant = ?1 AND grant_id = ?2 AND agent = ?3 AND hour = ?4 AND count > ?5
"""
USES = """
SELECT tenant, grant_id, agent, hour, count, last FROM tallies
WHERE (?1 IS NULL OR tenant = ?1) AND hour < ?2 AND (tenant, grant_id, agent, hour) > (?3, ?4, ?5, ?6)
ORDER BY tenant, grant_id, agent, hour LIMIT ?7
"""
CURSOR = "SELECT seq, hash, told FROM cursors WHERE tenant = ? AND consumer = ?"
PUT_CURSOR = """
INSERT INTO cursors (tenant, consumer, seq, hash, told) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (tenant, consumer) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, told = excluded.told
"""
HAS_ENTRY = "SELECT 1 FROM entries WHERE tenant = ? AND seq = ? AND hash = ?"
BEHIND = """
SELECT h.tenant, coalesce(c.seq, 0), h.seq FROM heads AS h
LEFT JOIN cursors AS c ON c.tenant = h.tenant AND c.consumer = ?1
WHERE h.tenant > ?2 AND h.seq > coalesce(c.seq, 0) ORDER BY h.tenant LIMIT ?3
"""
PUT_HEAD = """
INSERT INTO heads (tenant, seq, seen_at, cut_off, hash, rules, freeze) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seen_at = excluded.seen_at,
    rules = excluded.rules, cut_off = excluded.cut_off, freeze = excluded.freeze
"""
PUT_STANCE = """
INSERT INTO stances (tenant, agent, cut_off, freeze) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, agent) DO UPDATE SET cut_off = excluded.cut_off, freeze = excluded.freeze
"""
PUT_CUT = "INSERT INTO cuts (tenant, seq, agent, at) VALUES (?, ?, ?, ?)"
PUT_RETRY = """
INSERT INTO retries (tenant, row_key, body) VALUES (?, ?, ?)
ON CONFLICT (tenant, row_key) DO UPDATE SET body = excluded.body
"""
PUT_GRANT = """
INSERT INTO grants (tenant, id, kind, holder_kind, holder, over_at, closes, ended, parent, consent_seq, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET kind = excluded.kind, holder_kind = excluded.holder_kind,
    holder = excluded.holder, over_at = excluded.over_at, closes = excluded.closes, ended = excluded.ended,
    parent = excluded.parent, consent_seq = excluded.consent_seq, body = excluded.body
"""
PUT_REQUEST = """
INSERT INTO requests (tenant, id, seq, lapses, settled, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET seq = excluded.seq, lapses = excluded.lapses, settled = excluded.settled,
    body = excluded.body
"""
PUT_ENTRY = "INSERT INTO entries (tenant, seq, hash, sealed) VALUES (?, ?, ?, ?)"
PUT_TEXT = "INSERT INTO texts (tenant, seq, what, salt, text) VALUES (?, ?, ?, ?, ?)"
ERASE = "DELETE FROM texts WHERE tenant = ? AND seq = ? AND what = ?"
PUT_DOCUMENT = "INSERT INTO documents (digest, document) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
PUT = {
    "heads": PUT_HEAD,
    "stances": PUT_STANCE,
    "cuts": PUT_CUT,
    "retries": PUT_RETRY,
    "grants": PUT_GRANT,
    "requests": PUT_REQUEST,
    "sessions": PUT_SESSION,
    "usages": PUT_USAGE,
}
"""What writes a row, by the table that it lies in."""
