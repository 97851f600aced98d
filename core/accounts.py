"""How people sign in."""

from django.http import HttpRequest

from core.sign_in import SecureSignIn


class ClosedSignup(SecureSignIn):
    """Nobody makes an account on their own: an operator or a company's admin does."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
