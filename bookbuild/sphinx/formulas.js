// MathJax is large, and the line belongs to the text and the widgets first: this script
// waits until the page is parsed, and then fetches it.
{
  const tag = document.createElement("script");
  tag.src = new URL("mathjax/tex-svg.js", document.currentScript.src);
  document.head.append(tag);
}
