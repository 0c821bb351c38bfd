import { PEOPLE } from './people';

/** What a person is asked to sign in for; the parameters are those of OpenID Connect. */
export interface SignInRequest {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly state: string;
  readonly nonce: string;
  readonly code_challenge: string;
}

/** The page that stands where a provider would ask for a password. */
export function chooser(request: SignInRequest): string {
  const kept: (keyof SignInRequest)[] = ['client_id', 'redirect_uri', 'state', 'nonce', 'code_challenge'];
  const hidden = kept.map((name) => `<input type="hidden" name="${name}" value="${escape(request[name] ?? '')}">`);
  const buttons = PEOPLE.map(
    ({ name, role, does }) =>
      `<button name="person" value="${name}"><strong>${name}</strong> <em>${role}</em><br>${does}</button>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Who are you? · Greenroom</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#f5f7f6, #101513); color: light-dark(#1c2622, #e4ebe8); }
main { width: min(26rem, calc(100vw - 2rem)); }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } p { margin: 0 0 1.5rem; color: light-dark(#4b5a54, #a9b8b2); }
button { display: block; width: 100%; margin: 0 0 .75rem; padding: .9rem 1.1rem; text-align: left; font: inherit;
  color: inherit; background: light-dark(#fff, #18201d); border: 1px solid light-dark(#cfd9d5, #33413b);
  border-radius: .6rem; cursor: pointer; }
button:hover, button:focus-visible { border-color: light-dark(#126b4f, #5fd0a8); outline: 2px solid light-dark(#126b4f, #5fd0a8); }
em { font-style: normal; font-size: .85rem; margin-left: .4rem; padding: .1rem .5rem; border-radius: 1rem;
  background: light-dark(#e3efea, #22352d); }
</style></head>
<body><main><h1>Who are you?</h1>
<p>This machine stands in for your identity provider: choose, nothing is checked.</p>
<form method="post" action="/authorize">${hidden.join('')}${buttons.join('')}</form></main></body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
