"""Entry point of the transformer, `python -m transformer`; configured by NEXTCLOSE_* variables or flags of KServe."""

from model.endpoint.flags import TRANSFORMER_FLAGS
from model.endpoint.program import run
from transformer.settings import TransformerSettings


def _serve(settings: TransformerSettings) -> None:
    # Imported after the settings are read: imports take seconds, and the KServe SDK parses the command line itself.
    from transformer.serve import serve_transformer

    serve_transformer(settings)


if __name__ == "__main__":
    run(TransformerSettings, _serve, TRANSFORMER_FLAGS)
