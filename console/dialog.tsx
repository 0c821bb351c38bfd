import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface AskProps {
  readonly title: string;
  /** Word on the button that does it. */
  readonly confirm: string;
  readonly danger?: boolean;
  readonly children?: ComponentChildren;
  /** Does it with what stands in the fields, by their names; what it throws is shown. */
  readonly onConfirm: (fields: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly onClose: () => void;
}

/**
 * Asks before something is done. Fields have a `defaultValue`: a `value` would come back with each look at the
 * environment, over what somebody has typed meanwhile.
 *
 * The browser keeps the focus in it and closes it on Escape.
 */
export function Ask({ title, confirm, danger, children, onConfirm, onClose }: AskProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm(fields);
      dialog.current?.close();
    } catch (problem) {
      setError((problem as Error).message);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="ask-title">
      <article>
        <form onSubmit={(event) => void submit(event)}>
          <h3 id="ask-title">{title}</h3>
          {children}
          {error !== undefined && (
            <p role="alert" class="refused">
              {error}
            </p>
          )}
          <footer>
            <button type="button" class="secondary outline" onClick={() => dialog.current?.close()}>
              Back
            </button>
            <button type="submit" class={danger ? 'danger' : undefined} aria-busy={busy} disabled={busy}>
              {confirm}
            </button>
          </footer>
        </form>
      </article>
    </dialog>
  );
}

export function Reason({ hint }: { readonly hint: string }) {
  return (
    <label>
      Reason
      <input name="reason" required maxLength={500} autocomplete="off" autofocus placeholder={hint} />
      <small>It is recorded with your name, and shown to everybody.</small>
    </label>
  );
}
