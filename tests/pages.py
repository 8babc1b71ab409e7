"""Saved pages as a site writes them: a story amid navigation, a cookie banner, share lines, a footer."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

HEAD = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{title} | The Daily Example</title>{markup}
<style>body {{ margin: 0 }}</style><script>window.track = function () {{ return "Not the story" }}</script></head>
<body><a class="skip" href="#main">Skip to content</a>
<div id="cookie-banner" class="cookie-consent"><p>We use cookies to improve your experience on our site and to show you
advertising that is relevant to you.</p><button>Accept all</button></div>
<header><a href="/"><img src="/logo.png" alt="The Daily Example"></a><nav><ul><li><a href="/world">World</a></li>
<li><a href="/politics">Politics</a></li><li><a href="/money">Money</a></li></ul></nav>
<form action="/search"><input name="q" placeholder="Search"></form></header>
<main id="main"><article><h1>{title}</h1>{byline}
<ul class="share-buttons"><li><a href="#">Facebook</a></li><li><a href="#">Twitter</a></li></ul>
<div class="article-body">
"""
FOOT = """
</div>
<div class="share"><span>Share this article</span><a href="#">Facebook</a><a href="#">WhatsApp</a></div>
</article>
<aside class="related"><h3>Related stories</h3><ul>
<li><a href="/a">Ministers meet again over fishing rights</a><time datetime="2019-01-01">1 January 2019</time></li>
<li><a href="/b">Why the price of tea is going up</a></li></ul></aside>
<div class="newsletter"><h3>Sign up for our newsletter</h3><p>Get the day's headlines in your inbox.</p></div></main>
<footer><p>© 2024 The Daily Example. All rights reserved.</p><a href="/privacy">Privacy policy</a>
<a href="/contact">Contact us</a></footer></body></html>
"""


def page(title: str, body: str, *, markup: str = "", byline: str = "") -> str:
    """A page of a story whose ``body`` is HTML, with the furniture of a site around it."""
    return HEAD.format(title=escape(title), markup=markup, byline=byline) + body + FOOT


def linked_data(**fields: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **fields})}</script>'


def meta(**named: str) -> str:
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{escape(value)}">' for name, value in named.items()
    )


def of_text(text: str, tags: Mapping[str, str]) -> str:
    """Plain text as a site would have it in HTML: lists as lists, the lines in ``tags`` in their tags, others in <p>.

    A ``figcaption`` stands in its figure, with the credit that follows on the next line.
    """
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(_element(lines, number, tags) for number, line in enumerate(lines) if line)


def _element(lines: list[str], number: int, tags: Mapping[str, str]) -> str:
    line, before, after = (lines[i] if 0 <= i < len(lines) else "" for i in (number, number - 1, number + 1))
    if line.startswith("•"):
        opens, closes = "" if before.startswith("•") else "<ul>", "" if after.startswith("•") else "</ul>"
        return f"{opens}<li>{escape(line.lstrip('• '))}</li>{closes}"
    if tags.get(before) == "figcaption":
        return ""
    tag = tags.get(line, "p")
    if tag == "figcaption":
        said = escape(line) + (f"<br>{escape(after)}" if after else "")
        return f'<figure><img src="/a.jpg" alt=""><figcaption>{said}</figcaption></figure>'
    return f"<{tag}>{escape(line)}</{tag}>"
