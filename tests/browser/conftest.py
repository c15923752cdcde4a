"""What tests in a browser share with those of the checker."""

from tests.checker.conftest import compile_once

__all__ = ["compile_once"]
