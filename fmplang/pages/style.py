"""How a page looks, in light and dark, wide and narrow, on a screen and on paper; and its few lines of script."""

from __future__ import annotations

STYLE = """
:root{--paper:#faf9f6;--card:#fff;--ink:#1d1f23;--soft:#5d636d;--line:#e1dfd8;--faint:#f1efe9;--accent:#0b6e6e;
--accent-soft:#d9eeec;--violet:#6b4fbb;--good:#1b7a3d;--bad:#b3261e;--warn:#8a5300;--string:#8a4b08;--box:#ffd60a;
--mono:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1c1f25;--ink:#e8e6e1;--soft:#a2a8b3;--line:#31353d;
--faint:#242830;--accent:#5cc8c0;--accent-soft:#173b3b;--violet:#b5a0f5;--good:#6fd08c;--bad:#ff8a80;--warn:#f0b45c;
--string:#e3a869}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif}
main{max-width:1320px;margin:0 auto;padding:40px 32px 64px}
h1,h2,h3,p,ul,ol,dl,dd,figure,pre{margin:0}
ul,ol{padding:0;list-style:none}
code,pre{font-family:var(--mono);font-size:.92em}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.hidden{position:absolute}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.quiet{color:var(--soft)}
.label,.kicker,h2{font-size:12px;font-weight:600;letter-spacing:.09em;text-transform:uppercase;color:var(--soft)}
.kicker code{text-transform:none;letter-spacing:0;font-size:13px}
section{margin-top:36px}
h2{margin-bottom:12px}

header h1{font-size:clamp(24px,3.4vw,38px);line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:6px 0 22px;
max-width:30em;text-wrap:balance;overflow-wrap:anywhere}
.subtitle{margin:-12px 0 22px;max-width:44em;color:var(--soft);overflow-wrap:anywhere}
.answer{border-left:5px solid var(--accent);padding:2px 0 4px 20px}
.final{font-size:clamp(40px,6vw,68px);line-height:1.1;font-weight:700;letter-spacing:-.02em;color:var(--accent);
overflow-wrap:anywhere;white-space:pre-wrap}
.answer.middle .final{font-size:clamp(24px,3vw,34px);letter-spacing:-.01em}
.answer.long .final{font-size:18px;line-height:1.45;font-weight:500;letter-spacing:0}
.kind{color:var(--soft);font:14px var(--mono)}
.record dt{font-size:13px;color:var(--soft);margin-top:8px}
.record dd{font-size:24px;line-height:1.25;font-weight:650;color:var(--accent);overflow-wrap:anywhere;
white-space:pre-wrap}
.failure{border-color:var(--bad)}
.failure .final{font-size:22px;line-height:1.35;font-weight:600;letter-spacing:0;color:var(--bad)}
.place,.hint{margin-top:6px;overflow-wrap:anywhere}
.verdict{margin-top:6px;font-weight:600}
.good{color:var(--good)}.bad,.wrong{color:var(--bad)}
.cost{margin-top:26px;max-width:760px}
.cost p:last-child{font-size:15px;color:var(--soft)}
.cost b{color:var(--ink);font-size:18px}
.costbar{display:flex;height:14px;margin:7px 0 6px;border-radius:7px;background:var(--faint);overflow:hidden;
border:1px solid var(--line)}
.bit{display:block;background:var(--soft)}
.few .bit{box-shadow:inset -1px 0 var(--card)}
.bit.data{background:var(--accent)}.bit.control{background:var(--violet)}.bit.none{background:var(--soft)}
.bit.shadow{background:repeating-linear-gradient(45deg,var(--line) 0 4px,transparent 4px 8px)}
.bit.lost{background:var(--bad)}
.facts{display:flex;flex-wrap:wrap;gap:10px 34px;margin-top:18px;font-size:15px}
.facts dt{font-size:12px;color:var(--soft)}
.facts dd{font-weight:550;overflow-wrap:anywhere}

.inputs{display:flex;flex-wrap:wrap;gap:20px;align-items:flex-start}
.inputs figure{max-width:100%}
.input{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px;max-width:100%;
min-width:140px}
.input pre{margin-top:4px;max-height:16em;overflow:auto}
figcaption{font-size:13px;color:var(--soft);margin-top:5px}
.picture{display:block;width:var(--w);max-width:100%;height:auto;border-radius:6px;background:var(--faint)}
.picture.input{padding:0;border:0}
.picture .box{fill:none;stroke:var(--box);stroke-width:2.5;vector-effect:non-scaling-stroke}
.picture .other{stroke:#ff7ad9;stroke-dasharray:6 4}
.otherkey{font-size:12px;color:var(--soft);margin-top:4px}
.otherkey span{display:inline-block;width:18px;border-top:3px dashed #e0479f;vertical-align:3px;margin-right:6px}
.picture .under{fill:none;stroke:#000;stroke-opacity:.65;stroke-width:5;vector-effect:non-scaling-stroke}
.picture .tag{font:700 14px system-ui,sans-serif;fill:var(--box);stroke:#000;stroke-width:3;paint-order:stroke}
.picture .pixels{image-rendering:pixelated}
.wave rect{fill:var(--accent)}
.nopicture{font-size:13px;color:var(--soft);padding:14px;border:1px dashed var(--line);border-radius:6px}

@media (min-width:1000px){.lead{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 56px;align-items:start}
.inputs{flex-direction:column;max-width:380px}
.given{margin-top:4px}}
.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:0 32px}
@media (min-width:1000px){.columns{grid-template-columns:minmax(0,8fr) minmax(0,9fr)}
.program{position:sticky;top:20px;align-self:start;max-height:calc(100vh - 40px);overflow:auto}}
.scroll{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 0}
.line{display:flex;align-items:baseline;position:relative;padding:0 12px 0 0;border-left:4px solid transparent;
font-size:13.5px;line-height:1.62;scroll-margin-top:40vh}
.line .n{flex:none;width:3.1em;padding-right:12px;text-align:right;color:var(--soft);font:12px var(--mono);opacity:.8;
user-select:none}
.line code{white-space:pre-wrap;overflow-wrap:anywhere;min-width:0;flex:0 1 auto;font-size:inherit;
padding-left:calc(var(--i,0)*1ch + 2ch);text-indent:calc(var(--i,0)*-1ch - 2ch)}
.line.ran{border-left-color:var(--line)}
.line.ran .n{color:var(--ink);opacity:1;font-weight:700}
.line.kept{border-left-color:var(--accent);background:linear-gradient(90deg,var(--accent-soft),transparent 70%)}
.line.idle code{opacity:.45}
.line.failed{border-left-color:var(--bad);background:color-mix(in srgb,var(--bad) 14%,transparent)}
.line.lit,.line:target{background:color-mix(in srgb,var(--box) 26%,transparent)}
.code .s{color:var(--string)}.code .c{color:var(--soft);font-style:italic}.code .k{color:var(--violet)}
.site{color:inherit;text-decoration:underline;text-decoration-color:var(--accent);text-decoration-thickness:2px;
text-underline-offset:3px}
.site.idle{text-decoration-style:dotted;text-decoration-color:var(--soft)}
.badges{margin-left:10px;flex:none;display:inline-flex;flex-wrap:wrap;gap:3px;max-width:92px}
.badge{font:600 11px/18px system-ui,sans-serif;min-width:18px;height:18px;padding:0 5px;border-radius:9px;
text-align:center;text-decoration:none;color:var(--card);background:var(--soft)}
.badge.data{background:var(--accent)}.badge.control{background:var(--violet)}
.badge.none{background:var(--card);color:var(--soft);box-shadow:inset 0 0 0 1.5px var(--soft)}
.badge.more{background:transparent;color:var(--soft)}
.library{margin-top:14px;font-size:14px}
.library h3{font-size:13px;color:var(--soft);font-weight:600;margin-bottom:4px}
.library .code{margin:6px 0}
summary{cursor:pointer}

.cards{position:relative;padding-left:44px}
.cards:before{content:"";position:absolute;left:14px;top:18px;bottom:18px;width:2px;background:var(--line)}
.card{position:relative;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px 14px;
margin-bottom:18px;scroll-margin-top:16px;break-inside:avoid}
.card:target,.card.lit{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
.card h3{font-size:16px;font-weight:500;line-height:1.4;overflow-wrap:anywhere}
.card .no{position:absolute;left:-44px;top:11px;width:30px;height:30px;border-radius:50%;font:700 14px/28px system-ui,
sans-serif;text-align:center;background:var(--paper);color:var(--soft);border:2px solid var(--soft)}
.card.data .no{background:var(--accent);border-color:var(--accent);color:var(--card)}
.card.control .no{background:var(--violet);border-color:var(--violet);color:var(--card)}
.card.none .no{border-style:dashed}
.card.failed .no{background:var(--bad);border-color:var(--bad);color:var(--card)}
.media{font-style:italic;color:var(--violet)}
.where{font-size:13px;color:var(--soft);overflow-wrap:anywhere}
.where code{font-size:12px}
.body{display:flex;flex-wrap:wrap;gap:14px 20px;margin-top:12px}
.shots{flex:0 1 auto;max-width:100%;display:flex;flex-direction:column;gap:12px}
.shots figure{max-width:100%}
.shots figcaption{display:flex;gap:8px;align-items:end}
.film{display:flex;gap:4px;flex-wrap:wrap}.film figcaption{width:100%}
.says{flex:1 1 180px;min-width:0}
.value{font-size:30px;line-height:1.2;font-weight:700;letter-spacing:-.01em;overflow-wrap:anywhere;
white-space:pre-wrap}
.value.long{font-size:15px;font-weight:500;line-height:1.45;letter-spacing:0;max-height:16em;overflow:auto}
.error{color:var(--bad);font-size:14px;overflow-wrap:anywhere}
.who{margin-top:4px;font-size:14px;color:var(--soft)}
.who b{color:var(--ink)}.who i{opacity:.6}
.gallery{display:flex;flex-wrap:wrap;gap:10px;margin-top:10px}
.gallery li{display:flex;gap:6px;align-items:end}
.answer .gallery .small{width:calc(var(--w)*1.6)}
.long summary{font-size:13px;color:var(--soft);margin-top:8px}
.long pre{max-height:16em;overflow:auto;font-size:13px;background:var(--faint);padding:8px 10px;border-radius:6px}
.arms{margin-top:12px;border-top:1px solid var(--line);font-size:14px}
.arm,.armhead{display:grid;grid-template-columns:minmax(0,1fr) 84px 58px 52px;gap:2px 10px;align-items:center;
padding:7px 0;border-bottom:1px solid var(--line)}
.armhead{padding:5px 0 2px;border:0;font-size:12px;color:var(--soft)}
.armhead span:nth-child(n+3),.price,.chance{text-align:right;font-variant-numeric:tabular-nums}
.backend{overflow-wrap:anywhere}
.taken .backend{font-weight:650}
.chosen{margin-left:8px;font-size:11px;font-weight:600;color:var(--accent);border:1px solid currentColor;
border-radius:9px;padding:0 7px;white-space:nowrap}
.bar{height:7px;border-radius:4px;background:var(--faint);overflow:hidden}
.bar i{display:block;height:100%;background:var(--soft);border-radius:4px;min-width:2px}
.taken .bar i{background:var(--accent)}
.chance{color:var(--soft)}
.exchange{grid-column:1/-1;display:flex;gap:12px;justify-content:space-between;align-items:flex-start;font-size:13.5px;
color:var(--soft);padding-left:12px;border-left:2px solid var(--line);margin-top:3px}
.exchange p{min-width:0;overflow-wrap:anywhere}
.said{color:var(--ink);font-weight:600;white-space:pre-wrap}.said.other{color:var(--warn)}.said.wrong{color:var(--bad)}
.credit{flex:none;font-weight:600;font-size:12px;border-radius:10px;padding:1px 9px;background:var(--faint);
color:var(--soft);white-space:nowrap}
.credit.good{background:color-mix(in srgb,var(--good) 16%,transparent);color:var(--good)}
.credit.bad{background:color-mix(in srgb,var(--bad) 14%,transparent);color:var(--bad)}
.history{margin-top:8px;font-size:13px;color:var(--soft)}
.depends{margin-top:10px;font-size:14px;font-weight:550}
.dot{display:inline-block;width:11px;height:11px;border-radius:50%;border:2px solid var(--soft);margin-right:7px;
vertical-align:-1px}
.dot.data{background:var(--accent);border-color:var(--accent)}
.dot.control{background:var(--violet);border-color:var(--violet)}
.dot.none{border-style:dashed}
.depends:has(.none){color:var(--soft);font-weight:400}
.plainlist li{padding:3px 0;font-size:14px;overflow-wrap:anywhere}
.notes{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px;max-height:24em;
overflow:auto}
footer{margin-top:44px;padding-top:18px;border-top:1px solid var(--line);font-size:14px;color:var(--soft)}
footer p{margin-top:10px;max-width:50em}
.legend{display:flex;flex-wrap:wrap;gap:6px 24px}
.legend li{display:flex;align-items:center;gap:7px}
.legend .dot{margin:0}
.key{width:22px;height:14px;border-left:4px solid var(--line);background:var(--card)}
.key.kept{border-color:var(--accent);background:var(--accent-soft)}
.key.idle{border-color:transparent;background:var(--faint);opacity:.6}
@media (max-width:640px){main{padding:22px 14px 40px}.cards{padding-left:0}.cards:before{display:none}
.card{padding:12px 14px}.card .no{position:static;display:inline-block;width:26px;height:26px;line-height:22px;
margin-right:8px}.arm,.armhead{grid-template-columns:minmax(0,1fr) 44px 52px 44px}
.exchange{flex-direction:column;gap:4px}
.shots .crop{width:calc(var(--w)*1.35)}.line{font-size:12.5px}.facts{gap:10px 22px}}
@media print{:root{--paper:#fff}main{max-width:none;padding:0}.program{position:static;max-height:none;overflow:visible}
.columns{display:block}*{print-color-adjust:exact;
-webkit-print-color-adjust:exact}.scroll,.notes,.value.long,.input pre{overflow:visible;max-height:none}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
"""

SCRIPT = """
for (const card of document.querySelectorAll(".card")) {
  const line = document.getElementById("L" + card.dataset.line);
  const light = on => line && line.classList.toggle("lit", on);
  card.addEventListener("mouseenter", () => light(true));
  card.addEventListener("mouseleave", () => light(false));
}
for (const link of document.querySelectorAll(".program a[href^='#call-']")) {
  const card = document.getElementById(link.hash.slice(1));
  const light = on => card && card.classList.toggle("lit", on);
  link.addEventListener("mouseenter", () => light(true));
  link.addEventListener("mouseleave", () => light(false));
}
"""
