"""What people read: reference pages written from the code, and the pages of the site that lie outside of `docs/`."""
