"""Leaving TIME-WAIT for a new connection (V-8): RFC 9293 §3.6.1, MAY-2.

The default never does: a SYN in TIME-WAIT is answered by an ACK. Here a SYN reopens the connection, by its sequence
number or whatever that is; and it may lead back.
"""

from __future__ import annotations

from spec.language import SEG as SEG_OWNER
from spec.language import (
    BoolExpr,
    Relation,
    Spelling,
    Variable,
    all_of,
    any_of,
    enum_var,
    leq,
    lt,
    name_of,
    nat_var,
    negated,
    seq_var,
)
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    CLOSE_QUEUED,
    IRS,
    ISN,
    ISS,
    LISTEN_STEPS,
    ORIGIN,
    OTHER_STEPS,
    RCV,
    RST,
    SEG,
    SND,
    STATE,
    SYN,
    State,
    TcpRule,
    has,
    lacks,
    segment,
)

BARE_SYN: tuple[BoolExpr, ...] = (has(SYN), lacks(ACK), lacks(RST))
"""A request for a new connection."""
BEYOND: tuple[BoolExpr, ...] = (lt(RCV.NXT, SEG.SEQ), leq(SND.NXT, ISN))
"""The SYN lies beyond what the old connection received (as RFC 6191 §2 reads RFC 1122 §4.2.2.13), and our new ISN
beyond what it sent (MAY-2, clause 1)."""


def reopen(relation: Relation[State], accept: tuple[BoolExpr, ...]) -> Relation[State]:
    """Return the relation in which a SYN that meets the conditions reopens the connection from TIME-WAIT."""
    reuse = all_of(STATE == "TIME-WAIT", *BARE_SYN, *accept)
    rule = TcpRule(
        id="Q-0",
        title="A SYN beyond the old connection's numbers reopens it from TIME-WAIT.",
        cite="RFC 9293 §3.6.1, MAY-2 (1)",
        on=OTHER_STEPS.SEQUENCE,
        state=("TIME-WAIT",),
        when=(reuse,),
        then=(
            RCV.NXT.becomes(SEG.SEQ + 1),
            RCV.WND.becomes(RCV.WND + RCV.USER),
            RCV.USER.becomes(0),
            IRS.becomes(SEG.SEQ),
            ISS.becomes(ISN),
            SND.NXT.becomes(ISN + 1),
            SND.UNA.becomes(ISN),
            ORIGIN.becomes("passive"),
        ),
        send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
        goto="SYN-RECEIVED",
        note="Clause (2), returning to TIME-WAIT if the SYN was an old duplicate: variant time-wait-reuse-back.",
    )
    patched = relation
    for rule_id in ("Q-2", "Q-5"):
        patched = patched.replace(rule_id, when=(*relation.rule(rule_id).when, negated(reuse)))
    return patched.add(rule)


def time_wait_reuse(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which a SYN beyond the old connection reopens it from TIME-WAIT (MAY-2, clause 1)."""
    return reopen(relation, BEYOND)


def time_wait_reuse_any(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which any SYN reopens the connection from TIME-WAIT, with any ISN."""
    return reopen(relation, ()).replace(
        "Q-0",
        title="A SYN reopens the connection from TIME-WAIT, whatever its number and ours.",
        cite="RFC 9293 §3.6.1, MAY-2 without clauses (1) and (2)",
        note="",
    )


class OLD(metaclass=Spelling):
    """What an end in SYN-RECEIVED needs to return to TIME-WAIT."""

    ORIGIN = enum_var("OLD.ORIGIN", ORIGIN.sort)
    ISS = seq_var("OLD.ISS")
    IRS = seq_var("OLD.IRS")
    SND_NXT = seq_var("OLD.SND.NXT")
    RCV_NXT = seq_var("OLD.RCV.NXT")


_SAVED: tuple[Variable, ...] = (
    Variable(OLD.ORIGIN, "none", "ORIGIN of the connection in TIME-WAIT, none if there is none to return to."),
    Variable(OLD.ISS, 0, "ISS of the connection in TIME-WAIT."),
    Variable(OLD.IRS, 0, "IRS of the connection in TIME-WAIT."),
    Variable(OLD.SND_NXT, 0, "SND.NXT of the connection in TIME-WAIT; everything it sent is acknowledged."),
    Variable(OLD.RCV_NXT, 0, "RCV.NXT of the connection in TIME-WAIT."),
)
_LEFT = ("CLOSED", "LISTEN", "ESTABLISHED", "FIN-WAIT-1", "TIME-WAIT")
"""The states that SYN-RECEIVED leads to: entering one of them forgets what was saved."""


def time_wait_reuse_back(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which a RST in the SYN-RECEIVED that came from TIME-WAIT leads back there (MAY-2)."""
    reused, names = time_wait_reuse(relation), tuple(saved.name for saved in _SAVED)
    rst = reused.rule("R-2")
    back_rule = TcpRule(
        id="R-2t",
        title="A RST of a connection reopened from TIME-WAIT returns it there: its SYN was an old duplicate.",
        cite="RFC 9293 §3.6.1, MAY-2 (2)",
        on=OTHER_STEPS.RST,
        state=("SYN-RECEIVED",),
        when=(*rst.when, OLD.ORIGIN != "none"),
        then=(
            ORIGIN.becomes(OLD.ORIGIN),
            ISS.becomes(OLD.ISS),
            IRS.becomes(OLD.IRS),
            SND.UNA.becomes(OLD.SND_NXT),
            SND.NXT.becomes(OLD.SND_NXT),
            RCV.NXT.becomes(OLD.RCV_NXT),
            SND.QUEUED.becomes(0),
            CLOSE_QUEUED.becomes(False),
        ),
        goto="TIME-WAIT",
        note="Worlds count the ISS that comes back as one more chosen.",
    )
    saving = (
        OLD.ORIGIN.becomes(ORIGIN),
        OLD.ISS.becomes(ISS),
        OLD.IRS.becomes(IRS),
        OLD.SND_NXT.becomes(SND.NXT),
        OLD.RCV_NXT.becomes(RCV.NXT),
    )
    return (
        reused.add(back_rule, variables=_SAVED, forget=dict.fromkeys(_LEFT, names))
        .replace("Q-0", cite="RFC 9293 §3.6.1, MAY-2", then=(*reused.rule("Q-0").then, *saving), note="")
        .replace("R-2", when=(*rst.when, OLD.ORIGIN == "none"))
    )


class TS(metaclass=Spelling):
    """Timestamps, of which only what orders incarnations is kept: a clock ticks once for each (RFC 7323, RFC 6191)."""

    CLOCK = nat_var("TS.CLOCK")
    RECENT = nat_var("TS.RECENT")


TSVAL = nat_var("TSVAL", SEG_OWNER)
"""The timestamp of the arriving segment."""


def timestamps(relation: Relation[State], *, per_host: bool = False) -> Relation[State]:
    """Return the relation whose segments carry a timestamp; an end remembers the one of the SYN that it took.

    per_host   remembers it beyond the connection, whatever becomes of the TCB.
    """
    recent = Variable(
        TS.RECENT, 0, "The last timestamp seen: that of the SYN taken, as the peer's clock ticks once for each."
    )
    stamped = relation.add(
        variables=(
            Variable(TS.CLOCK, 0, "The host's timestamp clock: it ticks with each ISS chosen and outlives every TCB."),
            recent,
        ),
        forget={} if per_host else dict.fromkeys(("CLOSED", "LISTEN"), (recent.name,)),
        message={"TSVAL": TS.CLOCK},
    )
    ticks, remembers = TS.CLOCK.becomes(TS.CLOCK + 1), TS.RECENT.becomes(TSVAL)
    for rule in stamped.rules:
        assigned = {name_of(update.variable) for update in rule.then}
        more = ((ticks,) if "ISS" in assigned else ()) + ((remembers,) if "IRS" in assigned else ())
        if more:
            stamped = stamped.replace(rule.id, then=(*rule.then, *more))
    return stamped


def time_wait_reuse_timestamps(relation: Relation[State], *, per_host: bool = False) -> Relation[State]:
    """Return the relation in which a SYN reopens the connection from TIME-WAIT if its timestamp is newer."""
    newer = any_of(TS.RECENT < TSVAL, all_of(TS.RECENT == TSVAL, leq(RCV.NXT, SEG.SEQ)))
    cite = "RFC 6191 §2; RFC 9293 §3.6.1, SHLD-4"
    dropped = TcpRule(
        id="Q-0o",
        title="A SYN that is not newer than the old connection is dropped in TIME-WAIT, without an answer.",
        cite=cite,
        on=OTHER_STEPS.SEQUENCE,
        state=("TIME-WAIT",),
        when=(*BARE_SYN, negated(newer)),
    )
    return (
        timestamps(reopen(relation, ()), per_host=per_host)
        .add(dropped)
        .replace(
            "Q-0",
            title="A SYN newer than the old connection reopens it from TIME-WAIT.",
            cite=cite,
            when=(*BARE_SYN, newer),
            note="By its timestamp, or, if that is the same, its number. No other segment's timestamp is looked at: "
            "there is no PAWS.",
        )
    )


def tw_recycle(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which the timestamps of a host are remembered and its older SYNs refused in LISTEN."""
    recycling = time_wait_reuse_timestamps(relation, per_host=True)
    return recycling.replace("L-3", when=(*recycling.rule("L-3").when, TS.RECENT <= TSVAL)).add(
        TcpRule(
            id="L-3o",
            title="A SYN in LISTEN that is older than the last one from its host is dropped, without an answer.",
            cite="Linux 2.4 to 4.11, net.ipv4.tcp_tw_recycle; RFC 7323 Appendix B.2 (b)",
            on=LISTEN_STEPS.SYN,
            state=("LISTEN",),
            when=(has(SYN), TSVAL < TS.RECENT),
            note="Linux kept the timestamp for a minute, and TIME-WAIT short: here timers fire at any moment anyway.",
        )
    )


VARIANTS: tuple[Variant, ...] = (
    variant(
        "time-wait-reuse",
        "A SYN beyond the old connection's numbers reopens it from TIME-WAIT.",
        "RFC 9293 §3.6.1, MAY-2 (1)",
        time_wait_reuse(TCP),
    ),
    variant(
        "time-wait-reuse-back",
        "As time-wait-reuse; a RST of the new connection leads back to TIME-WAIT.",
        "RFC 9293 §3.6.1, MAY-2",
        time_wait_reuse_back(TCP),
    ),
    variant(
        "time-wait-reuse-any",
        "Any SYN reopens the connection from TIME-WAIT, whatever its number and ours.",
        "RFC 9293 §3.6.1, MAY-2 without its clauses; RFC 1122 §4.2.2.13",
        time_wait_reuse_any(TCP),
    ),
    variant(
        "time-wait-reuse-timestamps",
        "A SYN newer than the old connection, by its timestamp, reopens it from TIME-WAIT; an older one is dropped.",
        "RFC 6191 §2; RFC 9293 §3.6.1, SHLD-4",
        time_wait_reuse_timestamps(TCP),
    ),
    variant(
        "tw-recycle",
        "As time-wait-reuse-timestamps; the timestamps are a host's, and its older SYNs are dropped in LISTEN too.",
        "Linux 2.4 to 4.11, net.ipv4.tcp_tw_recycle; RFC 7323 Appendix B.2 (b)",
        tw_recycle(TCP),
    ),
)
