"""The stylesheet of an HTML report: dark and light, paper, and screens from 320 pixels on. It names no resource."""

from __future__ import annotations

import base64
import hashlib

LIGHT = """\
--page: #ffffff; --card: #f4f6f8; --text: #1a2027; --soft: #4d5a66; --line: #c3ccd4; --link: #0b57a4;
--good: #12663a; --good-fill: #d9f2e3; --wait: #7a4d00; --wait-fill: #fff0cf; --bad: #a61b1b; --bad-fill: #fde3e1;
--quiet: #4d5a66; --quiet-fill: #e6ebef; --mark: #5b2a86; --mark-fill: #f0e4fa;"""

DARK = """\
--page: #12171c; --card: #1b2229; --text: #e6ebef; --soft: #a9b6c1; --line: #3d4a55; --link: #8ec5ff;
--good: #8fe3b1; --good-fill: #123a25; --wait: #ffd27a; --wait-fill: #40300a; --bad: #ffb1aa; --bad-fill: #4d1b19;
--quiet: #b7c3cd; --quiet-fill: #2a343d; --mark: #dcbcf7; --mark-fill: #3b2353;"""

RULES = """\
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); line-height: 1.5; overflow-wrap: anywhere;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
header, nav, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.4rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
h4 { font-size: 1rem; margin: 0; }
p { margin: .4rem 0; }
figure { margin: 0; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
mark { color: var(--mark); background: var(--mark-fill); border-radius: .2em; padding: 0 .15em;
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
.soft { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--page); z-index: 1; }
nav ul { list-style: none; margin: 1rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem; margin: 1rem 0; }
.answer { background: var(--card); border: 1px solid var(--line); border-left-width: .4rem; border-radius: .4rem;
  padding: .8rem 1rem; }
.answer.good { border-left-color: var(--good); }
.answer.quiet { border-left-color: var(--quiet); }
.answer.wait { border-left-color: var(--wait); }
.answer.bad { border-left-color: var(--bad); }
.answer dt { color: var(--soft); font-size: .92rem; }
.answer dd { margin: 0; }
.answer .big { font-size: 1.25rem; font-weight: 650; }
.badge { display: inline-flex; align-items: center; gap: .35em; border: 1px solid currentColor; border-radius: .8em;
  padding: .05em .6em; font-size: .85rem; font-weight: 600; }
.icon { width: .95em; height: .95em; flex: none; fill: none; stroke: currentColor; stroke-width: 2.2;
  stroke-linecap: round; stroke-linejoin: round; }
.badge.good { color: var(--good); background: var(--good-fill); }
.badge.wait { color: var(--wait); background: var(--wait-fill); }
.badge.bad { color: var(--bad); background: var(--bad-fill); }
.badge.quiet { color: var(--quiet); background: var(--quiet-fill); }
.alarm { color: var(--bad); background: var(--bad-fill); border: 2px solid var(--bad); border-radius: .4rem;
  padding: .8rem 1rem; margin: 1rem 0; }
.points { margin: 0; padding: 0; list-style: none; }
.points li { padding: .55rem 0; border-bottom: 1px solid var(--line); }
.points .badge { margin-right: .5rem; }
.points ul { margin: .4rem 0 0; columns: 22rem; }
.name { font-weight: 400; color: var(--soft); }
.note { border: 1px solid var(--line); border-left: .4rem solid var(--wait); border-radius: .4rem;
  padding: .8rem 1rem; }
.index { columns: 19rem; margin: .5rem 0; padding: 0; list-style: none; }
.index li { break-inside: avoid; padding: .12rem 0; }
summary { cursor: pointer; }
summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
details.object > summary { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .8rem; }
details.object > summary::before { content: "\\25B8"; color: var(--soft); }
details.object[open] > summary::before { content: "\\25BE"; }
details.object > div, .entries > li { scroll-margin-top: 4rem; }
section > details > summary { color: var(--link); padding: .3rem 0; }
details.object > summary { color: inherit; padding: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; font-size: .94rem; }
caption { text-align: left; color: var(--soft); padding: .2rem 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0; border-bottom: 1px solid var(--line);
  min-width: 7rem; }
thead th { color: var(--soft); font-weight: 600; border-bottom-width: 2px; }
tbody th { font-weight: 600; min-width: 10.5rem; }
.approvals th[scope="row"], .approvals td:nth-child(3) { min-width: 12.5rem; }
.evidence { font-size: .88rem; }
.numbers td { font-variant-numeric: tabular-nums; }
.message { margin: .5rem 0; padding: .6rem .9rem; background: var(--page); border: 1px solid var(--line);
  border-left: .25rem solid var(--quiet); border-radius: .3rem; unicode-bidi: isolate; }
td .message { margin: 0; }
.object { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem 1.1rem;
  margin: .6rem 0; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .8rem; }
.entries { list-style: none; margin: .8rem 0 0; padding: 0; }
.entries > li { border-top: 1px solid var(--line); padding: .7rem 0 .4rem; }
.facts { display: grid; grid-template-columns: minmax(7.5rem, max-content) 1fr; gap: .15rem 1rem; margin: .4rem 0;
  font-size: .94rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; }
ins { color: var(--good); background: var(--good-fill); text-decoration: underline; }
del { color: var(--bad); background: var(--bad-fill); text-decoration: line-through; }
.lanes td { padding-right: 0; width: 65%; }
.lane { display: block; width: 100%; height: 1.7rem; overflow: visible; }
.lanes .lane { background: repeating-linear-gradient(90deg, var(--line) 0 1px, transparent 1px 25%); }
.lane .rail { stroke: var(--line); stroke-width: 2; }
.lane .approved { fill: var(--good-fill); stroke: var(--good); stroke-width: 1.5; }
.lane .pending { fill: var(--wait-fill); stroke: var(--wait); stroke-width: 1.5; stroke-dasharray: 5 3; }
.lane .held { fill: var(--bad-fill); stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 1.5 3; }
.lane .off { fill: var(--quiet-fill); stroke: var(--quiet); stroke-width: 1.5; }
.lane .spot { fill: none; stroke: var(--text); stroke-width: 2; }
.lane .wrong { stroke: var(--bad); stroke-width: 3; }
.axis { display: flex; justify-content: space-between; font-size: .8rem; color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .2rem 0 .8rem; padding: 0; list-style: none;
  font-size: .88rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: 1.8rem; height: 1.1rem; flex: none; }
.runs { list-style: none; margin: .5rem 0 .5rem .5rem; padding: 0 0 0 1.1rem; border-left: 2px solid var(--line); }
.runs > li { position: relative; padding: .35rem 0 .6rem; }
.runs > li::before { content: ""; position: absolute; left: -1.55rem; top: .85rem; width: .75rem; height: .75rem;
  border-radius: 50%; background: var(--page); border: 2px solid var(--soft); }
.runs ul { margin: .2rem 0 0; padding-left: 1.1rem; font-size: .94rem; }
footer { margin-top: 3rem; padding-top: 1rem; padding-bottom: 3rem; border-top: 1px solid var(--line);
  font-size: .92rem; }
@media screen and (max-width: 44rem) {
  body { font-size: .98rem; }
  header, nav, main, footer { padding-left: .9rem; padding-right: .9rem; }
  table, caption, tbody, tr, th, td { display: block; width: 100%; }
  thead { position: absolute; left: -99rem; }
  tr { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .7rem; margin-bottom: .6rem; }
  tbody th, td { border: 0; min-width: 0 !important; padding: .12rem 0; text-align: left; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  .lanes td { width: 100%; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .35rem; }
}
@media print {
  :root { color-scheme: light; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 8.5pt; }
  body { line-height: 1.35; }
  .message { padding: .3rem .6rem; margin: .2rem 0; }
  .object { padding: .5rem .7rem; }
  header, nav, main, footer { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  summary { list-style: none; }
  details.object > summary::before { content: none !important; }
  h1, h2, h3, h4, .title, summary, caption, thead { break-after: avoid; }
  .answer, .entries > li, tr, .runs > li, .points li { break-inside: avoid; }
  .object { background: none; }
  .answers { padding-right: 1px; }
  .points .few { display: none; }
}
@page { margin: 16mm 14mm; }
"""

SHEET = (
    f":root {{\n{LIGHT}\n}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{\n{DARK}\n}} }}\n"
    f"{RULES}"
)


def policy() -> str:
    """The page's Content Security Policy: this one stylesheet, by its hash, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(SHEET.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
