"""Run the Streamlit server with the options of the dashboard."""

import importlib
from pathlib import Path
from typing import Any, Final

from streamlit.web import bootstrap

from dashboard.palette import BLUE, SKY
from dashboard.settings import DashboardSettings
from model.endpoint.sockets import check_port

_APP: Final = Path(__file__).with_name("app.py")
# Option names of Streamlit's command line. They take precedence over a configuration file of the user.
_OPTIONS: Final[dict[str, Any]] = {
    "browser_gatherUsageStats": False,
    "client_showErrorDetails": "none",
    "client_toolbarMode": "minimal",
    "global_developmentMode": False,
    "server_baseUrlPath": "",
    "server_enableStaticServing": False,
    "server_fileWatcherType": "none",
    "server_headless": True,
    "server_maxUploadSize": 1,
    # `theme_base` is not set, so the page follows the light or dark theme of the system. Headings fit on a phone.
    "theme_headingFontSizes": ["2rem", "1.35rem", "1.2rem", "1.1rem", "1rem", "1rem"],
    "theme_light_primaryColor": BLUE,
    "theme_dark_primaryColor": SKY,
}


def serve_dashboard(settings: DashboardSettings) -> None:
    """Serve until a signal ends the process.

    Raises:
        AddressError: The server cannot listen on the address.
    """
    check_port(settings.host, settings.port, "NEXTCLOSE_DASHBOARD_PORT")
    options = _OPTIONS | {"server_address": settings.host, "server_port": settings.port}
    bootstrap.load_config_options(options)
    # Import the pages now, so that the first visitor does not wait for it.
    for page in ("forecast", "track_record", "operations"):
        importlib.import_module(f"dashboard.views.{page}")
    bootstrap.run(str(_APP), False, [], options)
