/** The style of every page. Colors come in pairs for light and dark; text has a contrast of 4.5 or more, borders of fields 3. */
export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1d2430, #e6e9ee); --quiet: light-dark(#5b6473, #9aa4b2);
  --paper: light-dark(#f6f7f9, #14171c); --card: light-dark(#fff, #1d2128); --line: light-dark(#d9dee6, #343b46); --field: light-dark(#868f9e, #6d7786);
  --accent: light-dark(#1f5fbf, #8ab8ff); --on-accent: light-dark(#fff, #10151d); --danger: light-dark(#b3261e, #ff9c94); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 1.75rem 0 .5rem; color: var(--quiet); font-weight: 600; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
a { color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
.card > h2 { margin-top: 0; }
.notes { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.text { margin: .35rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
article footer { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; margin-top: .6rem; font-size: .875rem; color: var(--quiet); }
article footer span { flex: 1; }
li:target .card { border-color: var(--accent); }
label { display: block; font-weight: 600; margin: .75rem 0 .25rem; }
label:first-of-type { margin-top: 0; }
input, textarea { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--field);
  border-radius: .4rem; padding: .5rem .65rem; }
textarea { resize: vertical; display: block; field-sizing: content; min-height: 5.5rem; max-height: 60vh; }
[aria-invalid] { border-color: var(--danger); }
button { font: inherit; font-weight: 600; margin-top: .75rem; padding: .5rem 1rem; border: 0; border-radius: .4rem;
  background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.plain { margin: 0; padding: 0; font-weight: inherit; background: none; color: var(--accent); text-decoration: underline; }
button.danger { background: var(--danger); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details.danger { margin-top: 1.25rem; }
details.danger summary { color: var(--danger); cursor: pointer; width: fit-content; }
details.danger p { margin: .5rem 0 0; }
.problem { margin: 0 0 .75rem; color: var(--danger); font-weight: 600; }
.empty { color: var(--quiet); text-align: center; margin: 2.5rem 0; }
.pages { display: flex; gap: 1.5rem; margin-top: 1.25rem; }
.about { text-align: center; padding: 0 1rem 1.5rem; font-size: .8rem; color: var(--quiet); }
.dot { display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin: 0 .4em 0 .6em; background: var(--quiet); }
.dot.blue { background: #3478f6; }
.dot.green { background: #2e9e5b; }
`;
