"""SEGMENT ARRIVES: RFC 9293 §3.10.7, a pipeline of steps in the RFC's own order."""

from __future__ import annotations

from spec.language import rules_of
from spec.segment_arrives import ack_text_fin, closed, listen, sequence_rst_syn, syn_sent
from spec.vocabulary import TcpRule

RULES: tuple[TcpRule, ...] = rules_of(
    closed.RULES, listen.RULES, syn_sent.RULES, sequence_rst_syn.RULES, ack_text_fin.RULES
)
