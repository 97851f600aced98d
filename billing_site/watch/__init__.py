"""What the operator watches: health, log lines, figures, reports of errors."""
