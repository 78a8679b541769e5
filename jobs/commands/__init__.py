"""Commands of `nextclose`, thin: they read options, call a step and show what it gave."""
