"""What some of the checker's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from checker import concrete


@pytest.fixture(scope="module")
def compile_once() -> Iterator[None]:
    """Compile each expression once: hundreds of replays read the same few relations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(concrete, "compiled", cache(concrete.compiled))
        yield
