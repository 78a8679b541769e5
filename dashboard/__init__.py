"""The dashboard: a page in the browser that asks the served model as any client does. It has no model of its own."""
