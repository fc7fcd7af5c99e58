"""Chinese terms say that they are Chinese: each run of them gets ``lang="zh-Hans"``.

A screen reader then reads them in Chinese, and a browser takes a Chinese font. Notebooks
stay free of tags; they are put into the built pages.
"""

from __future__ import annotations

import re

from bookbuild.sphinx.html_text import pieces

HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
# Characters, and what joins them to one term: 编码器-解码器, 深度学习系列25:注意力机制.
TERM = re.compile(rf"{HAN}+(?:[-·、，。：:0-9]+{HAN}+)*")


def marked(page: str) -> str:
    """Mark the Chinese terms in the text of a page."""
    return "".join(
        TERM.sub(r'<span lang="zh-Hans">\g<0></span>', piece) if is_text else piece
        for is_text, piece in pieces(page)
    )
