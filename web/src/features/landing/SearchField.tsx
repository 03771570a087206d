import { useEffect, useEffectEvent, useState, type SubmitEvent } from 'react';

import { Icon } from '@/components/Icon';

import styles from './SearchField.module.css';

const TYPING_MS = 350;

/** Searches as one types, a moment after the last key. */
export function SearchField({ value, onSearch }: { value: string; onSearch: (search: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [applied, setApplied] = useState(value);
  if (applied !== value) {
    setApplied(value);
    // The address has changed by other means, such as the back button.
    if (typed.trim() !== value) setTyped(value);
  }
  const search = useEffectEvent(onSearch);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => search(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onSearch(typed);
  };
  return (
    <form role="search" className={styles.search} onSubmit={submit}>
      <Icon name="search" />
      <input
        type="search"
        value={typed}
        maxLength={100}
        placeholder="Name or title"
        aria-label="Search live streams"
        onChange={(event) => setTyped(event.target.value)}
      />
    </form>
  );
}
