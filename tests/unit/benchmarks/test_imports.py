"""Memory of imports, measured in new interpreters."""

import pytest

from benchmarks.imports import imports_table, memory_of_import


def test_import_takes_memory() -> None:
    assert memory_of_import("numpy") > memory_of_import(None) + 2**20


def test_module_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="nextclose_missing: expected a module"):
        memory_of_import("nextclose_missing")


def test_table_has_a_row_for_each_import() -> None:
    assert imports_table([("`import numpy`", 0.123)]) == [
        "| resident memory in addition to a bare interpreter | relative to `import kserve` |",
        "| --- | ---: |",
        "| `import numpy` | 0.12 |",
    ]
