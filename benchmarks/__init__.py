"""Speed, side by side in one run: what people deploy today, the stock SDK, and this project."""
