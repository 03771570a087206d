"""The product with something on: demo accounts and a synthetic set that is really published."""
