"""`python -m devtools.assets`: var/vendor and var/fonts from var/npm, for the image."""

from devtools.fonts import prepare_fonts
from devtools.frontend import make_vendor

if __name__ == "__main__":
    make_vendor()
    prepare_fonts()
