"""Groups of people, as a token's `groups` claim and an account name them."""

ADMIN = "admin"
