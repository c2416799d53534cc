"""Roles, as named in the `groups` claim of a token and in an account."""

ADMIN = "admin"
