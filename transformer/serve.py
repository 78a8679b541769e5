"""The transformer process."""

from prometheus_client import REGISTRY

from model.endpoint.http_app import make_app
from model.endpoint.inference import Inference
from model.endpoint.server import Listeners, Server
from model.endpoint.sockets import host_port, listen_tcp
from model.prices.store import PriceStore
from model.state.folder import StateFolder
from model.state.state_metrics import StateCollector
from transformer.current_version import CurrentVersion
from transformer.predictor_client import PredictorClient
from transformer.predictor_gateway import PredictorGateway
from transformer.reports import add_report_routes
from transformer.routes import add_routes
from transformer.settings import TransformerSettings
from transformer.store_watch import StateWatch, StoreWatch
from transformer.transformer import Transformer
from transformer.windows import WindowCache


def serve_transformer(settings: TransformerSettings) -> None:
    """Serve until a signal ends the process.

    Raises:
        AddressError: An address cannot be listened on.
        ArtefactError: The address of the models is invalid.
        PricesError: The address of the price store is invalid.
    """
    listeners = Listeners(
        http=listen_tcp(settings.host, settings.port, "NEXTCLOSE_PORT"),
        grpc=host_port(settings.host, settings.grpc_port),
    )
    store = PriceStore(settings.store)
    windows = WindowCache(store, settings.remote_seconds if store.remote else settings.follow_seconds)
    client = PredictorClient(settings)
    current = CurrentVersion(settings, client)
    transformer = Transformer(settings, PredictorGateway(settings, client, current), current, windows)
    watch = StoreWatch(transformer, windows, settings.watch_seconds)
    state = StateWatch(StateFolder(settings.store), settings.watch_seconds)
    REGISTRY.register(StateCollector(state.snapshot))
    inference = Inference(transformer, settings)
    app = make_app(inference, background=[current.follow, watch.run, state.run], at_end=[client.close])
    add_routes(app, inference, transformer, windows)
    add_report_routes(app, current, state)
    Server(app, inference, listeners).run()
