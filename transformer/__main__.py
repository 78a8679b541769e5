"""The transformer as a program: `python -m transformer`, set by NEXTCLOSE_* variables."""

from model.endpoint.program import run
from transformer.serve import serve_transformer
from transformer.settings import TransformerSettings

if __name__ == "__main__":
    run(TransformerSettings, serve_transformer)
