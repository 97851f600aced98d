"""A person's wish to sign in with another e-mail address."""

from django.db import models


class AddressChange(models.Model):
    """What becomes a person's address once they show that they read its mail; deleted then.

    ``token_hash`` is the SHA-256 of what stands in the mail. ``signed_in_by`` changes with the
    password, so that a new password ends the wish, too.
    """

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    signed_in_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="addresschange_expires_idx")]

    def __str__(self) -> str:
        return self.email
