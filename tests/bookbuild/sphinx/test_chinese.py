"""Chinese terms are marked in a page's text, and nowhere else."""

import pytest

from bookbuild.sphinx.chinese import marked


def zh(term):
    return f'<span lang="zh-Hans">{term}</span>'


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>query (查询), key</p>", f"<p>query ({zh('查询')}), key</p>"),
        ("<b>编码器-解码器</b>", f"<b>{zh('编码器-解码器')}</b>"),
        ("深度学习系列25:注意力机制, 2020", f"{zh('深度学习系列25:注意力机制')}, 2020"),
        ("<p>视觉 Transformer</p>", f"<p>{zh('视觉')} Transformer</p>"),
        ("值 < 键", f"{zh('值')} < {zh('键')}"),
        # two terms with a tag between them
        ("批<br>帧", f"{zh('批')}<br>{zh('帧')}"),
    ],
)
def test_a_term_in_the_text_is_marked(page, expected):
    assert marked(page) == expected


@pytest.mark.parametrize(
    "page",
    [
        "<title>嵌入</title>",
        "<pre><span>'年'</span></pre><code>月</code>",
        "<script>const day = '日';</script>",
        "<!-- 注意 -->",
        '<img alt="查询">',
        """<figure data-ac-state='{"text": "<b>2019年</b>"}'>""",
        '<option value="a">贪心</option>',
        "<p>no Chinese, “quotes”, ½ · → …</p>",
    ],
)
def test_code_and_attributes_are_left_alone(page):
    assert marked(page) == page


def test_nothing_of_a_page_is_lost():
    page = "<!doctype html><p class='a>b'>1 < 2 <br/> a <b>值</b> <3 </p>\n"
    assert marked(page).replace(zh("值"), "值") == page
