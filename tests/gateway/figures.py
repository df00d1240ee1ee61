"""What the counters say of the responses of variants."""

import json

from harness import wait_for

STATUS = "location = /figures { gray_status; }"


def page(nginx):
    return json.loads(nginx.get(
        "/figures", headers={"Accept": "application/json"}).text)


def figures(nginx, variant, release="shop"):
    """The object of the variant, or None."""
    for one in page(nginx)["releases"]:
        if one["name"] == release:
            for found in one["variants"]:
                if found["name"] == variant:
                    return found
    return None


def counted(nginx, variant, count, release="shop"):
    """Waits for COUNT requests, as a response is counted after it was sent."""
    def there():
        found = figures(nginx, variant, release)
        return found if found and found["requests"] == count else None
    return wait_for(there, what=f"{count} responses of {variant}")


def classes(found):
    return {name: n for name, n in found["classes"].items() if n}
