"""Accounts, passwords, access tokens and refresh-token families."""
