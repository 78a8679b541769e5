"""The dashboard: a Streamlit application that queries the service as any client does. It contains no model."""
