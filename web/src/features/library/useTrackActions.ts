import { analyseTrack } from '@/api/library/analyse-track';
import { deleteTrack } from '@/api/library/delete-track';
import { downloadTrack } from '@/api/library/download-track';
import { getPlaylist } from '@/api/library/get-playlist';
import { orderPlaylist } from '@/api/library/order-playlist';
import { putInCrate } from '@/api/library/put-in-crate';
import { takeFromCrate } from '@/api/library/take-from-crate';
import type { Track } from '@/api/library/types';
import { ApiError } from '@/lib/http';
import { useDeskPort } from '@/lib/mix/desk-port';

import { fileNameOf } from './file-name';
import { freeDeck } from './free-deck';
import { movedEntry } from './moved-entry';
import type { ListRef } from './places';
import { saveFile } from './save-file';
import type { Note } from './useNote';
import type { Queue } from './useQueue';
import type { Rows } from './useTrackRows';

interface Around {
  rows: Rows;
  queue: Queue;
  say: (text: string, tone?: Note['tone']) => void;
  /** The numbers in crates and playlists, and the storage, are not what they were. */
  onCountsChanged: () => void;
}

export interface TrackActions {
  /** Runs a request; what it refuses is said. */
  attempt: (act: () => Promise<void>) => void;
  /** `deck` null: the free one. */
  load: (track: Track, deck: number | null) => void;
  /** Pads count from 0. */
  loadPad: (track: Track, pad: number) => void;
  enqueue: (trackId: string, title?: string) => void;
  download: (track: Track) => void;
  analyse: (track: Track) => void;
  /** Rejects with ApiError. */
  remove: (track: Track) => Promise<void>;
  addTo: (list: ListRef, trackId: string) => void;
  takeOut: (crateId: string, track: Track) => void;
  /** Puts what is at `from` of a playlist at `to`; null takes it out. */
  moveInPlaylist: (playlistId: string, from: number, to: number | null) => void;
}

/** What can be done with tracks. */
export function useTrackActions({ rows, queue, say, onCountsChanged }: Around): TrackActions {
  const port = useDeskPort();
  const attempt = (act: () => Promise<void>): void => {
    void act().catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      say(error.message, 'bad');
    });
  };
  return {
    attempt,
    load: (track, deck) => {
      const desk = port?.getSnapshot() ?? null;
      if (port === null || desk === null) {
        say('Open the booth to load tracks to its decks.', 'bad');
        return;
      }
      const wanted = deck ?? freeDeck(desk);
      if (track.status !== 'ready') say(`${track.title} is not ready to be played.`, 'bad');
      else if (wanted === null) say('Every deck is playing. Stop one first.', 'bad');
      else if (desk.decks[wanted] === undefined) say(`There is no deck ${wanted + 1}.`, 'bad');
      else if (desk.decks[wanted].playing) say(`Deck ${wanted + 1} is playing. Stop it first.`, 'bad');
      else {
        attempt(async () => {
          await port.load(wanted, track.id);
          say(`${track.title} is on deck ${wanted + 1}.`);
        });
      }
    },
    loadPad: (track, pad) => {
      if (port === null) return;
      attempt(async () => {
        await port.loadPad(pad, track.id);
        say(`${track.title} is on pad ${pad + 1}.`);
      });
    },
    enqueue: (trackId, title) =>
      attempt(async () => {
        await queue.add(trackId);
        say(title === undefined ? 'Queued.' : `${title} is queued.`);
      }),
    download: (track) =>
      attempt(async () => {
        say(`Fetching ${track.title}.`);
        saveFile(await downloadTrack(track.id), fileNameOf(track));
      }),
    analyse: (track) =>
      attempt(async () => {
        await analyseTrack(track.id);
        say(`${track.title} is being analysed again.`);
      }),
    remove: async (track) => {
      await deleteTrack(track.id);
      rows.remove(track.id);
      queue.refresh();
      onCountsChanged();
      say(`${track.title} is deleted.`);
    },
    addTo: (list, trackId) =>
      attempt(async () => {
        if (list.kind === 'crate') await putInCrate(list.id, trackId);
        else await changePlaylist(list.id, (ids) => [...ids, trackId]);
        onCountsChanged();
        rows.refresh();
        say(list.kind === 'crate' ? 'Put in the crate.' : 'Added to the playlist.');
      }),
    takeOut: (crateId, track) =>
      attempt(async () => {
        await takeFromCrate(crateId, track.id);
        rows.remove(track.id);
        onCountsChanged();
        say(`${track.title} is out of the crate.`);
      }),
    moveInPlaylist: (playlistId, from, to) => {
      if (to !== null) rows.move(from, to);
      attempt(async () => {
        await changePlaylist(playlistId, (ids) =>
          to === null ? ids.filter((_, index) => index !== from) : movedEntry(ids, from, to),
        );
        if (to === null) onCountsChanged();
        rows.refresh();
      });
    },
  };
}

/** Changes of playlists happen one after the other: each reads what the one before has written. */
let lastChange: Promise<void> = Promise.resolve();

function changePlaylist(id: string, change: (trackIds: string[]) => string[]): Promise<void> {
  const begin = async (): Promise<void> => {
    const { tracks } = await getPlaylist(id);
    await orderPlaylist(id, change(tracks.map((track) => track.id)));
  };
  const mine = lastChange.then(begin);
  // Whoever asked is told of a failure; the next change begins all the same.
  lastChange = mine.catch(() => undefined);
  return mine;
}
