"""The jobs of the site as a whole; a worker looks here for the kinds it has to know."""

from billing_site.samples.fill import fill_step

__all__ = ["fill_step"]
