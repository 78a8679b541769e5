"""The transformer as a program: `python -m transformer`, set by NEXTCLOSE_* variables or KServe's flags."""

from model.endpoint.flags import TRANSFORMER_FLAGS
from model.endpoint.program import run
from transformer.settings import TransformerSettings


def _serve(settings: TransformerSettings) -> None:
    # Seconds of imports, and the SDK's own reading of the command line: only once the settings are right.
    from transformer.serve import serve_transformer

    serve_transformer(settings)


if __name__ == "__main__":
    run(TransformerSettings, _serve, TRANSFORMER_FLAGS)
