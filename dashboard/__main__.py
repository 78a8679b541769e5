"""Command `python -m dashboard`: run the dashboard, configured by NEXTCLOSE_DASHBOARD_* variables."""

from dashboard.settings import DashboardSettings
from model.endpoint.program import run


def _serve(settings: DashboardSettings) -> None:
    # Streamlit takes a second to import: import it only if the settings are valid.
    from dashboard.serve import serve_dashboard

    serve_dashboard(settings)


if __name__ == "__main__":
    run(DashboardSettings, _serve)
