"""Settings of the processes a campaign starts: the site's own, but for what the campaign says."""

import json
import os

from billing_site import settings as site

globals().update({name: getattr(site, name) for name in dir(site) if name.isupper()})
globals().update(json.loads(os.environ.get("CAMPAIGN_SETTINGS", "{}")))
