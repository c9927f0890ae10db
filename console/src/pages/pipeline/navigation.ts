import type { NavigateOptions } from 'react-router';

/** Dialogs have their address. They open and close at once: a transition would wait for a busy page. */
export const QUESTION: NavigateOptions = { replace: true, flushSync: true };
