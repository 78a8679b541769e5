"""Locust users that ask the service as anybody would: V2 over HTTP, by window. Every answer is checked.

locust -f loadtest/locustfile.py --host http://127.0.0.1:8080 --headless -u 8 -t 10s
"""

from http import HTTPStatus

from locust import FastHttpUser, between, task
from locust.contrib.fasthttp import ResponseContextManager

from loadtest.windows import WINDOWS, fault_of, make_closes, make_request
from model.contract.names import MODEL_NAME


class WindowUser(FastHttpUser):
    """Asks by window, one after the other."""

    wait_time = between(0, 0.01)
    _number = 0

    @task
    def ask(self) -> None:
        """Sends the next window and checks its answer."""
        self._number = (self._number + 1) % WINDOWS
        closes = make_closes(self._number)
        path = f"/v2/models/{MODEL_NAME}/infer"
        response: ResponseContextManager
        with self.client.post(
            path, json=make_request(self._number), name="infer by window", catch_response=True
        ) as response:
            if response.status_code == HTTPStatus.OK and (fault := fault_of(response.json(), closes)):
                response.failure(fault)
