"""Command blocks of documents and their marks."""

from pathlib import Path

import pytest

from tests.docs import blocks
from tests.docs.blocks import Block, blocks_of

PAGE = """
```sh
one
```

<!-- run first: prepare "$PRICES" -->
<!-- serves -->
```sh
two
more
```

- in a list

  <!-- not run: needs a separate machine -->
  ```console
  three
  ```

<!-- on a cluster -->
```bash
four
```

```
no command
```

```yaml
five: 5
```
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    return tmp_path / "page.md"


def test_blocks_are_read_in_order_with_their_marks(page: Path) -> None:
    page.write_text(PAGE)
    assert blocks_of(page) == [
        Block("page.md:2", "one\n"),
        Block("page.md:8", "two\nmore\n", first='prepare "$PRICES"', serves=True),
        Block("page.md:16", "three\n", not_run="needs a separate machine"),
        Block("page.md:21", "four\n", on_a_cluster=True),
    ]
    assert [block.here for block in blocks_of(page)] == [True, True, False, False]


def test_mark_must_directly_precede_its_block(page: Path) -> None:
    page.write_text("<!-- not run: an empty line follows -->\n\n```sh\none\n```\n")
    (block,) = blocks_of(page)
    assert block.here


@pytest.mark.parametrize("mark", ["not run", "run first"])
def test_mark_without_its_text_is_refused(mark: str, page: Path) -> None:
    page.write_text(f"<!-- {mark} -->\n```sh\none\n```\n")
    with pytest.raises(ValueError, match=f"`{mark}`: expected a text"):
        blocks_of(page)
