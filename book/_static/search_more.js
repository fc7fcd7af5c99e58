// Adds to Sphinx's search what its index does not hold: Chinese terms from one character on,
// and the numbers of sections and exercises. `courseSections` is written by the build.
"use strict";
{
  const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const chinese = (term) => `<span lang="zh-Hans">${escaped(term)}</span>`;

  // As Sphinx keeps a result: page, title and description as HTML, place, score, file.
  const result = ([page, , anchor], title, description, rank) => [
    page,
    title,
    `#${anchor}`,
    description,
    1000 - rank,
    page,
  ];

  // Sections with all of the wanted characters: the glossary's first, then by their titles.
  function byTerms(wanted) {
    const found = [];
    for (const section of globalThis.courseSections) {
      const [page, pageTitle, , title, terms] = section;
      const hits = terms.filter((term) => wanted.some((part) => term.includes(part)));
      if (!wanted.every((part) => hits.some((term) => term.includes(part)))) continue;
      const inGlossary = page.endsWith("glossary");
      const rank = inGlossary ? Number(!terms.some((term) => wanted.includes(term))) : 3;
      const inTitle = wanted.every((part) => title.includes(part));
      const where = `${hits.map(chinese).join(", ")}, in ${escaped(pageTitle)}`;
      found.push(result(section, escaped(title), where, inTitle ? Math.min(rank, 2) : rank));
    }
    return found;
  }

  // Exercise 3.4 before section 3.4.
  function byNumbers(numbers) {
    const found = [];
    for (const section of globalThis.courseSections) {
      const [, pageTitle, , title] = section;
      if (!numbers.some((number) => title.match(/\d+\.\d+/)?.[0] === number)) continue;
      const rank = title.startsWith("Exercise") ? 0 : 1;
      found.push(result(section, escaped(title), escaped(pageTitle), rank));
    }
    return found;
  }

  function more(query) {
    const characters = query.match(/\p{Script=Han}+/gu);
    const numbers = query.match(/\d+\.\d+/g);
    const found = [
      ...(numbers ? byNumbers(numbers) : []),
      ...(characters ? byTerms(characters) : []),
    ];
    return found.sort((a, b) => b[4] - a[4]);
  }

  const place = ([page, , anchor]) => page + anchor;
  const sphinx = Search._performSearch;
  // Sphinx shows the last one first.
  Search._performSearch = (query, ...parts) => {
    const found = more(query);
    const known = new Set(found.map(place));
    const others = sphinx(query, ...parts).filter((one) => !known.has(place(one)));
    return [...others, ...found.reverse()];
  };
}
