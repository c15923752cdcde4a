"""What tests of pictures share with those of the checker."""

from tests.checker.conftest import compile_once

__all__ = ["compile_once"]
