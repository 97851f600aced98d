"""Password hashing at a cost a small server can bear many times at once."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB, one pass, one lane (OWASP); Django's default takes 100 MB."""

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1
