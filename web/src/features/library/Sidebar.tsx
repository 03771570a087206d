import { useState } from 'react';

import type { StorageUse } from '@/api/library/types';
import { Icon, type IconName } from '@/components/Icon';

import { Menu } from './Menu';
import { isSamePlace, type ListRef, type Place } from './places';
import styles from './Sidebar.module.css';
import { StorageMeter } from './StorageMeter';
import type { ListsState } from './useLists';
import { useTrackDrop } from './useTrackDrop';

interface SidebarProps {
  lists: ListsState;
  storage: StorageUse | null;
  place: Place;
  onGo: (place: Place) => void;
  onNew: (kind: ListRef['kind']) => void;
  onRename: (list: ListRef, name: string) => void;
  onDelete: (list: ListRef, name: string) => void;
  onDropTrack: (list: ListRef, trackId: string) => void;
}

/** Where the tracks are: all of them, crates, playlists, what was played and what was recorded. */
export function Sidebar({ lists, storage, place, onGo, onNew, onRename, onDelete, onDropTrack }: SidebarProps) {
  const { lists: known, problem, refresh } = lists;
  const group = (
    kind: ListRef['kind'],
    title: string,
    icon: IconName,
    items: { id: string; name: string; trackCount: number }[],
  ) => (
    <>
      <h3 className={styles.heading}>
        {title}
        <button type="button" aria-label={`New ${kind}`} data-testid={`new-${kind}`} onClick={() => onNew(kind)}>
          <Icon name="plus" />
        </button>
      </h3>
      <ul className={styles.list}>
        {items.map(({ id, name, trackCount }) => (
          <ListEntry
            key={id}
            icon={icon}
            name={name}
            count={trackCount}
            isHere={isSamePlace(place, { kind, id })}
            onGo={() => onGo({ kind, id })}
            onRename={() => onRename({ kind, id }, name)}
            onDelete={() => onDelete({ kind, id }, name)}
            onDropTrack={(trackId) => onDropTrack({ kind, id }, trackId)}
          />
        ))}
      </ul>
    </>
  );
  return (
    <nav className={styles.sidebar} aria-label="Library">
      <div className={styles.places}>
        <PlaceButton icon="music" name="All tracks" isHere={place.kind === 'all'} onGo={() => onGo({ kind: 'all' })} />
        <PlaceButton
          icon="history"
          name="History"
          isHere={place.kind === 'history'}
          onGo={() => onGo({ kind: 'history' })}
        />
        <PlaceButton
          icon="disc"
          name="Recordings"
          isHere={place.kind === 'recordings'}
          onGo={() => onGo({ kind: 'recordings' })}
        />
        {known !== null && group('crate', 'Crates', 'crate', known.crates)}
        {known !== null && group('playlist', 'Playlists', 'list', known.playlists)}
        {problem !== null && (
          <p className={styles.problem} role="alert">
            {problem}
            <button type="button" onClick={refresh}>
              Try again
            </button>
          </p>
        )}
      </div>
      {storage !== null && <StorageMeter storage={storage} />}
    </nav>
  );
}

function PlaceButton({
  icon,
  name,
  isHere,
  onGo,
}: {
  icon: IconName;
  name: string;
  isHere: boolean;
  onGo: () => void;
}) {
  return (
    <button type="button" className={styles.place} aria-current={isHere ? 'true' : undefined} onClick={onGo}>
      <Icon name={icon} />
      <span>{name}</span>
    </button>
  );
}

interface ListEntryProps {
  icon: IconName;
  name: string;
  count: number;
  isHere: boolean;
  onGo: () => void;
  onRename: () => void;
  onDelete: () => void;
  onDropTrack: (trackId: string) => void;
}

function ListEntry({ icon, name, count, isHere, onGo, onRename, onDelete, onDropTrack }: ListEntryProps) {
  const drop = useTrackDrop(onDropTrack);
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  return (
    <li className={styles.entry} {...drop} data-here={isHere || undefined}>
      <button type="button" className={styles.place} aria-current={isHere ? 'true' : undefined} onClick={onGo}>
        <Icon name={icon} />
        <span title={name}>{name}</span>
        <small>{count}</small>
      </button>
      {isHere && (
        <button
          type="button"
          className={styles.more}
          aria-label={`Actions for ${name}`}
          aria-haspopup="menu"
          onClick={(event) => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            setMenuAt({ x: left, y: bottom });
          }}
        >
          <Icon name="more" />
        </button>
      )}
      {menuAt !== null && (
        <Menu
          label={name}
          at={menuAt}
          onClose={() => setMenuAt(null)}
          items={[
            { label: 'Rename', icon: 'edit', onPick: onRename },
            { label: 'Delete', icon: 'trash', isDanger: true, onPick: onDelete },
          ]}
        />
      )}
    </li>
  );
}
