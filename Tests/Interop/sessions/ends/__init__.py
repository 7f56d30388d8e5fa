"""Parts of `own`: our two ends against each other."""
