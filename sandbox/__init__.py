"""A make-believe company with a known truth, written as the files of its source systems."""

from sandbox.company import generate
from sandbox.example import Example, write_example

__all__ = ["Example", "generate", "write_example"]
