// Whether the platform answers: told by every call, watched by the banner.

type Listener = () => void;

let lost = false;
const listeners = new Set<Listener>();

function set(value: boolean): void {
  if (lost !== value) {
    lost = value;
    listeners.forEach((listener) => listener());
  }
}

export const answered = (): void => set(false);
export const unanswered = (): void => set(true);
export const isLost = (): boolean => lost;

export function watch(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
