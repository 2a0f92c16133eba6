"""HTML: markdown-it makes it without letting HTML of the text through, nh3 lets only what a text needs through."""

from html import escape

from fanfold.writing.formats import Rendered
from fanfold.writing.formats._blocks import parser

TAGS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a"} | {
    "hr",
    "br",
}
PAGE = (
    '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>{title}</title>\n<style>body {{ max-width: 40em; margin: 2em auto; padding: 0 1em; "
    "font-family: serif; line-height: 1.5 }}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
)


class HtmlFormat:
    ending = "html"
    media_type = "text/html; charset=utf-8"

    def render(self, text: str, title: str) -> Rendered:
        return Rendered(PAGE.format(title=escape(title), body=sanitised(text)).encode())


def sanitised(text: str) -> str:
    """The Markdown as HTML without scripts, styles, images, events, or links to anything but web pages and mail."""
    import nh3

    return nh3.clean(
        parser().render(text),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


PLUGIN = HtmlFormat()
