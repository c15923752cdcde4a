"""P-38's questions as data."""

from __future__ import annotations

from spec.properties.equivalence import EQUIVALENCE, Question
from spec.variants import VARIANTS

QUESTIONS: tuple[Question, ...] = (EQUIVALENCE.data or {})["questions"]


def test_questions_are_about_variants_and_each_is_asked_once() -> None:
    assert {q.variant for q in QUESTIONS} | {q.other for q in QUESTIONS} <= set(VARIANTS)
    assert len({str(q) for q in QUESTIONS}) == len(QUESTIONS)


def test_worlds_have_names_of_their_own() -> None:
    worlds = {q.world.name: q.world for q in QUESTIONS}
    assert all(worlds[q.world.name] == q.world for q in QUESTIONS)


def test_every_answer_has_its_reason() -> None:
    assert all(q.sentence.endswith(".") for q in QUESTIONS)


def test_every_kind_of_answer_is_expected_somewhere() -> None:
    assert {q.expected for q in QUESTIONS} == {"equal", "less", "more", "different"}


def test_a_question_reads_as_a_line() -> None:
    assert str(next(q for q in QUESTIONS if q.swapped)) == "three-way with the ends swapped = three-way in textbook"
    assert "two-way > three-way in patient-server, seen from B" in {str(q) for q in QUESTIONS}
