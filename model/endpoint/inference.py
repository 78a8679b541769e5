"""Inference requests over HTTP: admission, body, model, reply."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from model.endpoint.admission import AdmissionController, BodyBudget
from model.endpoint.payload_worker import LARGE_BYTES, LARGE_VALUES, PayloadWorker
from model.endpoint.replies import REQUEST_ID, Reply, error_reply, forwarded_headers, request_id, to_response
from model.endpoint.request_body import read_body
from model.endpoint.server_metrics import track_request
from model.endpoint.server_settings import ServerSettings
from model.endpoint.service import Service
from model.protocol.rest import HEADER_LENGTH, read_request, write_response
from model.protocol.tensors import InferResponse, size_of

Answer = Callable[[web.Request, bytes, dict[str, str]], Awaitable[Reply]]


class Inference:
    """Shared state of all inference requests to a server, over all protocols.

    Attributes:
        service: Answers requests.
        settings: Limits and deadlines.
        admission: Limits requests in progress.
        budget: Limits the memory of request bodies.
        worker: Reads and writes large payloads.
    """

    def __init__(self, service: Service, settings: ServerSettings) -> None:
        self.service = service
        self.settings = settings
        self.admission = AdmissionController(settings.in_flight_limit)
        self.budget = BodyBudget(settings.body_budget)
        self.worker = PayloadWorker()

    def handler(self, protocol: str, answer: Answer) -> Handler:
        """Make the handler of a route with `{name}` and optionally `{version}`.

        Args:
            protocol: Label of metrics: `v2` or `v1`.
            answer: Makes the reply to a request and its body. It adds the id of the request to the forwarded headers.
        """
        service, settings = self.service, self.settings

        async def handle(request: web.Request) -> web.StreamResponse:
            headers = forwarded_headers(request.headers)
            try:
                with track_request(service.role, protocol):
                    self.admission.check()
                    service.check_name(request.match_info["name"], request.match_info.get("version"))
                    async with self.budget.open_reservation() as reservation:
                        body = await read_body(request, reservation, settings.body_limit, settings.body_timeout)
                        # After the body: requests whose bodies arrive slowly must not occupy the limit.
                        with self.admission.admit():
                            return to_response(await answer(request, body, headers))
            except Exception as error:  # noqa: BLE001  # the edge of the process
                return to_response(error_reply(error, request_id(headers.get(REQUEST_ID))))

        return handle

    async def answer_v2(self, request: web.Request, body: bytes, headers: dict[str, str]) -> Reply:
        """Answer a V2 inference request."""
        service, run = self.service, self.worker.run_if
        length = request.headers.get(HEADER_LENGTH)
        infer = await run(len(body) > LARGE_BYTES, read_request, body, length, service.inputs, service.row_limit)
        headers[REQUEST_ID] = request_id(headers.get(REQUEST_ID), infer.id)
        response = await service.infer(infer, request.match_info.get("version"), headers)
        content, described = await run(is_large(response), write_response, response, infer.without_inputs())
        return Reply(content, 200, {REQUEST_ID: headers[REQUEST_ID], **described})


def is_large(response: InferResponse) -> bool:
    """Whether a response is so large that writing it would delay other requests."""
    return sum(size_of(values) for values in response.outputs.values()) > LARGE_VALUES
