"""How people sign in."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Nobody makes an account on their own: an operator or a company's admin does."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
