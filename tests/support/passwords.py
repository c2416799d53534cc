"""Hashes that cost next to nothing: each one says itself how dear it is to verify."""

from argon2 import PasswordHasher

from webapp.kit.hashing import Passwords

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
