import { Button, ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { plural } from '@/lib/format';

import { LiveCard, LiveCardSkeleton } from './LiveCard';
import styles from './LiveSection.module.css';
import { SearchField } from './SearchField';
import type { Filter } from './useFilter';
import { useLiveStreams } from './useLiveStreams';

const HEADINGS = { dj: 'DJs on now', performer: 'Performers on now' };

/** Who is live, and the search among them. */
export function LiveSection({ filter }: { filter: Filter }) {
  const { list, refresh, showMore } = useLiveStreams(filter.role, filter.search);
  return (
    <section id="live" className={styles.section} aria-labelledby="live-heading">
      <div className={styles.head}>
        <h2 id="live-heading" data-role={filter.role}>
          {filter.role === undefined ? 'Live now' : HEADINGS[filter.role]}
        </h2>
        <p className={styles.count} role="status">
          {list.status === 'ready' && plural(list.total, 'stream')}
        </p>
        <SearchField value={filter.search} onSearch={filter.setSearch} />
      </div>
      {list.status === 'loading' && (
        <div className={styles.grid} aria-busy="true" aria-label="Loading">
          {[0, 1, 2].map((key) => (
            <LiveCardSkeleton key={key} />
          ))}
        </div>
      )}
      {list.status === 'failed' && (
        <Notice
          tone="bad"
          title="The list does not load"
          live
          actions={
            <Button size="small" onClick={refresh}>
              Try again
            </Button>
          }
        >
          <p>{list.message}</p>
        </Notice>
      )}
      {list.status === 'ready' && list.isStale && (
        <Notice tone="warn" title="This list may be out of date">
          <p>NRS Live cannot be reached right now. We keep trying.</p>
        </Notice>
      )}
      {list.status === 'ready' && list.streams.length === 0 && <Empty filter={filter} />}
      {list.status === 'ready' && list.streams.length > 0 && (
        <>
          <ul className={styles.grid} data-few={list.streams.length < 3}>
            {list.streams.map((stream) => (
              <li key={stream.id}>
                <LiveCard stream={stream} />
              </li>
            ))}
          </ul>
          {list.total > list.streams.length && (
            <Button className={styles.more} onClick={showMore}>
              Show more
            </Button>
          )}
        </>
      )}
    </section>
  );
}

function Empty({ filter }: { filter: Filter }) {
  if (filter.search !== '') {
    return (
      <div className={styles.empty}>
        <h3>Nothing found for “{filter.search}”</h3>
        <p>Nobody of that name, and no stream of that title, is live right now.</p>
        <Button onClick={() => filter.setSearch('')}>Clear the search</Button>
      </div>
    );
  }
  return (
    <div className={styles.empty}>
      <h3>The stage is free</h3>
      <p>Nobody is live right now. When somebody goes on, they show up here by themselves.</p>
      <ButtonLink to="/studio">Open the studio</ButtonLink>
    </div>
  );
}
