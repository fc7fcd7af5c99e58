"""What the search finds by Chinese and by numbers: the sections of a page written here."""

from bookbuild.sphinx.search_sections import sections_of

PAGE = """<nav><section id="menu"><h2>菜单</h2></section></nav>
<article class="bd-article"><section id="top">
<h1>4. Self-attention (自注意力机制)<a class="headerlink" href="#top">#</a></h1>
<p>Some text.</p>
<section id="many"><h2>4.5 Many <em>heads</em> &amp; more<a class="headerlink" href="#">#</a></h2>
<p>多头注意力, again <a href="#">多头注意力</a>, <code>年</code> and 投影.</p>
<section id="deep"><h3>No number, no Chinese</h3><p>text</p></section>
<p>残差连接</p></section>
<section id="exercise"><h3>Exercise 4.2: One head</h3></section>
</section></article><footer>页脚</footer>"""


def test_sections_are_listed_with_their_titles_and_terms():
    title = "4. Self-attention (自注意力机制)"
    assert sections_of("book/04", PAGE) == [
        ["book/04", title, "top", title, ["自注意力机制"]],
        [
            "book/04",
            title,
            "many",
            "4.5 Many heads & more",
            ["多头注意力", "投影", "残差连接"],
        ],
        ["book/04", title, "exercise", "Exercise 4.2: One head", []],
    ]


def test_a_page_without_sections_gives_none():
    assert sections_of("search", "<main><p>查询</p></main>") == []
