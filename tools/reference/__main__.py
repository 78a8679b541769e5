"""Write the reference pages to `docs/reference`: `python -m tools.reference`."""

from tools.reference.pages import FOLDER, reference_pages

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in reference_pages().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
