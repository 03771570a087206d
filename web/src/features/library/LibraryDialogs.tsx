import { createCrate } from '@/api/library/create-crate';
import { createPlaylist } from '@/api/library/create-playlist';
import { deleteCrate } from '@/api/library/delete-crate';
import { deletePlaylist } from '@/api/library/delete-playlist';
import { renameCrate } from '@/api/library/rename-crate';
import { renamePlaylist } from '@/api/library/rename-playlist';
import type { Track } from '@/api/library/types';
import { ConfirmDialog } from '@/components/ConfirmDialog';

import { AddToDialog } from './AddToDialog';
import { EditDialog } from './EditDialog';
import { NameDialog } from './NameDialog';
import type { ListRef } from './places';
import type { ListsState } from './useLists';
import type { TrackActions } from './useTrackActions';

/** The question that is open. */
export type Question =
  | { ask: 'edit'; track: Track }
  | { ask: 'delete'; track: Track }
  | { ask: 'add'; track: Track }
  /** `track` goes into it once there is one. */
  | { ask: 'new'; kind: ListRef['kind']; track: Track | null }
  | { ask: 'rename'; list: ListRef; name: string }
  | { ask: 'delete-list'; list: ListRef; name: string };

interface LibraryDialogsProps {
  question: Question;
  lists: ListsState;
  actions: TrackActions;
  onAsk: (question: Question) => void;
  onClose: () => void;
  onSaved: (track: Track) => void;
  onAnalysing: () => void;
  onListGone: (list: ListRef) => void;
}

export function LibraryDialogs({
  question,
  lists,
  actions,
  onAsk,
  onClose,
  onSaved,
  onAnalysing,
  onListGone,
}: LibraryDialogsProps) {
  switch (question.ask) {
    case 'edit':
      return (
        <EditDialog
          key={question.track.id}
          track={question.track}
          onClose={onClose}
          onSaved={onSaved}
          onAnalysing={onAnalysing}
        />
      );
    case 'delete':
      return (
        <ConfirmDialog
          title="Delete track?"
          yes="Delete"
          no="Keep it"
          onClose={onClose}
          onYes={() => actions.remove(question.track)}
        >
          <p>
            {question.track.title} goes out of your library, your crates, playlists and queue, with its file. This cannot
            be undone.
          </p>
        </ConfirmDialog>
      );
    case 'add':
      return (
        <AddToDialog
          track={question.track}
          lists={lists.lists ?? { crates: [], playlists: [] }}
          onAdd={(list) => actions.addTo(list, question.track.id)}
          onNew={(kind) => onAsk({ ask: 'new', kind, track: question.track })}
          onClose={onClose}
        />
      );
    case 'new':
      return (
        <NameDialog
          title={`New ${question.kind}`}
          label="Name"
          initial=""
          action="Create"
          onClose={onClose}
          onName={async (name) => {
            const { id } = question.kind === 'crate' ? await createCrate(name) : await createPlaylist(name);
            lists.refresh();
            if (question.track !== null) actions.addTo({ kind: question.kind, id }, question.track.id);
          }}
        />
      );
    case 'rename':
      return (
        <NameDialog
          title={`Rename ${question.list.kind}`}
          label="Name"
          initial={question.name}
          action="Rename"
          onClose={onClose}
          onName={async (name) => {
            await (question.list.kind === 'crate'
              ? renameCrate(question.list.id, name)
              : renamePlaylist(question.list.id, name));
            lists.refresh();
          }}
        />
      );
    case 'delete-list':
      return (
        <ConfirmDialog
          title={`Delete ${question.list.kind}?`}
          yes="Delete"
          no="Keep it"
          onClose={onClose}
          onYes={async () => {
            const { kind, id } = question.list;
            await (kind === 'crate' ? deleteCrate(id) : deletePlaylist(id));
            lists.refresh();
            onListGone(question.list);
          }}
        >
          <p>{question.name} goes; the tracks in it stay in your library.</p>
        </ConfirmDialog>
      );
  }
}
