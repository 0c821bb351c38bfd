/** Shapes, so that a state can be told without its color. */
const SHAPES = {
  done: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm3.2 4.3L7 9.6 4.9 7.5l-1 1L7 11.6l5.2-5.3Z',
  current: 'M8 1a7 7 0 1 1 0 14V13a5 5 0 0 0 0-10Z',
  ahead: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Z',
  skipped: 'M3 7.2h10v1.6H3Z',
  stopped:
    'M5 1h6l4 4v6l-4 4H5l-4-4V5Zm.9 3.8L4.8 5.9 6.9 8l-2.1 2.1 1.1 1.1L8 9.1l2.1 2.1 1.1-1.1L9.1 8l2.1-2.1-1.1-1.1L8 6.9Z',
  warn: 'M8 1.2 15.4 14H.6Zm-.8 4.9v4h1.6v-4Zm0 5v1.6h1.6v-1.6Z',
} as const;

export type IconName = keyof typeof SHAPES;

/** Stands beside words that say the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path fill="currentColor" fill-rule="evenodd" d={SHAPES[name]} />
    </svg>
  );
}

const OUTCOMES: Readonly<Record<string, IconName>> = {
  released: 'done',
  migrated: 'done',
  restored: 'done',
  failed: 'stopped',
  rejected: 'stopped',
  reverted: 'warn',
  superseded: 'skipped',
  canceled: 'skipped',
};

/** How a release ended, or that it has not. */
export function Outcome({ outcome }: { readonly outcome: string | undefined }) {
  const name = outcome === undefined ? 'current' : (OUTCOMES[outcome] ?? 'skipped');
  return (
    <span class={`tag tag-${name}`}>
      <Icon name={name} />
      {outcome ?? 'under way'}
    </span>
  );
}
