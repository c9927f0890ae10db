import type { Draft } from './draft';

const KEY = 'draft:pipeline';

/** The draft of a new pipeline that was left, if there is one. It goes with the session. */
export function keptDraft(): Draft | undefined {
  const text = sessionStorage.getItem(KEY);
  if (text === null) {
    return undefined;
  }
  try {
    return JSON.parse(text) as Draft;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: Draft): void {
  sessionStorage.setItem(KEY, JSON.stringify(draft));
}

export function forgetDraft(): void {
  sessionStorage.removeItem(KEY);
}
