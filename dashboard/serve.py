"""The dashboard as a process: Streamlit's server with the options that this page needs."""

import importlib
from pathlib import Path
from typing import Any, Final

from streamlit.web import bootstrap

from dashboard.palette import BLUE, SKY
from dashboard.settings import DashboardSettings
from model.endpoint.sockets import check_port

_APP: Final = Path(__file__).with_name("app.py")
# Names as Streamlit's command line writes them; they come before a configuration of the user's own.
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
    # No base of the theme: the page follows the system's light or dark. Headings no larger than a phone can show.
    "theme_headingFontSizes": ["2rem", "1.35rem", "1.2rem", "1.1rem", "1rem", "1rem"],
    "theme_light_primaryColor": BLUE,
    "theme_dark_primaryColor": SKY,
}


def serve_dashboard(settings: DashboardSettings) -> None:
    """Serves until a signal ends it.

    Raises:
        AddressError: the address cannot be listened on.
    """
    check_port(settings.host, settings.port, "NEXTCLOSE_DASHBOARD_PORT")
    options = _OPTIONS | {"server_address": settings.host, "server_port": settings.port}
    bootstrap.load_config_options(options)
    # Imported before the first visitor comes, who would wait for it.
    for page in ("forecast", "track_record", "operations"):
        importlib.import_module(f"dashboard.views.{page}")
    bootstrap.run(str(_APP), False, [], options)
