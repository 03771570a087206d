import type { Track } from '@/api/library/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { Icon } from '@/components/Icon';
import { plural } from '@/lib/format';

import styles from './AddToDialog.module.css';
import type { Lists } from './useLists';
import type { ListRef } from './places';

interface AddToDialogProps {
  track: Track;
  lists: Lists;
  onAdd: (list: ListRef) => void;
  onNew: (kind: ListRef['kind']) => void;
  onClose: () => void;
}

/** The choice of a crate or a playlist for a track. */
export function AddToDialog({ track, lists, onAdd, onNew, onClose }: AddToDialogProps) {
  const add = (list: ListRef): void => {
    onClose();
    onAdd(list);
  };
  return (
    <Dialog
      isOpen
      title="Add to"
      onClose={onClose}
      actions={
        <>
          <Button size="small" onClick={() => onNew('crate')}>
            <Icon name="plus" /> Crate
          </Button>
          <Button size="small" onClick={() => onNew('playlist')}>
            <Icon name="plus" /> Playlist
          </Button>
          <Button size="small" onClick={onClose}>
            Cancel
          </Button>
        </>
      }
    >
      <p className={styles.what}>{track.title}</p>
      <ul className={styles.lists}>
        {lists.crates.map(({ id, name, trackCount }) => {
          const isIn = track.crateIds.includes(id);
          return (
            <li key={id}>
              <button type="button" disabled={isIn} onClick={() => add({ kind: 'crate', id })}>
                <Icon name={isIn ? 'check' : 'crate'} />
                <span>{name}</span>
                <small>{isIn ? 'in it' : plural(trackCount, 'track')}</small>
              </button>
            </li>
          );
        })}
        {lists.playlists.map(({ id, name, trackCount }) => (
          <li key={id}>
            <button type="button" onClick={() => add({ kind: 'playlist', id })}>
              <Icon name="list" />
              <span>{name}</span>
              <small>{plural(trackCount, 'track')}</small>
            </button>
          </li>
        ))}
      </ul>
      {lists.crates.length + lists.playlists.length === 0 && <p>You have no crate and no playlist yet.</p>}
    </Dialog>
  );
}
