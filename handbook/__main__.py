"""`python -m handbook`: writes the reference into `docs/reference`."""

from handbook.reference import FOLDER, written

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in written().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
