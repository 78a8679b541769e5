"""The transformer as a process."""

from prometheus_client import REGISTRY

from model.endpoint.direct import DirectInfer
from model.endpoint.http import AppOptions, make_app
from model.endpoint.server import Ending, Server
from model.endpoint.sockets import host_port, listen_tcp
from model.prices.store import PriceStore
from model.state.folder import StateFolder
from model.state.metrics import StateCollector
from transformer.current import CurrentVersion
from transformer.predictor_client import PredictorClient
from transformer.reports import add_report_routes
from transformer.routes import DESCRIPTION, INFER_BODY, add_routes
from transformer.settings import TransformerSettings
from transformer.state_watch import StateWatch
from transformer.transformer import Transformer
from transformer.watch import StoreWatch
from transformer.windows import Windows


def serve_transformer(settings: TransformerSettings) -> None:
    """Serves until a signal ends it.

    Raises:
        AddressError: an address cannot be listened on. ArtefactError, PricesError: models or prices lie at an address
            that cannot be used.
    """
    listener = listen_tcp(settings.host, settings.port, "NEXTCLOSE_PORT")
    store = PriceStore(settings.store)
    windows = Windows(store, settings.remote_seconds if store.remote else settings.follow_seconds)
    client = PredictorClient(settings)
    current = CurrentVersion(settings, client)
    transformer = Transformer(settings, client, current, windows)
    watch = StoreWatch(transformer, windows, settings.watch_seconds)
    state = StateWatch(StateFolder(settings.store), settings.watch_seconds)
    REGISTRY.register(StateCollector(state.snapshot))
    background = [current.follow, watch.run, state.run]
    options = AppOptions(settings.body_limit, DESCRIPTION, INFER_BODY, background, [client.close])
    app = make_app(transformer, options)
    add_routes(app, transformer, windows, options)
    add_report_routes(app, current, state)
    Server(
        transformer,
        DirectInfer(app, transformer, settings.body_limit),
        [listener],
        grpc_address=host_port(settings.host, settings.grpc_port),
        message_limit=settings.body_limit,
        ending=Ending(settings.leave_seconds, settings.grace_seconds),
        access_log=settings.access_log,
    ).run()
