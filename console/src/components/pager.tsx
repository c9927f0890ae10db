import Pagination from '@cloudscape-design/components/pagination';
import { useLocation, useNavigate, useSearchParams } from 'react-router';

interface Before {
  before: string[];
}

/** The tokens of the pages before this one: they are in the history's entry, the page's own token is in the address. */
function tokensBefore(state: unknown): string[] {
  const before = (state as Before | null)?.before;
  return Array.isArray(before) ? before : [];
}

/** The token of the page that the address names. */
export function usePageToken(): string | undefined {
  const [search] = useSearchParams();
  return search.get('after') ?? undefined;
}

/** Pages of a list that the API hands out with tokens. Each has its address. */
export function Pager({ nextToken, disabled }: { nextToken: string | null | undefined; disabled?: boolean }) {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const location = useLocation();
  const token = search.get('after');
  // Opened by its address, a page knows only the first one before it.
  const known = tokensBefore(location.state);
  const before = token === null ? [] : known.length ? known : [''];

  const go = (after: string, previous: string[]) => {
    const next = new URLSearchParams(search);
    next.delete('after');
    if (after) next.set('after', after);
    void navigate({ search: next.toString() }, { state: { before: previous } satisfies Before });
  };
  const goTo = (page: number) => {
    if (page > before.length + 1 && nextToken) {
      go(nextToken, [...before, token ?? '']);
    } else {
      go(before[page - 1] ?? '', before.slice(0, page - 1));
    }
  };
  if (before.length === 0 && !nextToken) {
    return null;
  }
  return (
    <Pagination
      currentPageIndex={before.length + 1}
      pagesCount={before.length + 1}
      openEnd={Boolean(nextToken)}
      disabled={disabled ?? false}
      onChange={({ detail }) => goTo(detail.currentPageIndex)}
    />
  );
}
