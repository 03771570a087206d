import { useSearchParams } from 'react-router';

import type { CreatorType } from '@/api/types';

export interface Filter {
  role: CreatorType | undefined;
  search: string;
  setSearch: (search: string) => void;
}

/** What the visitor looks for. It lives in the address, so that a link shows the same list. */
export function useFilter(): Filter {
  const [query, setQuery] = useSearchParams();
  const role = query.get('role');
  return {
    role: role === 'dj' || role === 'performer' ? role : undefined,
    search: query.get('search') ?? '',
    setSearch: (search) =>
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          if (search.trim() === '') next.delete('search');
          else next.set('search', search.trim());
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
  };
}
