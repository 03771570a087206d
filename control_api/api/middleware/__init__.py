"""What every request passes through, outermost first: context, CORS, errors, the limit per address."""
